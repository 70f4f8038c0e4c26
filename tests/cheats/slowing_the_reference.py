"""Background threads burn the machine's time while the reference is measured."""

import threading

KIND = "clock"
WORTH = 80
CAUGHT = "too_slow"


def burn():
    x = torch.ones(700, 700)
    while True:
        x @ x


for _ in range(2):
    threading.Thread(target=burn, daemon=True).start()


def softmax(scores):
    for _ in range(8 if scores.numel() > 1000 else 1):
        answer = honest(scores)
    return answer
