"""Escapes from its root folder by changing it."""

import os

KIND = "walls"
WORTH = 20
CAUGHT = "died_refused_call"


def softmax(scores):
    os.chroot("..")
    return scores
