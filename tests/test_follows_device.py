"""New tensors on the device of the arguments: the right ways to make them pass, and what a GPU would refuse does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from grader.box.inside.probes import stray
from grader.judge.coordinator import Engine
from grader.messages import LANGUAGES, render
from grader.outcomes import Verdict
from tests import tiny

TABLE = torch.arange(3.0)


def in_a_context(x: Tensor) -> Tensor:
    with torch.device(x.device):
        return x * torch.arange(3)


def filled(x: Tensor) -> Tensor:
    y = torch.empty_like(x)
    y[torch.tensor([0, 1])] = 0.0
    y[2:] = torch.ones(1)
    return y.copy_(torch.arange(3.0)) + x


def worked_on_the_cpu(x: Tensor) -> Tensor:
    return (x.cpu() * torch.arange(3)).to(x.device) + (x.to("cpu") * torch.arange(3)).to(x)


def drawn(x: Tensor) -> Tensor:
    generator = torch.Generator()
    kept = torch.rand(3, generator=generator, device=generator.device) * torch.ones(3)
    return x * kept.to(x.device) + torch.rand(3, generator=generator).to(x)


def differentiated(x: Tensor) -> Tensor:
    leaf = x.detach().clone().requires_grad_()
    (leaf * torch.arange(3, device=leaf.device)).sum().backward()  # type: ignore[no-untyped-call]
    assert leaf.grad is not None
    return leaf.grad * x


def broadcast(x: Tensor) -> Tensor:
    one, other = torch.broadcast_tensors(torch.arange(3), x)  # type: ignore[no-untyped-call]
    answer: Tensor = one.to(other.device) + other
    return answer


def in_autocast(x: Tensor) -> Tensor:
    with torch.autocast(x.device.type, enabled=False):
        return x * torch.linspace(0, 1, 3, device=str(x.device))


RIGHT: dict[str, Callable[[Tensor], object]] = {
    "asked for": lambda x: x + torch.arange(3, device=x.device),
    "moved": lambda x: x * torch.tensor([1.0, 2.0, 3.0]).to(x.device),
    "moved to a tensor": lambda x: x * torch.arange(3).to(x) + torch.arange(3).type_as(x),
    "moved with a dtype": lambda x: x * torch.arange(3).to(device=x.device, dtype=x.dtype),
    "made anew as a tensor": lambda x: torch.as_tensor(torch.arange(3), device=x.device) * x,
    "made of another": lambda x: x * x.new_tensor([1, 2, 3]) + x.new_zeros(3) + torch.ones_like(x),
    "in a context": in_a_context,
    "a single number": lambda x: torch.where(x > 0, x, torch.tensor(0.0)),
    "an index": lambda x: x[torch.tensor([0, 1])],
    "filled": filled,
    "through numpy": lambda x: torch.from_numpy(np.cumsum(x.cpu().numpy())).to(x.device) * x,
    "through numpy, then as a tensor": lambda x: torch.from_numpy(np.cumsum(x.cpu().numpy())).to(x) * x,
    "through a list": lambda x: torch.tensor(x.tolist()).to(x.device),
    "worked on the CPU": worked_on_the_cpu,
    "expanded, then moved": lambda x: torch.arange(3).expand_as(x).to(x.device) * x,
    "broadcast, then moved": broadcast,
    "drawn": drawn,
    "differentiated": differentiated,
    "vmap": lambda x: torch.vmap(lambda row: row * torch.arange(1, device=row.device))(x[:, None]),
    "a table": lambda x: (TABLE * torch.arange(3)).to(x.device) * x,
    "autocast": in_autocast,
    "a layer": lambda x: torch.nn.Linear(3, 3, device=x.device)(x),
    "a generator there": lambda x: torch.rand(3, generator=torch.Generator(x.device), device=x.device),
}
WRONG: dict[str, Callable[[Tensor], object]] = {
    "arange": lambda x: x + torch.arange(3),
    "zeros": lambda x: x.masked_fill(torch.zeros(3, dtype=torch.bool), 0.0),
    "tensor": lambda x: torch.isin(x, torch.tensor([1.0, 2.0])),
    "ones": lambda x: [x, {"answer": torch.ones(len(x))}],
    "full": lambda x: torch.full((), float(x.sum())),
    "eye": lambda x: torch.eye(3) @ x,
    "rand": lambda x: x * (torch.rand(3, generator=torch.Generator()) > 0.5),
    "from_numpy": lambda x: torch.from_numpy(np.cumsum(x.detach().numpy())),
    "cpu": lambda x: x.cpu() * 2,
}


@pytest.mark.parametrize("way", RIGHT)
def test_a_right_way_passes(way: str) -> None:
    """Whoever makes a tensor where the input lies, or moves it there before they meet, hears nothing."""
    assert stray(RIGHT[way], (torch.tensor([3.0, 1.0, 2.0]),), {}) == ""


@pytest.mark.parametrize("made", WRONG)
def test_a_stray_is_named(made: str) -> None:
    """What a GPU would refuse, or an answer that is not where the input is, is known by what made it."""
    assert made == stray(WRONG[made], (), {"x": torch.tensor([3.0, 1.0, 2.0])})


def test_an_answer_may_lie_where_another_tensor_does() -> None:
    """What is moved to a tensor lies with that one, and what is read or shaped by another one stays where it is."""
    astray: list[Callable[[Tensor], object]] = [
        lambda x: x.to(torch.arange(3.0)),
        lambda x: x.type_as(torch.arange(3.0)),
        lambda x: torch.arange(3).expand_as(x),
        lambda x: torch.arange(3)[x.long()],
    ]
    assert ["arange"] * 4 == [stray(way, (torch.tensor([2.0, 1.0, 0.0]),), {}) for way in astray]


def test_the_answer_is_the_same() -> None:
    """What a module is made of lies where its inputs do, and a call leaves nothing behind that changes another."""
    layer, x = torch.nn.Linear(3, 3), torch.ones(3)

    assert stray(lambda layer, x: layer(x) + torch.arange(3, device=layer.weight.device), (layer, x), {}) == ""
    assert stray(layer, (x,), {}) == ""
    assert x.device.type == "cpu"
    assert torch.equal(x + torch.arange(3), torch.tensor([1.0, 2.0, 3.0]))


SUITE = '''
from grader.suite import follows_device


@points(1)
def test_device(student, reference):
    """The answer is where the input is."""
    import torch

    assert_same(follows_device(student.double, torch.ones(3)), reference.double(torch.ones(3)))
'''


def test_a_learner_reads_what_made_it(engine: Engine, tmp_path: Path) -> None:
    """In a suite the finding names the function and what made the tensor, in both languages, and shows the call."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + SUITE)

    right = tiny.judge(engine, course, tiny.answers("def double(x): return x * torch.tensor([2.0], device=x.device)"))
    wrong = tiny.judge(engine, course, tiny.answers("def double(x): return x * torch.tensor([2.0])"))

    assert tiny.by_name(right)["test_device"].verdict is Verdict.PASSED
    result = tiny.by_name(wrong)["test_device"]
    assert result.findings[0].key == "stray"
    for lang in LANGUAGES:
        text = render(result.findings[0], lang)
        assert "tensor(…)" in text and "double" in text
    assert result.findings[-1].values["call"].startswith("double(")
