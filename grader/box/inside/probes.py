"""Small experiments on a student's function or object, run where the object is.

The same functions run in the judge on reference objects, so that both sides do the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from grader.box.inside import accelerator


def first_tensor(answer: Any) -> torch.Tensor:
    """Return the first tensor of an answer (itself, or the first of a tuple, list or dict)."""
    if isinstance(answer, torch.Tensor):
        return answer
    items = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list | tuple) else ()
    for item in items:
        if isinstance(item, torch.Tensor):
            return item
    raise TypeError(f"expected a tensor, or a tuple that begins with one, not {type(answer).__name__}")


def _weighted_sum(answer: Any) -> torch.Tensor:
    """A scalar that depends on every element differently: the weights are cos(1), cos(2), ..."""
    out = first_tensor(answer)
    weights = torch.arange(1, out.numel() + 1, dtype=torch.float64, device=out.device).cos()
    return (out * weights.to(out.dtype).reshape(out.shape)).sum()


def gradients(function: Callable[..., Any], args: Any, kwargs: Any, wrt: Any) -> tuple[torch.Tensor | None, ...]:
    """Return the gradients of a fixed weighted sum of the answer with respect to the arguments at the places `wrt`."""
    leaves = list(args)
    for place in wrt:
        leaves[place] = leaves[place].detach().clone().requires_grad_()
    _weighted_sum(function(*leaves, **kwargs)).backward()  # type: ignore[no-untyped-call]
    return tuple(leaves[place].grad for place in wrt)


def parameter_gradients(layer: torch.nn.Module, args: Any, kwargs: Any) -> dict[str, torch.Tensor | None]:
    """Return the gradient of the same sum for every parameter by name; None for a parameter that got none."""
    layer.zero_grad(set_to_none=True)
    _weighted_sum(layer(*args, **kwargs)).backward()  # type: ignore[no-untyped-call]
    return {name: parameter.grad for name, parameter in layer.named_parameters()}


def call_and_keep(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, Any, Any]:
    """Return the answer and the arguments as they are after the call."""
    return function(*args, **kwargs), args, kwargs


def attribute(owner: Any, name: str) -> Any:
    """Return a (dotted) attribute's value."""
    return functools.reduce(getattr, name.split("."), owner)


def set_attribute(owner: Any, name: str, value: Any) -> None:
    """Set a (dotted) attribute."""
    path, _, last = name.rpartition(".")
    setattr(attribute(owner, path) if path else owner, last, value)


def trainable(layer: torch.nn.Module) -> dict[str, bool]:
    """Return requires_grad of every parameter by name."""
    return {name: parameter.requires_grad for name, parameter in layer.named_parameters()}


def type_names(layer: torch.nn.Module) -> dict[str, str]:
    """Return the class name of every submodule by dotted name."""
    return {name: type(module).__name__ for name, module in layer.named_modules() if name}


def served(function: Callable[..., Any], kind: str, attributes: dict[str, Any]) -> object:
    """Return an object of the class `kind` that answers as the function does, wherever that runs."""

    def call(self: object, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return type(kind, (), {"__call__": call, **attributes})()


PROBES: dict[str, Callable[..., Any]] = {
    probe.__name__: probe
    for probe in (
        *(gradients, parameter_gradients, call_and_keep, attribute, set_attribute, trainable, type_names, served),
        *(accelerator.settle, accelerator.chill),
    )
}
