"""Sends a message whose letters are no letters."""

KIND = "verdict"
WORTH = 20
CAUGHT = "nonsense"

serve = engine()


def softmax(scores):
    serve.server.channel.sock.sendall(serve.wire.PREFIX.pack(4, 0) + bytes([255, 254, 253, 252]))
    return scores
