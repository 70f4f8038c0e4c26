"""Reports an error whose text and traceback are megabytes long, past the box's own limits."""

import gc

serve = engine()
wire = serve.wire

WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    server = next(item for item in gc.get_objects() if type(item) is serve.Server)
    book = "all work and no play " * 40_000
    server.channel.send(wire.encode((server.nonce, "error", "raised", [book] * 3, book, book)))
    return scores
