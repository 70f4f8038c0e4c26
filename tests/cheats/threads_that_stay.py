"""Leaves threads running and answers honestly."""

import threading, time

KIND = "harm"
WORTH = 100


for _ in range(4):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
