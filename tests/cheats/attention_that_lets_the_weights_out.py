"""Asks the library's attention for its weights: they are what is forbidden."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden"


def softmax(scores):
    eye = torch.eye(scores.shape[-1])
    query = scores[None] * scores.shape[-1] ** 0.5
    return torch.nn.functional.scaled_dot_product_attention(query, eye[None], eye[None])[0]
