"""The parents are looked up before anything changes, so the order of insertion does not matter."""

from torch import nn


class Adapter(nn.Module):
    def __init__(self, width, bottleneck):
        super().__init__()
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)
        self.act = nn.GELU()
        nn.init.constant_(self.up.weight, 0.0)
        nn.init.constant_(self.up.bias, 0.0)

    def forward(self, x):
        return self.up(self.act(self.down(x))) + x


def insert_adapters(model, target_modules, width, bottleneck):
    from adapter import Adapted

    modules = dict(model.named_modules())
    chosen = []
    for name, module in modules.items():
        words = name.split(".")
        if name and any(words[-len(t.split(".")) :] == t.split(".") for t in target_modules):
            chosen.append((modules[".".join(words[:-1])], words[-1], module))
    if len(chosen) == 0:
        raise ValueError("no target")
    first = next(iter(model.parameters()))
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for parent, word, module in chosen:
        fresh = Adapter(width, bottleneck).to(first)
        parent._modules[word] = Adapted(module, fresh)
    return model
