"""Reports an error whose type's name is a number that Python refuses to print."""

serve = engine()
wire = serve.wire

KIND = "words"
WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    server = engine().server
    server.channel.send(wire.encode((server.nonce, "error", "raised", [10**2000], "", "")))
    return honest(scores)
