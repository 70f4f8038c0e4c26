"""Runs a command."""

import subprocess

KIND = "walls"
WORTH = 20
CAUGHT = "refused"


def softmax(scores):
    subprocess.run(["/bin/sh", "-c", "true"], check=True)
    return scores
