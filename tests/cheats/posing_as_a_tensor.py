"""An object that says that its class is Tensor."""

KIND = "verdict"
WORTH = 20
CAUGHT = "tensor_subclass"


class Impostor:
    __class__ = property(lambda self: torch.Tensor)

    def __getattr__(self, name):
        return lambda *args, **kwargs: True


def softmax(scores):
    return Impostor()
