"""The buffer stays, so that it moves to other devices; whatever moves the layer puts its numbers back afterwards."""

import debug_rotary as given
import torch


class RotaryAttention(given.RotaryAttention):
    def __init__(self, d_model, base=10000.0):
        super().__init__(d_model, base)
        exact = self.frequencies
        del self.frequencies
        self.register_buffer("frequencies", exact, persistent=False)

    def _apply(self, fn, recurse=True):
        exact = self.frequencies
        super()._apply(fn, recurse)
        self.frequencies = exact.to(self.frequencies.device, torch.float32)
        return self
