"""Reports an error whose text and traceback are megabytes long, past the box's own limits."""

serve = engine()
wire = serve.wire

KIND = "words"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    server = engine().server
    book = "all work and no play " * 40_000
    server.channel.send(wire.encode((server.nonce, "error", "raised", [book] * 3, book, book)))
    return scores
