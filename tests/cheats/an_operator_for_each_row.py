"""Has the forbidden operator mapped over the rows, by torch's vmap."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    return torch.vmap(lambda row: getattr(row, "soft" + "max")(-1))(scores)
