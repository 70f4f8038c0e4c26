"""Asks for the forbidden operator on nested tensors, which have kernels of their own."""

WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    rows = scores.reshape(-1, scores.shape[-1])
    nested = torch.nested.nested_tensor([rows.detach()])
    return torch.nested.to_padded_tensor(getattr(nested, "soft" + "max")(-1), 0.0)[0].reshape(scores.shape)
