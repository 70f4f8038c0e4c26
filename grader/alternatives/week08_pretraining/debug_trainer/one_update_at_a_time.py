"""One sum of losses an update, and the count of updates for the rate."""

import debug_trainer as given


class Trainer(given.Trainer):
    def fit(self, batches):
        made = []
        while len(batches) >= self.accumulate:
            now, batches = batches[: self.accumulate], batches[self.accumulate :]
            made.append(self.rate(self.updates))
            self.optimizer.zero_grad()
            sum(self.loss(ids) for ids in now).div(self.accumulate).backward()
            self.optimizer.param_groups[0]["lr"] = made[-1]
            self.optimizer.step()
            self.updates = self.updates + 1
        self.optimizer.zero_grad()
        return made
