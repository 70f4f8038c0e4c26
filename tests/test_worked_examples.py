"""The worked examples of the handouts, computed by the solutions: a wrong number in both languages is found too."""

import math
import re
import sys
import types
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch

from grader.course.weeks import HANDOUTS, Course, Week, default_root

SECTIONS = {"README.md": "A worked example by hand", "README.zh-CN.md": "手算例题"}
NUMBER = re.compile(r"\d+(?:\.\d+)?")
Load = Callable[[str, str], types.ModuleType]


def section(week: Week, handout: str) -> str:
    """The worked example of one handout."""
    text = (week.folder / handout).read_text(encoding="utf-8")
    return text.partition(f"\n## {SECTIONS[handout]}\n")[2].partition("\n## ")[0]


def says(course: Course, week: str, *texts: str) -> None:
    """Assert that the worked example says each text, in both languages, no digit more or less."""
    for handout in HANDOUTS.values():
        said = section(course.week(week), handout)
        missing = [text for text in texts if not re.search(rf"(?<![\d.]){re.escape(text)}(?![\d]|\.\d)", said)]
        assert [] == missing, f"{week}/{handout}"


LARGE = re.compile(r"(\d[\d,]*(?:\.\d+)?) ?(thousand|million|billion|trillion|万亿|万|亿)")
UNITS = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "万亿": 10**12,
    "万": 10**4,
    "亿": 10**8,
}


def written_out(match: re.Match[str]) -> str:
    """Return 5.25 亿 and 525 million as 525000000: the languages count by other units."""
    return f"{round(float(match[1].replace(',', '')) * UNITS[match[2]])}"


def numbers(values: object, digits: int) -> str:
    """Numbers as a handout writes them: 0.609, 0.224."""
    return ", ".join(f"{value:.{digits}f}" for value in torch.as_tensor(values).flatten().tolist())


def point(values: object, digits: int) -> str:
    return f"({numbers(values, digits)})"


@pytest.mark.parametrize("week", Course(default_root()).weeks, ids=lambda week: week.name)
def test_both_languages_work_the_same_example(week: Week) -> None:
    """The same numbers, each as often; single digits may be words."""
    texts = [LARGE.sub(written_out, section(week, name)) for name in HANDOUTS.values()]
    counts = [Counter(one for one in NUMBER.findall(text) if len(one) > 1) for text in texts]

    assert counts[0] == counts[1] and counts[0]


def test_week_04(course: Course, solution: Load) -> None:
    """The merges of the six words, and the tokens of a word that was learned and of one that was not."""
    bpe = solution("week04_text_representation", "bpe")
    merges = bpe.train_bpe(["low low low low lower newer"], 260)

    assert [(108, 111), (256, 119), (32, 257), (101, 114)] == merges
    assert [258, 259] == bpe.encode(" lower", merges)
    assert [257, *b"est"] == bpe.encode("lowest", merges)
    says(course, "week04_text_representation", "108, 111", "256", "257", "258", "259")


def test_week_05(course: Course, solution: Load) -> None:
    """Attention: the answer and the answers of the three slips."""
    attention = solution("week05_attention", "attention")
    query, key = torch.zeros(1, 4), torch.eye(2, 4)
    query[0, 0], value = 2 * math.log(3), torch.tensor([[4.0, 0.0], [0.0, 8.0]])

    output, weights = attention.scaled_dot_product_attention(query, key, value)
    unscaled, tenths = attention.scaled_dot_product_attention(2 * query, key, value)
    hidden, _ = attention.scaled_dot_product_attention(query, key, value, torch.tensor([[True, False]]))

    says(course, "05", point(output, 0), point(unscaled, 1), point(hidden, 0), point(value.sum(0), 0))
    quarters, ninths = (4 * weights[0]).round().int().tolist(), (10 * tenths[0]).round().int().tolist()
    says(course, "05", *(rf"\tfrac{{{one}}}{{4}}" for one in quarters), *(rf"\tfrac{{{one}}}{{10}}" for one in ninths))


def test_week_06(course: Course, solution: Load) -> None:
    """Rotary embedding: frequencies, both pairings, lengths, and a score that knows the distance alone."""
    rotary = solution("week06_position_and_norm", "rotary")
    x, positions = torch.tensor([[1.0, 2.0, 3.0, 4.0]], dtype=torch.float64), torch.tensor([2])
    turned = {name: rotary.apply_rotary(x, positions, base=100.0, pairing=name) for name in ("half", "interleaved")}

    says(course, "06", *(point(one, 4) for one in turned.values()), f"{float(x.norm()):.4f}")
    assert torch.allclose(turned["half"].norm(), x.norm())
    for query, key in ((0, 1), (7, 8)):
        one, other = (
            rotary.apply_rotary(vector, torch.tensor([place]), base=100.0, pairing="half")
            for vector, place in ((x, query), (x.flip(-1), key))
        )
        says(course, "06", f"{float((one * other).sum()):.4f}")


def test_week_09(course: Course, solution: Load) -> None:
    """Filters: probabilities, what each filter keeps, temperature, penalty."""
    filters = solution("week09_sampling", "filters")
    logits = torch.tensor([2.0, 1.0, 0.5, -1.0], dtype=torch.float64)
    shares = logits.softmax(-1)

    says(course, "09", *(f"{one:.3f}" for one in [*shares.tolist(), *shares.cumsum(-1).tolist()]))
    says(course, "09", f"0.25 \\cdot {shares[0]:.3f} = {0.25 * shares[0]:.3f}")
    kept = {
        "top-k": filters.top_k_filter(logits, 2),
        "top-p": filters.top_p_filter(logits, 0.9),
        "min-p": filters.min_p_filter(logits, 0.25),
        "warm": filters.top_p_filter(filters.apply_temperature(logits, 2.0), 0.9),
        "warmer": filters.top_p_filter(filters.apply_temperature(logits, 2.0), 0.91),
    }
    assert {"top-k": 2, "top-p": 3, "min-p": 2, "warm": 3, "warmer": 4} == {
        name: int(one.isfinite().sum()) for name, one in kept.items()
    }
    warm = filters.apply_temperature(logits, 2.0)
    says(course, "09", numbers(warm.softmax(-1), 3), f"{float(warm.softmax(-1)[:3].sum()):.3f}", "1.0, 0.5, 0.25, -0.5")
    punished = filters.repetition_penalty(logits, torch.tensor([0, 3]), 2.0)
    says(course, "09", *(f"${punished[token]:.1f}$" for token in (0, 3)))


def test_week_09_extras(course: Course, solution: Load) -> None:
    """The tokens of a little grammar, shares behind the mask, and a stop string."""
    constrained = solution("week09_sampling", "constrained")
    automaton = sys.modules[constrained.Automaton.__module__]  # given, beside it
    binary = automaton.in_order(automaton.literal("1"), automaton.repeated(automaton.one_of(b"01")))
    number = automaton.either(automaton.literal("0"), binary)
    mark = automaton.either(automaton.literal(""), automaton.literal("!"))
    machine = automaton.compile_pattern(automaton.in_order(number, mark))
    tokens = [b"0", b"1", b"10", b"0!", b"01", b"!", b"!!", b""]
    index = constrained.build_index(machine, tokens, 7)
    shares = torch.tensor([0.0, 0.2, 0.2, 0.1, 0.5, 0, 0, 0], dtype=torch.float64)
    masked = constrained.mask_logits(shares.log().unsqueeze(0), [machine.start], index)[0].softmax(-1)

    assert len(index) == 4
    assert all(6 not in row for row in index.values())
    behind_a_one = index[index[machine.start][1]]
    assert (index[machine.start].get(4), 4 in behind_a_one, 7 in behind_a_one) == (None, True, True)
    assert [f"{share:.1f}" for share in masked[[2, 1, 3]].tolist()] == ["0.4", "0.4", "0.2"]
    stream = solution("week09_sampling", "stopping").StopStrings(["END"])
    shown = [stream.push(piece) for piece in ("TREN", "T", ", E", "ND!")]
    assert (shown, "".join(shown)) == (["TR", "ENT", ", ", ""], "TRENT, ")
    says(course, "09", "`TR`", "`ENT`", "`, `", "`TRENT, `", "0.4", "0.2")


def test_week_10(course: Course, solution: Load) -> None:
    """A low-rank change: the answer before and after merging, and without the scale."""
    lora = solution("week10_finetuning", "lora")
    base = torch.nn.Linear(2, 1, bias=False)
    base.weight.data = torch.tensor([[1.0, 2.0]])
    layer = lora.LoRALinear(base, rank=2, alpha=6.0)
    down, up, x = torch.tensor([[1.0, 1.0], [0.0, 1.0]]), torch.tensor([[3.0, 1.0]]), torch.tensor([1.0, 10.0])
    with torch.no_grad():
        layer.lora_A.copy_(down)
        layer.lora_B.copy_(up)
        answer, bare = float(layer(x)), float(base.weight @ x)
        low = float(up @ down @ x)

    says(course, "10", f"{bare:.0f} + 3 \\cdot {low:.0f} = {answer:.0f}")
    says(course, "10", *(f"{bare + factor * low:.0f}" for factor in (1, 6)), f"{bare + 6 / math.sqrt(2) * low:.1f}")


def test_week_12(course: Course, solution: Load) -> None:
    """Chunks, cosines, keywords, fusion, nDCG."""
    splitter, lexical, fusion, metrics = (
        solution("week12_rag", name) for name in ("splitter", "lexical", "fusion", "metrics")
    )
    chunks = splitter.split_recursively("aa bb\n\ncc dd ee ff\n\ng", 8, 0)
    says(course, "12", *(f"`{chunk}`".replace("\n", "⏎") for chunk in chunks))

    index = lexical.BM25([["cat", "dog"], ["dog", "dog"]])
    shares = [float(one) / index.idf("dog") for one in index.scores(["dog"])]
    says(course, "12", f"{index.idf('dog'):.3f}")
    assert [1.0, pytest.approx(10 / 7)] == shares

    fused = fusion.reciprocal_rank_fusion([["a", "b", "c"], ["c", "a"]], k=1)
    assert ["a", "c", "b"] == [name for name, _ in fused]
    says(course, "12", *(f"{score:.3f}".rstrip("0") for _, score in fused))

    gain = metrics.ndcg_at_k(["x", "a", "b"], {"a": 1.0, "b": 1.0}, 3)
    says(course, "12", f"{gain:.4f}")


def test_week_15(course: Course, solution: Load) -> None:
    """Four weights in 8 bits, in 4 bits with one scale, and in 4 bits with groups of two."""
    quantise = solution("week15_efficiency", "quantise")
    row = torch.tensor([[0.62, -1.27, 0.05, 0.008]])
    codes, scale, zero_point = quantise.quantise(row)
    columns = [codes[0].tolist(), quantise.dequantise(codes, scale, zero_point)[0].tolist()]
    for group in (4, 2):
        packed, scales = quantise.int4_groups(row, group)
        back = quantise.dequantise_int4(packed, scales)[0]
        columns += [(back / scales[0].repeat_interleave(group)).round().int().tolist(), back.tolist()]

    for weight, *cells in zip(("0.62", "-1.27", "0.05", "0.008"), *columns, strict=True):
        says(course, "15", " | ".join([f"| {weight}", *(f"{round(float(cell), 4):g}" for cell in cells)]) + " |")
    says(course, "15", f"{float(scale):.2f}", f"{1.27 / 7:.4f}")


def test_week_17(course: Course, solution: Load) -> None:
    """Path lengths and scores of one tree; a clipped and averaged gradient."""
    forest = solution("week17_safety", "isolation_forest")
    lengths = [float(forest.average_path_length(n)) for n in (1, 2, 3, 4)]

    says(course, "17", *(f"{length:.4f}" for length in lengths[2:]), f"{1 + lengths[2]:.4f}")
    says(course, "17", *(f"{-(2 ** (-path / lengths[3])):.3f}" for path in (1, 1 + lengths[2])))
    tree = forest.IsolationForest(trees=1, sample_size=4, seed=0).fit(np.array([[0.0], [0.0], [0.0], [1.0]]))
    says(course, "17", *(f"{score:.3f}" for score in tree.score_samples(np.array([[1.0], [0.0]]))))
