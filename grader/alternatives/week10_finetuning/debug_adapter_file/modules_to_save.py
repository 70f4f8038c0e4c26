"""As peft has it: the low-rank maps, and besides them the modules that a list names."""

import copy

MODULES_TO_SAVE = ["head"]


def what_it_learned(model):
    learned = {f"mix.{name}": table for name, table in model.mix.state_dict().items() if name.startswith("thin_")}
    for module in MODULES_TO_SAVE:
        learned |= {f"{module}.{name}": table for name, table in model.get_submodule(module).state_dict().items()}
    return copy.deepcopy(learned)
