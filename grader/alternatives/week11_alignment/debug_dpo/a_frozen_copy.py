"""The repair by a copy of the whole model that learns nothing."""

import copy

import debug_dpo as given
import torch


class PreferenceTrainer(given.PreferenceTrainer):
    def __init__(self, model, beta, rate):
        self.model, self.beta = model, beta
        self.optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        self.frozen = copy.deepcopy(model).requires_grad_(False)

    def margins(self, chosen, rejected):
        ratios = [
            self.logps(self.model(ids), labels) - self.logps(self.frozen(ids), labels)
            for ids, labels in (chosen, rejected)
        ]
        return self.beta * (ratios[0] - ratios[1])
