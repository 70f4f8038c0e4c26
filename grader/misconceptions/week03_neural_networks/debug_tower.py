"""Known mistakes of week 03, debug_tower: repairs that do not repair. The planted bug itself is the stub."""

import debug_tower as solution
from torch import nn

from grader.mistakes import mistake


class Repaired(solution.Tower):
    """The program with storeys of its own kind."""

    def build(self, storeys):
        raise NotImplementedError

    def __init__(self, width, depth, classes, seed=0):
        super().__init__(width, depth, classes, seed)
        storeys = list(self.storeys)
        del self.storeys
        self.build(storeys)


@mistake(
    of="Tower",
    en="It looks like one storey is used again and again: each needs weights of its own.",
    zh="看起来同一层被反复使用：每一层都需要自己的权重。",
)
class one_storey_repeated(Repaired):
    def build(self, storeys):
        self.storeys = nn.ModuleList(storeys[:1] * len(storeys))


@mistake(
    of="Tower",
    en="It looks like only the topmost storey is known to the module: all of them must be.",
    zh="看起来模块只认识最上面的一层：所有楼层都应登记。",
)
class knows_the_last_only(Repaired):
    def build(self, storeys):
        self.storeys = storeys
        if storeys:
            self.top = storeys[-1]


@mistake(
    of="Tower",
    en="It looks like the storeys are trained now, but not part of the state: what is saved lacks them.",
    zh="看起来楼层现在能训练了，但不在状态里：保存的内容缺少它们。",
)
class trained_but_not_saved(Repaired):
    def build(self, storeys):
        self.storeys = storeys

    def parameters(self, recurse=True):
        yield from super().parameters(recurse)
        for storey in self.storeys:
            yield from storey.parameters()


@mistake(
    of="Tower",
    en="It looks like the storeys are saved now, but as buffers: nothing trains a buffer.",
    zh="看起来楼层现在能保存了，但它们成了缓冲区（buffer）：缓冲区不会被训练。",
)
class saved_but_not_trained(Repaired):
    def build(self, storeys):
        self.storeys = storeys
        for number, storey in enumerate(self.storeys):
            self.register_buffer(f"weight{number}", storey.weight.data)
            self.register_buffer(f"bias{number}", storey.bias.data)
