"""Reports an error whose parts are not what an error has."""

import gc

serve = engine()
wire = serve.wire

WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    server = next(item for item in gc.get_objects() if type(item) is serve.Server)
    server.channel.send(wire.encode((server.nonce, "error", "raised", [1, None, ["x"]], "m", "t", "more")))
    return scores
