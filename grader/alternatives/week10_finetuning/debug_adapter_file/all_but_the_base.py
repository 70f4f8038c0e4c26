"""Named by what the base has: everything else is new, whether it learns or not."""

OF_THE_BASE = "embedding.", "mix.fixed."


def what_it_learned(model):
    return {name: table.clone() for name, table in model.state_dict().items() if not name.startswith(OF_THE_BASE)}
