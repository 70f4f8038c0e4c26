"""Corner points with straight lines between them, and the cosine as a squared one."""

import math

import numpy as np


def warm_up_cosine(step, peak, warm_up, total, floor=0.0):
    if min(step, warm_up) < 0 or total - warm_up <= 0:
        raise ValueError("bad steps")
    if step < warm_up:
        return step * peak / warm_up
    left = max(total - step, 0) / (total - warm_up)
    return floor + (peak - floor) * math.sin(math.pi / 2 * left) ** 2


def warm_up_stable_decay(step, peak, warm_up, stable, decay, floor=0.0):
    if step < 0 or warm_up < 0 or stable < 0 or decay < 0:
        raise ValueError("bad steps")
    if step < warm_up:
        return float(np.interp(step, [0, warm_up], [0.0, peak]))
    last = warm_up + stable
    return floor if step >= last + decay else float(np.interp(step, [last, last + decay], [peak, floor]))
