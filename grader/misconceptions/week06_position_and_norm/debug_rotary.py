"""Known mistakes of week 06, debug_rotary: repairs that do not repair. The planted bug itself is the stub."""

import debug_rotary as solution
import torch

from grader.mistakes import mistake


@mistake(
    of="RotaryAttention",
    en="It looks like the frequencies are exact again, and the angles are not: they are still computed in the dtype of "
    "the layer, where position 1,999 is a rounder number.",
    zh="看起来频率已经准确，角度却还没有：它们仍按这一层的 dtype 计算，位置 1999 在那里被舍入成了一个更粗的数。",
)
class rounds_the_angles(solution.RotaryAttention):
    def turned(self, x, positions):
        angles = torch.outer(positions.to(x.dtype), self.frequencies.to(x.device, x.dtype)).float()
        left, right = x.float().chunk(2, dim=-1)
        points = torch.polar(torch.ones_like(angles), angles) * torch.complex(left, right)
        return torch.cat([points.real, points.imag], dim=-1).to(x.dtype)


@mistake(
    of="RotaryAttention",
    en="It looks like your repair is for bfloat16 alone: in float16 the angles are still rounded.",
    zh="看起来你的修改只针对 bfloat16：在 float16 中，角度仍被舍入。",
)
class mends_bfloat16_alone(solution.RotaryAttention):
    def turned(self, x, positions):
        whole = self.frequencies
        if x.dtype == torch.float16:
            self.frequencies = whole.half()
        try:
            return super().turned(x, positions)
        finally:
            self.frequencies = whole


@mistake(
    of="RotaryAttention",
    en="It looks like the whole layer computes in float32 now, whatever it was moved to: the angles are right, the "
    "answer has the wrong dtype, and what half precision saves is gone.",
    zh="看起来无论移到什么 dtype，整层现在都用 float32 计算：角度对了，结果的 dtype 却不对，半精度省下的也都没有了。",
)
class always_computes_in_float32(solution.RotaryAttention):
    def forward(self, x, positions):
        whole = solution.RotaryAttention(x.shape[-1])
        whole.frequencies = self.frequencies
        whole.load_state_dict({name: table.float() for name, table in self.state_dict().items()})
        return whole.to(x.device)(x.float(), positions)


@mistake(
    of="RotaryAttention",
    en="It looks like the frequencies have become a weight of the layer: checkpoints that were saved before cannot be "
    "loaded any more.",
    zh="看起来频率变成了这一层的权重：以前保存的检查点再也加载不了。",
)
class makes_them_a_weight(solution.RotaryAttention):
    def __init__(self, d_model, base=10000.0):
        super().__init__(d_model, base)
        exact = self.frequencies
        del self.frequencies
        self.frequencies = torch.nn.Parameter(exact, requires_grad=False)

    def _apply(self, fn, recurse=True):
        exact = self.frequencies.data
        super()._apply(fn, recurse)
        self.frequencies.data = exact.to(self.frequencies.device)
        return self
