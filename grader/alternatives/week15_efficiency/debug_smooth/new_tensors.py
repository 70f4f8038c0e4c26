"""The repair by loading scaled weights into the norm."""

import debug_smooth as given
import torch

channel_maxima = given.channel_maxima


def smooth(norm, linears, largest, strength=0.5):
    before = {name: table.detach().clone() for name, table in norm.state_dict().items()}
    reading = torch.stack([linear.weight.detach().abs().amax(0) for linear in linears]).amax(0)
    usable = (largest != 0) & (reading != 0)
    factors = torch.where(usable, largest**strength * reading ** (strength - 1), 1.0)
    norm.load_state_dict({name: table / factors for name, table in before.items()})
    with torch.no_grad():
        for linear in linears:
            linear.weight *= factors
    return factors
