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
    of="what_it_learned",
    en="It looks like what is saved are the parameters themselves and no copies: further training changes the file.",
    zh="看起来保存的是参数本身而不是副本：继续训练会改变已经保存的内容。",
)
def saves_no_copies(model):
    return {name: parameter.detach() for name, parameter in model.named_parameters() if parameter.requires_grad}


@mistake(
    of="Classifier",
    en="It looks like the head begins with the same numbers in every model now: a restored model has the head that "
    "training began with, and not the one that it ended with.",
    zh="看起来现在每个模型的分类头都从同样的数开始：恢复的模型用的是训练开始时的头，而不是训练结束时的头。",
)
class draws_the_same_head_again(solution.Classifier):
    def __init__(self, vocabulary, width, classes, base, start):
        super().__init__(vocabulary, width, classes, base, 1)


@mistake(
    of="Classifier",
    en="It looks like the head does not learn any more: then nothing of it is lost, and the model learns less.",
    zh="看起来分类头不再学习了：这样固然不会丢失什么，模型却学得更少。",
)
class freezes_the_head(solution.Classifier):
    def __init__(self, vocabulary, width, classes, base, start):
        super().__init__(vocabulary, width, classes, base, 1)
        self.head.requires_grad_(False)
