"""What is left to judge, shared by the threads of one run. Knows nothing of how it is judged."""

from __future__ import annotations

import collections
import threading

from grader.judge.protocol import Order


class Work:
    """What is left to judge, by order."""

    def __init__(self, orders: list[Order]) -> None:
        self.left: dict[Order, collections.deque[int]] = {}
        self.workers: collections.Counter[Order] = collections.Counter()
        self.lock = threading.Lock()
        for index, order in enumerate(orders):
            self.left.setdefault(order, collections.deque()).append(index)

    def take(self, now: Order | None) -> tuple[Order, int] | None:
        """Return the next task: of the same order while there are any, else of that with the fewest workers on it."""
        with self.lock:
            if now is not None and not self.left.get(now):
                self.workers[now] -= 1
            if now is None or not self.left.get(now):
                open_orders = [order for order, indices in self.left.items() if indices]
                if not open_orders:
                    return None
                now = min(open_orders, key=lambda order: (self.workers[order], -len(self.left[order])))
                self.workers[now] += 1
            return now, self.left[now].popleft()

    def stop(self) -> None:
        with self.lock:
            self.left.clear()
