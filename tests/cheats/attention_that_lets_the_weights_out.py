"""Asks the library's attention for its weights: one kernel computes them, and none is called softmax."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    eye = torch.eye(scores.shape[-1])
    query = scores[None] * scores.shape[-1] ** 0.5
    return torch.nn.functional.scaled_dot_product_attention(query[None], eye[None, None], eye[None, None])[0, 0]
