"""Given: experiments of week 12, which search our little world with what you wrote."""

import json
import random
import time
from pathlib import Path

import torch
from encoders import default_encoder
from grounding import with_heading
from matplotlib.figure import Figure
from tokens import tokenise

from grader.report.columns import headings, in_language, left, right

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
WORLD = DATASETS / "small_world"
SMALL = {
    "where_fusing_pays": {"documents": 8},
    "probes_against_recall": {"texts": 60, "cells": 4, "probes": (1, 4), "queries": 5},
    "headings_and_a_second_look": {"sizes": (300,), "questions": 5},
    "how_far_a_walk_looks": {"sizes": (20, 40), "queries": 3},
}
"""Settings with which the repository's own tests run each experiment."""


def where_fusing_pays(BM25, mean_pool, normalise, VectorIndex, reciprocal_rank_fusion, *, documents=48, lang="en"):
    """Every passage of the little world gets a part number. Three kinds of question: the number alone, the passage's
    own question, and the same with a slip of the pen in every word. Which search finds the passage among its first
    three, for which kind? Does fusing two rankings lose against the better of them?

    给小世界的每个段落加上一个零件编号。问题有三类：只有编号、段落原来的问题、每个词都写错一处的同一问题。
    哪种检索在哪一类上能把该段落排进前三？把两个排名融合，会不会输给其中较好的一个？
    """
    say = in_language(lang)
    source = random.Random(12)
    records = [record for record in _records("withheld") if record["language"] == "en"]
    records += [record for record in _records("facts") if record["language"] == "en"]
    codes = [f"{source.choice('BCDF')}{source.choice('KLMN')}{source.randrange(1000, 9999)}" for _ in records]
    texts = [
        f"{record.get('passage') or record['answer']} ({code})" for record, code in zip(records, codes, strict=True)
    ]
    embed = _embedder(mean_pool, normalise)
    index = VectorIndex("cosine")
    index.add(embed(texts), torch.arange(len(texts)))
    keywords = BM25([tokenise(text) for text in texts])
    kinds = {
        say("part numbers", "零件编号"): codes[:documents],
        say("questions", "问题"): [record["question"] for record in records[:documents]],
        say("with slips", "有笔误的问题"): [_misspelt(record["question"], source) for record in records[:documents]],
    }
    lines = [
        left(say("in first three", "排进前三"), 14)
        + headings(say, ("keywords", "关键词", 10), ("vectors", "向量", 10), ("fused", "融合", 10))
    ]
    for kind, questions in kinds.items():
        found = [0, 0, 0]
        for wanted, question in enumerate(questions):
            by_keyword = [place for place, _ in keywords.search(tokenise(question), 10)]
            by_vector = index.search(embed([question]), 10)[1][0].tolist()
            fused = [place for place, _ in reciprocal_rank_fusion([by_keyword, by_vector])]
            for way, ranking in enumerate((by_keyword, by_vector, fused)):
                found[way] += wanted in ranking[:3]
        lines.append(left(kind, 14) + "".join(f"{count / len(questions):10.0%}" for count in found))
    return "\n".join(lines)


def probes_against_recall(
    mean_pool,
    normalise,
    VectorIndex,
    InvertedFileIndex,
    *,
    texts=4000,
    cells=64,
    probes=(1, 2, 4, 8, 16, 32),
    queries=100,
):
    """Sentences of the little world lie in 64 cells. A search that looks into one cell reads a sixty-fourth of them:
    what share of the ten true neighbours will it find? How many cells does it take for nine in ten, and is that still
    quicker?

    小世界的句子分布在 64 个单元里。只看一个单元的检索读其中的六十四分之一：它能找到十个真近邻中的多少？
    要看多少个单元才能找到九成？那样还算快吗？
    """
    sentences = _sentences(texts + queries)
    vectors = _embedder(mean_pool, normalise)(sentences)
    stored, asked = vectors[: -min(queries, len(vectors) // 2)], vectors[-min(queries, len(vectors) // 2) :]
    exact = VectorIndex("cosine")
    exact.add(stored, torch.arange(len(stored)))
    begun = time.perf_counter()
    true = exact.search(asked, 10)[1]
    whole = time.perf_counter() - begun
    recalls, times = [], []
    for count in probes:
        index = InvertedFileIndex(cells, count)
        index.add(stored, torch.arange(len(stored)))
        begun = time.perf_counter()
        found = index.search(asked, 10)[1]
        times.append((time.perf_counter() - begun) / whole)
        recalls.append(sum(len(set(a) & set(b)) / len(a) for a, b in zip(true.tolist(), found.tolist(), strict=True)))
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    recall, clock = figure.subplots(1, 2)
    recall.plot(probes, [value / len(asked) for value in recalls], "o-")
    recall.set(title=f"share of the ten nearest of {len(stored):,}", ylim=(0, 1.02))
    clock.plot(probes, times, "o-", color="C1")
    clock.axhline(1, linestyle=":", color="0.5")
    clock.set(title="time, exact search = 1", ylim=(0, None))
    for axes in (recall, clock):
        axes.set(xlabel=f"cells looked into, of {cells}", xscale="log")
        axes.set_xticks(probes, labels=map(str, probes))
        axes.minorticks_off()
    return figure


def headings_and_a_second_look(
    split_recursively,
    BM25,
    mean_pool,
    normalise,
    VectorIndex,
    recall_at_k,
    max_sim,
    *,
    sizes=(60, 100, 300),
    questions=28,
    lang="en",
):
    """The passages of the knowledge base are cut into small chunks, and each chunk loses sight of what it is about.
    Put the passage's topic in front of each, and look again at the first 20 by late interaction: which of the two
    helps vectors more, do they help together, and does BM25 need a heading?

    知识库的段落切成小块之后，每一块都看不出自己在讲什么。给每块前面加上段落的主题，再用后期交互重看前 20 个：
    两种办法哪一种对向量帮助更大？合用还有帮助吗？BM25 需要标题吗？
    """
    say = in_language(lang)
    base = DATASETS / "knowledge_base"
    passages, asked = _records("passages", base), _records("questions", base)
    asked = [row for row in asked if row["relevant"] and row["language"] == "en"][:questions]
    encoder = default_encoder()
    lines = [f"{'recall@3':24}{'BM25':>10}" + headings(say, ("vectors", "向量", 10), ("reranked", "重排序", 10))]
    for size in sizes:
        for heading in (False, True):
            cut = [(row, chunk) for row in passages for chunk in split_recursively(row["text"], size, 0)]
            texts = [with_heading(row["topic"], chunk) if heading else chunk for row, chunk in cut]
            tokens, mask = encoder.tokens(texts)
            index = VectorIndex("cosine")
            index.add(normalise(mean_pool(tokens, mask)), torch.arange(len(texts)))
            keywords = BM25([tokenise(text) for text in texts])
            recalls = [0.0, 0.0, 0.0]
            for row in asked:
                query, real = encoder.tokens([row["question"]])
                by_keyword = [place for place, _ in keywords.search(tokenise(row["question"]), 20)]
                by_vector = index.search(normalise(mean_pool(query, real)), 20)[1][0]
                scores = max_sim(normalise(query), normalise(tokens[by_vector]), real, mask[by_vector])[0]
                again = by_vector[scores.argsort(descending=True, stable=True)]
                for way, places in enumerate((by_keyword, by_vector.tolist(), again.tolist())):
                    sources = list(dict.fromkeys(cut[place][0]["id"] for place in places))
                    recalls[way] += recall_at_k(sources, row["relevant"], 3) / len(asked)
            name = say(f"{size} characters", f"{size} 个字符") + (say(", heading", "，有标题") if heading else "")
            lines.append(left(name, 24) + "".join(f"{value:10.2f}" for value in recalls))
    return "\n".join(lines)


def how_far_a_walk_looks(
    mean_pool, normalise, VectorIndex, HNSWIndex, *, sizes=(250, 500, 1000, 2000), queries=50, lang="en"
):
    """Sentences of the little world are linked to a graph. Eight times as many sentences: how many times as many
    distances does a search compute with ef = 16, and with ef = 64? What share of the ten nearest does it find?

    把小世界的句子连成图。句子多到八倍时，ef = 16 和 ef = 64 的检索各要多算几倍的距离？能找到最近十个中的多少？
    """
    say = in_language(lang)
    vectors = _embedder(mean_pool, normalise)(_sentences(max(sizes) + queries))
    asked = vectors[-queries:]
    measures = headings(say, ("distances", "距离数", 12), ("recall", "召回率", 8))
    lines = [right(say("sentences", "句子数"), 10) + f"{'ef = 16':>20}{'ef = 64':>20}", " " * 10 + measures * 2]
    for size in sizes:
        stored = vectors[:-queries][:size]
        exact = VectorIndex("euclidean")
        exact.add(stored, torch.arange(len(stored)))
        true = exact.search(asked, 10)[1].tolist()
        graph = HNSWIndex(torch.Generator().manual_seed(12), m=8, ef_construction=32)
        graph.add(stored)
        line = f"{len(stored):10}"
        for ef in (16, 64):
            computed = []
            graph.distance = _counting(graph.distance, computed)
            found = graph.search(asked, 10, ef)[1].tolist()
            share = sum(len(set(a) & set(b)) / len(a) for a, b in zip(true, found, strict=True)) / len(asked)
            line += f"{sum(computed) / len(asked):12.0f}{share:8.2f}"
        lines.append(line)
    return "\n".join(lines)


def _counting(distance, computed):
    """The same distance, which notes how many it computed."""

    def measure(point, others):
        computed.append(len(others))
        return distance(point, others)

    return measure


def _records(name, folder=WORLD):
    return list(map(json.loads, (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()))


def _embedder(mean_pool, normalise):
    """Texts to unit vectors, in batches of like size."""
    encoder = default_encoder()

    def embed(texts):
        parts = [texts[start : start + 256] for start in range(0, len(texts), 256)]
        return torch.cat([normalise(mean_pool(*encoder.tokens(part))) for part in parts])

    return embed


def _misspelt(text, source):
    """Put one letter in place of another in every longer word."""
    words = []
    for word in text.split():
        place = source.randrange(1, len(word)) if len(word) > 3 else None
        words.append(word if place is None else word[:place] + source.choice("aeiou") + word[place + 1 :])
    return " ".join(words)


def _sentences(count):
    """Different English sentences of the little world, in random order."""
    texts = (record["text"] for record in _records("train") if record["language"] == "en" and "text" in record)
    found = sorted({sentence.strip() for text in texts for sentence in text.split(".") if len(sentence) > 20})
    random.Random(12).shuffle(found)
    return found[:count]
