"""Reports an error whose type's name is a number that Python refuses to print."""

import gc

serve = engine()
wire = serve.wire

WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    server = next(item for item in gc.get_objects() if type(item) is serve.Server)
    server.channel.send(wire.encode((server.nonce, "error", "raised", [10**2000], "", "")))
    return honest(scores)
