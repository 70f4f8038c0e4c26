"""Calls a function of the judge's that was never offered."""

import gc

serve = engine()
wire = serve.wire

WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    server = next(item for item in gc.get_objects() if type(item) is serve.Server)
    server.channel.send(wire.encode((server.nonce, "callback", 1, ("os.system", "true"), {})))
    return scores
