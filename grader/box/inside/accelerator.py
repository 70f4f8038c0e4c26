"""What a process on an accelerator needs and one on a CPU does not: full precision, a share of the memory, an end to
what is under way, a cold cache. Everything here does nothing where there is no accelerator.

Sources: PyTorch's notes on "CUDA semantics" (TensorFloat-32, reduced precision reduction, asynchronous execution) and
its reference of torch.accelerator and torch.cuda.memory.
"""

from __future__ import annotations

import torch

SHARE = 0.45
"""Of the device's memory for one process: a judge and one box that runs fit on it together."""
CACHES = 2
"""So many times the second-level cache is written to empty it."""


def full_precision() -> None:
    """Compute in the dtype that was asked for: no TensorFloat-32, no half-precision sums. Touches no device."""
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False


def take_share() -> None:
    """Let torch's allocator refuse what goes beyond this process's share, as an error that says so."""
    if torch.cuda.is_available():
        torch.cuda.set_per_process_memory_fraction(SHARE)


def synchronize() -> None:
    """Wait for everything that this process has asked of its device: calls return before their work is done."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()


def flush_cache() -> None:
    """Write over the device's second-level cache, which all processes share."""
    if torch.cuda.is_available():
        size = int(torch.cuda.get_device_properties().L2_cache_size)
        torch.zeros(CACHES * size, dtype=torch.uint8, device="cuda")
        synchronize()
