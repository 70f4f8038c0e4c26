"""Reports an error that names a finding of the grader's own, to look like the grader's fault."""

serve = engine()
wire = serve.wire

KIND = "verdict"
WORTH = 20


def softmax(scores):
    server = engine().server
    server.channel.send(wire.encode((server.nonce, "error", "broken", ["NurseryError"], "broken", "Unmeasured")))
    return scores
