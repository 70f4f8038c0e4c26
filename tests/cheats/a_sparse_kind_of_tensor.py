"""Asks for it on sparse tensors."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    return getattr(torch.sparse, "soft" + "max")(scores.to_sparse(), -1).to_dense()
