"""Calls a function of the judge's that was never offered."""

serve = engine()
wire = serve.wire

KIND = "verdict"
WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    server = engine().server
    server.channel.send(wire.encode((server.nonce, "callback", 1, ("os.system", "true"), {})))
    return scores
