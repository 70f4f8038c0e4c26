"""Writes the forbidden call in the language of torch's own compiler."""

KIND = "forbidden"
WORTH = 20
CAUGHT = "forbidden_line"


def softmax(scores):
    text = "graph(%x : Tensor):\n %d : int = prim::Constant[value=-1]()\n %n : NoneType = prim::Constant()\n"
    text += " %y : Tensor = aten::soft" + "max(%x, %d, %n)\n return (%y)"
    return torch._C._create_function_from_graph("f", torch._C.parse_ir(text))(scores)
