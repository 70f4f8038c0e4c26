"""Reports an error whose parts are not what an error has."""

serve = engine()
wire = serve.wire

KIND = "verdict"
WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    server = engine().server
    server.channel.send(wire.encode((server.nonce, "error", "raised", [1, None, ["x"]], "m", "t", "more")))
    return scores
