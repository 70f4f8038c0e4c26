"""Runs a command."""

import subprocess

WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    subprocess.run(["/bin/sh", "-c", "true"], check=True)
    return scores
