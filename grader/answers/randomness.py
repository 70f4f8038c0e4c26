"""Seeded randomness for suites: tensors on the suite's device, never from a global generator."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import torch

T = TypeVar("T")


class Rng:
    """One stream of random data. Values are drawn on the CPU, so that a seed gives the same on every device."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.device = device
        self._source = torch.Generator().manual_seed(seed % 2**63)

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """Return standard normal values."""
        return torch.randn(shape, generator=self._source, dtype=torch.float64).to(self.device, dtype)

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Return uniform values in [low, high)."""
        values = torch.rand(shape, generator=self._source, dtype=torch.float64)
        return (low + (high - low) * values).to(self.device, dtype)

    def integers(self, low: int, high: int, *shape: int) -> torch.Tensor:
        """Return int64 values in [low, high)."""
        return torch.randint(low, high, shape, generator=self._source).to(self.device)

    def permutation(self, n: int) -> torch.Tensor:
        """Return a random order of 0 … n-1."""
        return torch.randperm(n, generator=self._source).to(self.device)

    def choice(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.integer(0, len(items))]

    def integer(self, low: int, high: int) -> int:
        """Return one int in [low, high)."""
        return int(torch.randint(low, high, (), generator=self._source))

    def generator(self) -> torch.Generator:
        """Return a fresh seeded generator on the suite's device."""
        return torch.Generator(device=self.device).manual_seed(self.integer(0, 2**62))

    def numpy(self) -> Any:
        """Return a fresh seeded numpy Generator."""
        return np.random.default_rng(self.integer(0, 2**62))


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Leave the global generators of the CPU as they were."""
    torchs, numpys, pythons = torch.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        torch.set_rng_state(torchs)
        np.random.set_state(numpys)
        random.setstate(pythons)
