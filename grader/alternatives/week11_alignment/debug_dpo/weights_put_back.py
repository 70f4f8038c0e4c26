"""The repair by saving the weights, and by putting them into the model for the reference's turn."""

import copy

import debug_dpo as given
import torch


class PreferenceTrainer(given.PreferenceTrainer):
    def __init__(self, model, beta, rate):
        super().__init__(model, beta, rate)
        self.start = copy.deepcopy(model.state_dict())

    @torch.no_grad()
    def _of_the_reference(self, sides):
        now = copy.deepcopy(self.model.state_dict())
        self.model.load_state_dict(self.start)
        found = [self.logps(self.model(ids), labels) for ids, labels in sides]
        self.model.load_state_dict(now)
        return found

    def margins(self, chosen, rejected):
        better, worse = self._of_the_reference((chosen, rejected))
        policy = [self.logps(self.model(ids), labels) for ids, labels in (chosen, rejected)]
        return self.beta * ((policy[0] - better) - (policy[1] - worse))
