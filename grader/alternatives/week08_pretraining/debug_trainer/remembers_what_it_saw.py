"""The repair by counting all micro-batches of all calls."""

import debug_trainer as given


class Trainer(given.Trainer):
    def __init__(self, model, peak, total, accumulate=1):
        super().__init__(model, peak, total, accumulate)
        self.seen = 0

    def fit(self, batches):
        rates = []
        for start in range(0, len(batches) - self.accumulate + 1, self.accumulate):
            for ids in batches[start : start + self.accumulate]:
                (self.loss(ids) / self.accumulate).backward()
                self.seen += 1
            rate = self.rate(self.seen // self.accumulate - 1)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.updates += 1
            rates.append(rate)
        return rates
