"""Values as bytes, without pickle: a JSON header and raw buffers.

Frame: u32 header length | u64 payload length | header | payload. A header node is a JSON null, bool, number (in 64
bits), string, or an array whose first element names its kind; anything else is refused. The receiver checks every
size before it allocates.
"""

from __future__ import annotations

import collections
import math
import struct
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import torch

PREFIX = struct.Struct("<IQ")
MAX_HEADER, MAX_PAYLOAD = 16 << 20, 256 << 20
MAX_NODES, MAX_DEPTH, MAX_DIMENSIONS = 300_000, 32, 16
MAX_INT = 1024
"""Bytes of an integer: Python can still write it down."""
MAX_EMPTY = 1 << 20
"""What the other sizes of an empty tensor may multiply to: whoever writes it down as lists makes so many of them."""
MAX_CLASHES = 100_000
"""Pairs of keys with the same hash in all dictionaries of a frame: each costs a comparison."""
ALIGN = 64

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128),
        *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
    )
}
ARRAY_DTYPES = {np.dtype(name).str: np.dtype(name) for name in "? u1 u2 u4 u8 i1 i2 i4 i8 f2 f4 f8 c8 c16".split()}
MAPPINGS = (dict, collections.OrderedDict, collections.defaultdict, collections.Counter)


class BadFrame(ValueError):
    """The bytes are not a frame of ours."""


class TooLarge(ValueError):
    """A frame over the limits."""


class Unsendable(TypeError):
    """A value that is not data: its kind is `reason`, its type `name`."""

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(reason, name)
        self.reason = reason
        self.name = name


class Reference:
    """Something that stays on its side.

    `kind` is "handle" (an object of the box, by number), "method" (of such an object, by name in `type_name`),
    "callback" (a function of the judge, by number) or "function" (a public name of the student's module, likewise).
    """

    __slots__ = ("kind", "number", "type_name")

    def __init__(self, kind: str, number: int, type_name: str = "") -> None:
        self.kind = kind
        self.number = number
        self.type_name = type_name


class Frame:
    """An encoded value: the header and the buffers that follow it."""

    __slots__ = ("header", "buffers", "payload_size")

    def __init__(self, header: bytes, buffers: list[Any], payload_size: int) -> None:
        self.header = header
        self.buffers = buffers
        self.payload_size = payload_size

    def parts(self) -> list[Any]:
        return [PREFIX.pack(len(self.header), self.payload_size), self.header, *self.buffers]

    def payload(self) -> bytearray:
        return bytearray(b"".join(self.buffers))


class _Encoder:
    def __init__(self, refer: Callable[[Any], Reference] | None) -> None:
        self.refer = refer
        self.buffers: list[Any] = []
        self.size = 0
        self.nodes = 0

    def add(self, buffer: memoryview | bytes) -> list[int]:
        """Append one buffer; return [offset, length]."""
        padding = -self.size % ALIGN
        if padding:
            self.buffers.append(bytes(padding))
        offset = self.size + padding
        length = len(buffer)
        if length:
            self.buffers.append(buffer)
        self.size = offset + length
        if self.size > MAX_PAYLOAD:
            raise TooLarge
        return [offset, length]

    def node(self, value: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise TooLarge
        if value is None or type(value) is bool:
            return value
        if isinstance(value, np.generic):
            return self.array(np.asarray(value), "scalar")
        if isinstance(value, int):
            return int(value) if -(2**63) <= value < 2**63 else self.big(int(value))
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else ["float", repr(float(value))]
        if isinstance(value, str):
            return self.text(str.__str__(value))
        if isinstance(value, bytes | bytearray | memoryview):
            return ["bytes", *self.add(bytes(value))]
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        return self.compound(value, depth)

    def compound(self, value: Any, depth: int) -> Any:
        if isinstance(value, tuple):
            return ["tuple", *(self.node(item, depth + 1) for item in tuple.__iter__(value))]
        if isinstance(value, list):
            return ["list", *(self.node(item, depth + 1) for item in list.__iter__(value))]
        if type(value) in MAPPINGS:
            pairs = ([self.node(key, depth + 1), self.node(item, depth + 1)] for key, item in value.items())
            return ["dict", *pairs]
        if isinstance(value, np.ndarray):
            return self.array(value, "array")
        if isinstance(value, torch.Generator):
            return ["generator", value.device.type, *self.add(value.get_state().numpy().tobytes())]
        if isinstance(value, np.random.Generator):
            return ["numpy_generator", *self.numpy_state(value)]
        if isinstance(value, torch.dtype):
            return ["dtype", str(value).removeprefix("torch.")]
        if isinstance(value, torch.device):
            return ["device", str(value)]
        return self.reference(value)

    def reference(self, value: Any) -> Any:
        reference = value if isinstance(value, Reference) else self.refer(value) if self.refer else None
        if reference is None:
            raise Unsendable("not_data", type(value).__name__)
        return [reference.kind, reference.number, reference.type_name]

    def text(self, value: str) -> Any:
        try:
            value.encode()
        except UnicodeEncodeError:
            if len(value) > MAX_HEADER // 4:  # bytes of one character
                raise TooLarge from None
            return ["text", *self.add(value.encode("utf-8", "surrogatepass"))]
        return value

    def big(self, value: int) -> Any:
        length = value.bit_length() // 8 + 1
        if length > MAX_INT:
            raise TooLarge
        return ["int", *self.add(value.to_bytes(length, "little", signed=True))]

    def tensor(self, value: torch.Tensor) -> Any:
        if type(value) not in (torch.Tensor, torch.nn.Parameter):
            raise Unsendable("tensor_subclass", type(value).__name__)
        name = str(value.dtype).removeprefix("torch.")
        if value.layout != torch.strided or name not in DTYPES or value.device.type == "meta":
            raise Unsendable("odd_tensor", f"{name}, {value.layout}, {value.device}")
        # The copy to the CPU and the full materialisation happen here, inside the clock of a timed call.
        plain = value.detach().resolve_conj().resolve_neg()
        order = _memory_order(plain)
        stored = plain if plain.is_contiguous() else plain.permute(order)
        dense = stored.contiguous().cpu()
        gapped = not stored.is_contiguous()
        flat = dense.reshape(-1)
        if flat.stride(0) != 1:  # one element alone counts as contiguous whatever its stride
            flat = flat.clone(memory_format=torch.contiguous_format).as_strided((flat.numel(),), (1,))
        buffer = memoryview(flat.view(torch.uint8).numpy().data).cast("B") if flat.numel() else b""
        return ["tensor", name, list(value.shape), order, gapped, value.device.type, *self.add(buffer)]

    def array(self, value: np.ndarray, kind: str) -> Any:
        if value.dtype.str not in ARRAY_DTYPES:
            raise Unsendable("odd_array", str(value.dtype))
        dense = np.ascontiguousarray(np.asarray(value))
        buffer = memoryview(dense.reshape(-1).view(np.uint8).data).cast("B") if dense.size else b""
        return [kind, value.dtype.str, list(value.shape), *self.add(buffer)]

    def numpy_state(self, value: np.random.Generator) -> list[Any]:
        state = value.bit_generator.state
        if state.get("bit_generator") != "PCG64":
            raise Unsendable("not_data", type(value.bit_generator).__name__)
        inner = state["state"]
        return [str(inner["state"]), str(inner["inc"]), state["has_uint32"], state["uinteger"]]


def _memory_order(tensor: torch.Tensor) -> list[int]:
    """Return the axes from the slowest in memory to the fastest, so that a transposed view arrives transposed."""
    if tensor.is_contiguous():
        return list(range(tensor.dim()))
    return sorted(range(tensor.dim()), key=tensor.stride, reverse=True)


def encode(value: Any, refer: Callable[[Any], Reference] | None = None) -> Frame:
    """Encode a value; `refer` turns what is not data into a Reference.

    Raises:
        Unsendable: something is not data and there is no `refer` for it.
        TooLarge: over the limits.
    """
    encoder = _Encoder(refer)
    header = msgspec.json.encode(encoder.node(value))
    if len(header) > MAX_HEADER:
        raise TooLarge
    return Frame(header, encoder.buffers, encoder.size)


def sizes(prefix: bytes) -> tuple[int, int]:
    """Return the header and payload sizes that a prefix announces, checked."""
    header, payload = PREFIX.unpack(prefix)
    if header > MAX_HEADER or payload > MAX_PAYLOAD:
        raise TooLarge
    return header, payload


class _Decoder:
    def __init__(self, payload: bytearray, resolve: Callable[[Reference], Any] | None, accelerator: str | None) -> None:
        self.payload = payload
        self.resolve = resolve
        self.accelerator = accelerator
        self.nodes = self.used = self.clashes = 0

    def value(self, node: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise BadFrame("nesting")
        if node is None or type(node) in (bool, float, str):
            return node
        if type(node) is int and -(2**63) <= node < 2**63:
            return node
        if type(node) is not list or not node or type(node[0]) is not str:
            raise BadFrame("node")
        if node[0] in ("handle", "method", "callback", "function"):
            return self.resolved(*node)
        reader = getattr(self, f"read_{node[0]}", None)
        if reader is None:
            raise BadFrame("kind")
        return reader(node[1:], depth + 1)

    def read_list(self, items: list[Any], depth: int) -> list[Any]:
        return [self.value(item, depth) for item in items]

    def read_tuple(self, items: list[Any], depth: int) -> tuple[Any, ...]:
        return tuple(self.value(item, depth) for item in items)

    def read_dict(self, items: list[Any], depth: int) -> dict[Any, Any]:
        if any(type(item) is not list or len(item) != 2 for item in items):
            raise BadFrame("dict")
        keys = [self.value(key, depth) for key, _ in items]
        self.clashes += sum(alike * (alike - 1) for alike in collections.Counter(map(hash, keys)).values()) // 2
        if self.clashes > MAX_CLASHES:
            raise BadFrame("keys")  # made to collide: dictionaries of them take hours
        return {key: self.value(item, depth) for key, (_, item) in zip(keys, items, strict=True)}

    def read_float(self, items: list[Any], depth: int) -> float:
        return {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}[items[0]]

    def read_int(self, items: list[Any], depth: int) -> int:
        offset, length = items
        if type(length) is not int or length > MAX_INT:
            raise BadFrame("number")
        return int.from_bytes(self.bytes_at(offset, length), "little", signed=True)

    def read_text(self, items: list[Any], depth: int) -> str:
        offset, length = items
        if type(length) is not int or length > MAX_HEADER:  # what has no odd character stands in the header
            raise BadFrame("text")
        return self.bytes_at(offset, length).decode("utf-8", "surrogatepass")

    def read_bytes(self, items: list[Any], depth: int) -> bytes:
        return self.bytes_at(*items)

    def resolved(self, kind: str, number: Any, type_name: Any) -> Any:
        if self.resolve is None or type(number) is not int or type(type_name) is not str:
            raise BadFrame("reference")
        return self.resolve(Reference(kind, number, type_name[:100]))

    def read_dtype(self, items: list[Any], depth: int) -> torch.dtype:
        return DTYPES[items[0]]

    def device(self, claimed: Any) -> str:
        """A sender can name the CPU or the receiver's own accelerator, nothing else."""
        if claimed not in ("cpu", self.accelerator):
            raise BadFrame("device")
        return str(claimed)

    def read_device(self, items: list[Any], depth: int) -> torch.device:
        return torch.device(self.device(str(items[0]).partition(":")[0]))

    def read_generator(self, items: list[Any], depth: int) -> torch.Generator:
        device, offset, length = items
        generator = torch.Generator(device=self.device(device))
        generator.set_state(torch.frombuffer(bytearray(self.bytes_at(offset, length)), dtype=torch.uint8))
        return generator

    def read_numpy_generator(self, items: list[Any], depth: int) -> np.random.Generator:
        state, increment, has_uint32, uinteger = items
        generator = np.random.PCG64()
        inner: Any = {"state": int(str(state)[:50]), "inc": int(str(increment)[:50])}
        generator.state = {"bit_generator": "PCG64", "state": inner, "has_uint32": has_uint32, "uinteger": uinteger}
        return np.random.Generator(generator)

    def read_tensor(self, items: list[Any], depth: int) -> torch.Tensor:
        name, shape, order, gapped, device, offset, length = items
        dtype, count = DTYPES[name], self.count(shape)
        axes = list(range(len(shape)))
        if sorted(order) != axes or type(gapped) is not bool:
            raise BadFrame("order")
        stored = [shape[axis] for axis in order]
        self.check(offset, length, count * dtype.itemsize)
        if not count:
            return torch.empty(shape, dtype=dtype, device=self.device(device))
        dense = torch.frombuffer(self.payload, dtype=dtype, count=count, offset=offset).reshape(stored)
        if gapped and stored:
            wide = torch.zeros([*stored[:-1], 2 * stored[-1]], dtype=dtype)
            wide[..., ::2] = dense
            dense = wide[..., ::2]
        there = dense.to(self.device(device))
        return there if order == axes else there.permute([order.index(axis) for axis in axes])

    def read_array(self, items: list[Any], depth: int) -> np.ndarray:
        name, shape, offset, length = items
        dtype, count = ARRAY_DTYPES[name], self.count(shape)
        self.check(offset, length, count * dtype.itemsize)
        if not count:
            return np.empty(shape, dtype)
        return np.frombuffer(self.payload, dtype, count, offset).reshape(shape)

    def read_scalar(self, items: list[Any], depth: int) -> Any:
        array = self.read_array(items, depth)
        if array.shape:
            raise BadFrame("scalar")
        return array[()]

    def count(self, shape: Any) -> int:
        if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
            raise BadFrame("shape")
        if any(type(size) is not int or not 0 <= size <= 2**40 for size in shape):
            raise BadFrame("shape")
        count = math.prod(shape)
        if not count and math.prod(size for size in shape if size) > MAX_EMPTY:
            raise BadFrame("shape")
        return count

    def check(self, offset: Any, length: Any, expected: int) -> None:
        if type(offset) is not int or type(length) is not int or length != expected:
            raise BadFrame("size")
        if offset < 0 or offset % ALIGN or offset + length > len(self.payload):
            raise BadFrame("bounds")
        self.used += length  # an honest sender names every byte once: what is made of them is as large as they are
        if self.used > len(self.payload):
            raise BadFrame("bytes named twice")

    def bytes_at(self, offset: Any, length: Any) -> bytes:
        if type(length) is not int or length < 0:
            raise BadFrame("size")
        self.check(offset, length, length)
        return bytes(self.payload[offset : offset + length])


def decode(
    header: bytes,
    payload: bytearray,
    resolve: Callable[[Reference], Any] | None = None,
    accelerator: str | None = None,
) -> Any:
    """Decode a frame. CPU tensors share `payload`; others go to `accelerator`, such as "cuda".

    Raises:
        BadFrame: the bytes are not a frame of ours, whatever is wrong with them.
    """
    try:
        return _Decoder(payload, resolve, accelerator).value(msgspec.json.decode(header))
    except BadFrame:
        raise
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        OverflowError,
        RecursionError,
        RuntimeError,
        MemoryError,
    ) as error:
        raise BadFrame(type(error).__name__) from error
