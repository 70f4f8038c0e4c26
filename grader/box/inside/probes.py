"""Small experiments on a student's function or object, run where the object is.

The same functions run in the judge on reference objects, so that both sides do the same.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map, tree_map_only

from grader.box.inside import accelerator

AWAY = torch.device("cuda", 99)
"""A device that nobody has."""
MOVES = ("to", "type_as")
"""Their answer lies where the last tensor does."""
ACROSS = (
    "__getitem__ __setitem__ index_put index_put_ copy_ expand_as view_as reshape_as new_tensor "
    "broadcast_tensors tensor_split _pack_padded_sequence"
).split()
"""They take tensors of two devices; their answer lies where the first one does."""


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


def _put(tensor: Any, place: Any) -> Any:
    tensor._place = place
    return tensor


def _device(leaf: Any) -> str:
    return str(leaf) if isinstance(leaf, torch.device | str) and str(leaf).startswith(("cpu", "cuda")) else ""


class _Away(TorchFunctionMode):
    """Keeps a place with every tensor: AWAY; what made it, for one on the default device; None where it is unknown."""

    stray = ""
    """What made the first tensor that is on the wrong device."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given, name = tree_leaves((args, kwargs)), getattr(function, "__name__", "")
        tensors = [leaf for leaf in given if isinstance(leaf, torch.Tensor)]
        places = [getattr(tensor, "_place", None) for tensor in tensors]
        if function == torch.Tensor.device.__get__ and places == [AWAY]:
            return AWAY
        asked = [text for text in map(_device, given) if text]
        if AWAY in places and not asked and name not in (*MOVES, *ACROSS):
            self.refuse([tensor for tensor in tensors if tensor.dim()])  # a single number may meet any device's tensors
        place = _place_of_answer(name, places, asked)
        args, kwargs = tree_map(lambda leaf: "cpu" if _device(leaf) == str(AWAY) else leaf, (args, kwargs or {}))
        answer = function(*args, **kwargs)
        if (asked or name in (*MOVES, "cpu")) and any(answer is tensor for tensor in tensors):
            answer = answer.view_as(answer)  # moved to another device it would be a copy
        return tree_map_only(torch.Tensor, lambda leaf: _put(leaf, place), answer)

    def refuse(self, leaves: list[Any]) -> None:
        strays = (place for leaf in leaves if isinstance(place := getattr(leaf, "_place", None), str))
        self.stray = self.stray or next(strays, "")


def _place_of_answer(name: str, places: list[Any], asked: list[str]) -> Any:
    """Return where an answer lies: where it was asked for, else with the arguments; a name says what made it."""
    if asked or name == "broadcast_tensors":
        return AWAY if str(AWAY) in asked else None
    if name == "cpu" or not places:
        return name
    if name in MOVES:
        return places[-1]
    if name in ACROSS:
        return places[0]
    return AWAY if AWAY in places else None if None in places else places[0]


def stray(function: Callable[..., Any], args: Any, kwargs: Any) -> str:
    """Return what makes a tensor on the default device, if it meets those of the call or is answered for them.

    Nothing is moved: the arguments only say that they lie on another device, and so does what is made of them or asked
    for there. Where a tensor lies that was made before the call is unknown, and nothing is said about it.
    """
    leaves = tree_leaves((args, kwargs, function, getattr(function, "__self__", None)))
    inside = [[*leaf.parameters(), *leaf.buffers()] for leaf in leaves if isinstance(leaf, torch.nn.Module)]
    tree_map_only(torch.Tensor, lambda tensor: _put(tensor, AWAY), [leaves, inside])
    # No mode sees from_numpy. And nobody has that device: not every error is the code's own.
    numpy = mock.patch.object(torch, "from_numpy", lambda array: _put(torch.as_tensor(array), "from_numpy"))
    with contextlib.suppress(Exception), numpy, _Away() as away:
        away.refuse(tree_leaves(function(*args, **kwargs)))
    return str(away.stray)


PROBES: dict[str, Callable[..., Any]] = {
    probe.__name__: probe
    for probe in (
        *(gradients, parameter_gradients, call_and_keep, attribute, set_attribute, trainable, type_names, served),
        *(stray, accelerator.synchronize, accelerator.flush_cache),
    )
}
