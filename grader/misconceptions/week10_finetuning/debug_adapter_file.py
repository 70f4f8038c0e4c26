"""Known mistakes of week 10, debug_adapter_file: repairs that do not repair. The planted bug itself is the stub."""

import debug_adapter_file as solution

from grader.mistakes import mistake


@mistake(
    of="what_it_learned",
    en="It looks like the whole model is saved now: it can be put back, and every file is as large as the base model.",
    zh="看起来现在保存了整个模型：恢复是没问题了，但每个文件都和基础模型一样大。",
)
def saves_the_base_too(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


@mistake(
    of="what_it_learned",
    en="It looks like the weight of the head is saved and its bias is not.",
    zh="看起来保存了分类头的权重，却没有保存它的偏置。",
)
def forgets_the_bias(model):
    saved = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    return {name: parameter.detach().clone() for name, parameter in saved.items() if not name.endswith("bias")}


@mistake(
    of="put_back",
    en="It looks like the head is saved now, and not put back: the other model keeps the one that it began with.",
    zh="看起来分类头现在保存了，却没有装回去：另一个模型用的仍是它自己开始时的头。",
)
def puts_no_head_back(model, learned):
    solution.put_back(model, {name: table for name, table in learned.items() if not name.startswith("head.")})


@mistake(
    of="Classifier",
    en="It looks like the head does not learn any more: then nothing of it is lost, and the model learns less.",
    zh="看起来分类头不再学习了：这样固然不会丢失什么，模型却学得更少。",
)
class freezes_the_head(solution.Classifier):
    def __init__(self, vocabulary, width, classes, base, start):
        super().__init__(vocabulary, width, classes, base, 1)
        self.head.requires_grad_(False)


@mistake(
    of="what_it_learned",
    en="It looks like the parameters themselves are returned, not copies: detach() shares the memory, so that they "
    "change when the model learns on.",
    zh="看起来返回的是参数本身，而不是副本：detach() 与参数共用内存，模型继续学习时它们也跟着变。",
    breaks="What the model learns later does not change them",
)
def saves_the_parameters_themselves(model):
    return {name: parameter.detach() for name, parameter in model.named_parameters() if parameter.requires_grad}


@mistake(
    of="put_back",
    en="It looks like the model takes the saved tensors for its own: when it learns on, what was saved changes too.",
    zh="看起来模型直接把保存的张量当作自己的参数：它继续学习时，保存的内容也随之改变。",
    breaks="what this model learns later does not change `learned`",
)
def takes_the_saved_tensors(model, learned):
    _, unknown = model.load_state_dict(learned, strict=False, assign=True)
    if unknown:
        raise ValueError(f"the model has no {', '.join(unknown)}")
