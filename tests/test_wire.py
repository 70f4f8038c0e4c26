"""The wire carries data exactly and refuses everything else."""

import json
import math
import socket
import struct
import time

import numpy as np
import pytest
import torch

from grader.answers.compare import same
from grader.box.inside import wire
from grader.box.inside.channel import Channel, Deadline


def crossed(value: object) -> object:
    frame = wire.encode(value)
    return wire.decode(frame.header, frame.payload())


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**63),
        2**200,
        10**400,
        -(2**100),
        0.1,
        math.inf,
        -math.inf,
        "héllo 世界 \ud800",
        b"\x00\xff",
        [1, [2.5, "a"], (3,)],
        {"a": [1], 2: None, (1, 2): "x"},
        torch.device("cpu"),
        torch.bfloat16,
    ],
)
def test_plain_values_arrive_equal(value: object) -> None:
    """A plain value arrives equal and of the same type."""
    assert value == crossed(value)
    assert type(value) is type(crossed(value))


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=str)
def test_tensors_arrive_equal(dtype: torch.dtype) -> None:
    """A tensor of every dtype arrives bit for bit, whatever its shape."""
    for shape in [(), (0,), (1,), (3,), (2, 0, 5), (2, 3, 5)]:
        tensor = torch.randint(0, 2, shape, generator=torch.Generator().manual_seed(0)).to(dtype)

        arrived = crossed(tensor)

        assert isinstance(arrived, torch.Tensor)
        assert same(arrived, tensor)


def test_views_arrive_as_views() -> None:
    """A transposed or strided view arrives equal and not contiguous, so that a student's code meets it as such."""
    base = torch.arange(2 * 3 * 10.0).reshape(2, 3, 10)
    for view in (base.transpose(0, 2), base.mT, base[..., ::2], base.permute(2, 0, 1)[1:], base[:1].expand(4, 3, 10)):
        arrived = crossed(view)

        assert isinstance(arrived, torch.Tensor)
        assert same(arrived, view)
        assert not arrived.is_contiguous()


def test_one_element_of_any_stride_arrives() -> None:
    """A view of size 1 along every axis arrives, whatever strides it kept."""
    tensor = torch.arange(105.0).reshape(7, 3, 5).permute(1, 2, 0)[:1, :1, :1]

    assert same(crossed(tensor), tensor)
    assert same(crossed(tensor.bfloat16()), tensor.bfloat16())


def test_nan_and_numpy_and_generators_arrive() -> None:
    """NaN, arrays, numpy scalars and the state of generators arrive."""
    source = torch.Generator().manual_seed(5)
    numbers = np.random.default_rng(5)
    nan, array, scalar, generator, numpy_generator = crossed(
        [math.nan, np.arange(6, dtype=np.int32).reshape(2, 3).T, np.float32(1.5), source, numbers]
    )

    assert math.isnan(nan)
    assert (array == np.arange(6).reshape(2, 3).T).all() and array.dtype == np.int32
    assert scalar == np.float32(1.5) and type(scalar) is np.float32
    assert torch.equal(torch.rand(3, generator=generator), torch.rand(3, generator=torch.Generator().manual_seed(5)))
    assert (numpy_generator.random(3) == np.random.default_rng(5).random(3)).all()


def test_what_is_not_data_is_refused() -> None:
    """A tensor subclass, a sparse tensor, an object array and any object are refused by kind."""

    class Lazy(torch.Tensor):
        pass

    for value, reason in (
        (torch.ones(2).as_subclass(Lazy), "tensor_subclass"),
        (torch.eye(2).to_sparse(), "odd_tensor"),
        (torch.empty(2, device="meta"), "odd_tensor"),
        (np.array([object()]), "odd_array"),
        (object(), "not_data"),
    ):
        with pytest.raises(wire.Unsendable) as caught:
            wire.encode([value])
        assert reason == caught.value.reason


HOSTILE = [
    b"",
    b"{}",
    b'{"a": 1}',
    b"[]",
    b"[1, 2]",
    b'["eval", "1"]',
    b'["_Decoder__class__"]',
    b'["tensor"]',
    b'["tensor", "float32", [2], [0], false, "cpu", 0, 9]',
    b'["tensor", "float32", [4611686018427387904], [0], false, "cpu", 0, 8]',
    b'["tensor", "float32", [2], [0], false, "cpu", 64, 8]',
    b'["tensor", "float32", [-2], [0], false, "cpu", 0, 8]',
    b'["tensor", "float32", [2], [7], false, "cpu", 0, 8]',
    b'["tensor", "float32", [2], [0], false, "meta", 0, 8]',
    b'["tensor", "float32", [2], [0], false, "cuda", 0, 8]',
    b'["tensor", "object", [2], [0], false, "cpu", 0, 8]',
    b'["array", "|O", [1], 0, 8]',
    b'["tensor", "float32", [67108864, 0], [0, 1], false, "cpu", 0, 0]',
    b'["array", "<f4", [0, 1099511627776], 0, 0]',
    b'["text", 0, 16777217]',
    b'["bytes", -1, 5]',
    b'["bytes", 0, -5]',
    b'["bytes", 0, 999]',
    b'["dict", [["list"], 1]]',
    b'["dict", 5]',
    b'["handle", "x", 3]',
    b'["handle"]',
    b'["method", 1]',
    b'["callback", 1, "name", 2]',
    b'["function", [1], "name"]',
    b'["float", "__import__"]',
    b'["numpy_generator", "a", "b", 0, 0]',
    b'["generator", "cpu", 0, 8]',
    b'["list", ' * 100_000 + b"1" + b"]" * 100_000,
    b"\xff\xfe",
]


@pytest.mark.parametrize("header", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_headers_are_refused(header: bytes) -> None:
    """No header makes the receiver do more than raise BadFrame."""
    with pytest.raises(wire.BadFrame):
        wire.decode(header, bytearray(8))


def test_sizes_are_checked_before_anything_is_allocated() -> None:
    """An announced size over the limits is refused from the prefix alone."""
    for header, payload in ((wire.MAX_HEADER + 1, 0), (0, wire.MAX_PAYLOAD + 1), (2**32 - 1, 2**63)):
        with pytest.raises(wire.TooLarge):
            wire.sizes(struct.pack("<IQ", header, payload))


def test_depth_and_size_of_an_answer_are_limited() -> None:
    """Endless nesting and a payload over the limit are refused by the sender too."""
    endless: list[object] = []
    endless.append(endless)
    for value in (endless, torch.empty(wire.MAX_PAYLOAD // 4 + 1)):
        with pytest.raises(wire.TooLarge):
            wire.encode(value)


def test_bytes_that_are_named_twice_are_refused() -> None:
    """Or a small frame would become as much memory as it likes."""
    once = wire.encode([b"x" * 64, torch.ones(3)])
    assert [b"x" * 64] == wire.decode(once.header, once.payload())[:1]  # type: ignore[index]

    for part in ('["bytes",0,64]', '["array","|u1",[64],0,64]'):
        twice = f'["list",{part},{part}]'.encode()
        with pytest.raises(wire.BadFrame):
            wire.decode(twice, bytearray(64))


def test_integers_are_small_enough_to_be_written_down() -> None:
    """What a box sends as an integer can be shown in a report, whatever it is."""
    assert str(10**400) == str(crossed(10**400))
    with pytest.raises(wire.TooLarge):
        wire.encode(10**4000)
    for header in (b"1" * 30, b'["int",0,2048]'):
        with pytest.raises(wire.BadFrame):
            wire.decode(header, bytearray(2048))


def test_a_peer_with_always_one_frame_more_is_not_heard_for_ever() -> None:
    """The deadline counts although bytes are waiting."""
    ours, theirs = socket.socketpair()
    channel, other = Channel(ours, blocking=False), Channel(theirs, blocking=True)
    for number in range(3):
        other.send(wire.encode(number))

    assert channel.receive(time.monotonic() + 60)[0] == b"0"
    with pytest.raises(Deadline):
        channel.receive(time.monotonic())
    channel.close()
    other.close()


def test_dictionaries_cannot_be_made_to_be_slow() -> None:
    """Not one large one whose keys have one hash, and not many small ones; honest ones of any size arrive."""
    alike = [[["int", 64 * number, 16], 0] for number in range(2_100)]
    payload = bytearray()
    for number in range(2_100):
        payload += (5 + ((1 << 61) - 1) * (number + (1 << 40))).to_bytes(16, "little") + bytes(48)

    for books in ([alike], [alike[start : start + 100] for start in range(0, 2_100, 100)]):
        nodes = ["list", *(["dict", *book] for book in books)]
        with pytest.raises(wire.BadFrame):
            wire.decode(json.dumps(nodes).encode(), bytearray(payload))
    honest = {str(number): number for number in range(5_000)}
    assert honest == crossed(honest)


def test_a_long_text_with_an_odd_character_is_too_large() -> None:
    """What has none stands in the header, which has its limit too."""
    with pytest.raises(wire.TooLarge):
        wire.encode("x" * (5 << 20) + chr(0xD800))
    assert "x" + chr(0xD800) == crossed("x" + chr(0xD800))
