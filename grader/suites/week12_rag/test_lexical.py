"""Hidden suite of week 12, lexical.

Ties are between documents with the same terms, whose scores are equal in every order of summation.
Not covered: how text becomes terms, which is given.
"""

import json
import math

import torch

from grader.suite import after, assert_same, claims, dataset, expect, points

PETS = [["cat", "dog"], ["dog", "dog"]]


def random_documents(rng, count, longest=23, words=17):
    """Make documents over a few words, empty ones among them; low numbers are frequent."""
    dice = rng.numpy()
    return [[f"w{int(words * x * x)}" for x in dice.random(dice.integers(0, longest))] for _ in range(count)]


def scores(values):
    return torch.tensor(values, dtype=torch.float64)


@claims("The score of document d for a query is the sum over the query's terms t of")
@points(2)
def test_worked_example(student):
    """Two documents of equal length: a term once counts its idf, ln 2 or ln 1.2; twice counts 10/7 of it, not 2. The
    scores have the digits of float64.

    两篇等长文档：词出现一次计一份 idf（ln 2 或 ln 1.2）；出现两次计 10/7 份，而不是 2 份。分数有 float64 的精度。
    """
    bm25 = student.BM25(PETS)

    assert_same(bm25.scores(["cat"]), scores([math.log(2), 0.0]))
    assert_same(bm25.scores(["dog"]), scores([math.log(1.2), math.log(1.2) * 10 / 7]))
    assert_same(bm25.scores(["dog", "cat"]), scores([math.log(2.4), math.log(1.2) * 10 / 7]))
    off = float((bm25.scores(["dog"]) - scores([math.log(1.2), math.log(1.2) * 10 / 7])).abs().max())
    expect(
        off < 1e-12,
        "The scores are float64, but wrong by {off}: on the way they were float32.",
        "分数是 float64，却有 {off} 的误差：计算途中用了 float32。",
        off=f"{off:.1e}",
    )


@claims(
    "ln(1 + (N - n + 0.5) / (n + 0.5))",
    "N is the number of documents and n the number of those that hold t",
    "This idf is never negative",
)
@points(2)
def test_idf(student):
    """The idf counts documents and not occurrences, is never negative, and is largest for a term that nobody has.

    idf 数的是文档而不是出现次数；它永远不为负；没有任何文档包含的词，idf 最大。
    """
    bm25 = student.BM25([*PETS, ["dog"]])

    assert_same(bm25.idf("dog"), math.log(1 + 0.5 / 3.5))
    assert_same(bm25.idf("cat"), math.log(1 + 2.5 / 1.5))
    assert_same(bm25.idf("newt"), math.log(8))


@claims(
    "idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average_length))",
    "length is the number of terms of d with repetition",
    "how strongly length is discounted",
)
@points(2)
def test_length(student):
    """With b = 1 the length counts fully, with b = 0 not at all; words that are repeated count in it.

    b = 1 时长度完全计入，b = 0 时完全不计；重复的词也算在长度里。
    """
    documents = [["cat"], ["cat", "dog", "dog"], []]  # the mean length is 4/3
    idf = math.log(1 + 1.5 / 2.5)

    assert_same(student.BM25(documents, b=0).scores(["cat"]), scores([idf, idf, 0.0]))
    full = [idf * 2.5 / (1 + 1.5 * length / (4 / 3)) for length in (1, 3)]
    assert_same(student.BM25(documents, b=1).scores(["cat"]), scores([*full, 0.0]))
    part = [idf * 3 / (1 + 2 * (0.75 + 0.25 * length / (4 / 3))) for length in (1, 3)]
    assert_same(student.BM25(documents, k1=2, b=0.25).scores(["cat"]), scores([*part, 0.0]))
    usual = [idf * 2.5 / (1 + 1.5 * (0.25 + 0.75 * length / (4 / 3))) for length in (1, 3)]
    assert_same(student.BM25(documents).scores(["cat"]), scores([*usual, 0.0]))
    assert_same(student.BM25([["cat"] * 7], b=1).scores(["cat"]), scores([math.log(4 / 3) * 7 * 2.5 / 8.5]))


@claims("how slowly repetition saturates")
@points(1)
def test_saturation(student):
    """With k1 = 0 a term counts once however often it stands; otherwise 1,000 times stay below k1 + 1 times.

    k1 = 0 时，词无论出现几次都只计一次；否则出现 1,000 次也到不了 k1 + 1 份。
    """
    documents = [["cat"] * 1_000, ["cat"], ["dog"]]
    idf = math.log(1 + 1.5 / 2.5)

    assert_same(student.BM25(documents, k1=0).scores(["cat"]), scores([idf, idf, 0.0]))
    assert_same(student.BM25(documents, k1=1, b=0).scores(["cat"])[0], scores(idf * 2_000 / 1_001))


@claims(
    "A term that stands in the query twice counts twice",
    "documents: their terms",
)
@points(1)
def test_terms_of_the_query(student):
    """A term twice in the query counts twice, an unknown one adds nothing, and an empty query gives zeros.

    查询里重复的词计两次，未知的词不加分，空查询全为 0。
    """
    bm25 = student.BM25(PETS)

    assert_same(bm25.scores(["cat", "newt", "cat"]), scores([2 * math.log(2), 0.0]))
    assert_same(bm25.scores(["newt"]), scores([0.0, 0.0]))
    assert_same(bm25.scores([]), scores([0.0, 0.0]))
    assert_same(bm25.scores(["cat"]), scores([math.log(2), 0.0]))  # the queries before have left nothing behind
    # What a term is, is decided elsewhere: another capital, another term.
    assert_same(student.BM25([["Cat"], ["cat"]]).scores(["cat"]), scores([0.0, math.log(2)]))


@claims("There may be none, and a document may be empty")
@points(1)
def test_empty_documents(student):
    """Empty documents score 0 and count in N and in the mean length; all may be empty, or there may be none.

    空文档得 0 分，但计入 N 和平均长度；可以全部为空，也可以一篇都没有。
    """
    assert_same(student.BM25([[], ["cat"]], b=1).scores(["cat"]), scores([0.0, math.log(2) * 2.5 / (1 + 1.5 * 2)]))
    assert_same(student.BM25([[], []]).scores(["cat"]), scores([0.0, 0.0]))
    assert_same(student.BM25([]).scores(["cat"]), scores([]))
    assert_same(student.BM25([]).search(["cat"], 3), [])


@claims(
    "Only documents that hold a term of the query are listed",
    "Equal scores come in the order of the documents",
    "k: at least 1",
)
@points(2)
def test_search(student):
    """Search lists (position, score), best first, ties in the order of documents, only those with a term, at most k.

    search 给出 (位置, 分数)，从高到低；同分按文档顺序；只列出含有查询词的文档，至多 k 篇。
    """
    bm25 = student.BM25([["dog"], ["cat", "dog"], ["cat"], ["newt"], ["cat"], ["cat"]], b=0)
    cat, dog = math.log(1 + 2.5 / 4.5), math.log(1 + 4.5 / 2.5)

    found = [(1, cat + dog), (0, dog), (2, cat), (4, cat), (5, cat)]

    assert_same(bm25.search(["cat", "dog"], 50), found)
    assert_same(bm25.search(["cat", "dog"], 4), found[:4])
    assert_same(bm25.search(["cat", "dog"], 1), found[:1])
    assert_same(bm25.search(["bird"], 3), [])
    twins = student.BM25([["dog"], ["cat"]])  # the same score from different terms
    assert_same([position for position, _ in twins.search(["cat", "dog"], 2)], [0, 1])
    many = student.BM25([["cat"], *([["dog"]] * 60)]).search(["dog"], 53)
    assert_same([position for position, _ in many], list(range(1, 54)))


@points(1)
def test_agrees_with_the_reference(student, reference, rng):
    """Scores and search agree with the reference for many documents, queries, k1 and b.

    对许多文档、查询、k1 和 b，scores 与 search 都与参考答案一致。
    """
    dice = rng.numpy()
    for k1, b in [(1.5, 0.75), (0.9, 0.4), (2.7, 1.0), (0.3, 0.1)]:
        documents = random_documents(rng, 31)
        bm25, expected = student.BM25(documents, k1=k1, b=b), reference.BM25(documents, k1=k1, b=b)
        query = [f"w{number}" for number in dice.integers(0, 19, 5)]
        assert_same(bm25.scores(query), expected.scores(query))
        assert_same([score for _, score in bm25.search(query, 7)], [score for _, score in expected.search(query, 7)])


@points(1)
def test_finds_the_passages_of_the_knowledge_base(student, reference):
    """For at least 9 of 10 questions, English and Chinese, a marked passage is among the first 5 of the knowledge base.

    在知识库上，中英文问题中至少九成，前 5 名里有标注的相关段落。
    """
    folder, tokenise = dataset("knowledge_base"), reference.given("tokens").tokenise
    passages, questions = (
        [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        for name in ("passages.jsonl", "questions.jsonl")
    )
    answerable = [question for question in questions if question["relevant"]]
    bm25 = student.BM25([tokenise(passage["text"]) for passage in passages])

    found = [bm25.search(tokenise(question["question"]), 5) for question in answerable]

    hits = [
        any(passages[position]["id"] in question["relevant"] for position, _ in results)
        for question, results in zip(answerable, found, strict=True)
    ]
    expect(
        sum(hits) >= 0.9 * len(hits),
        "Only {hits} of {questions} questions have a marked passage among the first 5.",
        "{questions} 个问题中，只有 {hits} 个在前 5 名里找到标注的段落。",
        hits=sum(hits),
        questions=len(hits),
    )


@points(1)
@after("test_agrees_with_the_reference")
def test_a_query_touches_only_documents_with_its_terms(student, reference, rng, speed):
    """The scores of 3,000 documents for one query cost at most 6 times what they cost the reference.

    为一个查询给 3,000 篇文档打分，耗时至多为参考答案的 6 倍。
    """
    dice = rng.numpy()
    documents = [[f"w{number}" for number in dice.integers(0, 5_000, 40)] for _ in range(3_000)]

    def ask(fresh):
        return [f"w{int(number)}" for number in fresh.integers(0, 5_000, 12)]

    speed(student, reference).call("scores", ask, at_most=6.0, setup=lambda module: module.BM25(documents))


@points(1)
@after("test_agrees_with_the_reference")
def test_a_search_touches_only_documents_with_its_terms(student, reference, rng, speed):
    """Searching 80,000 short documents for four terms costs at most 6 times what it costs the reference.

    在 80,000 篇短文档中检索四个词，耗时至多为参考答案的 6 倍。
    """
    # Each term stands in 8 documents. One step of Python for each of 80,000 costs 12 times what the reference takes;
    # lists of the terms' own documents cost less than it.
    terms = [f"w{number}" for number in range(20_000)]
    documents = [[terms[number] for number in row] for row in rng.integers(0, 20_000, 80_000, 2).tolist()]

    def ask(fresh):
        return [terms[number] for number in fresh.integers(0, 20_000, 4).tolist()]

    def the_same(got, expected):
        # Everything that is found, however ties within a rounding error fell out.
        assert_same(sorted(got), sorted(expected))
        assert_same([score for _, score in got], [score for _, score in expected])

    make = lambda module: module.BM25(documents)  # noqa: E731
    speed(student, reference).call("search", ask, 1_000, at_most=6.0, setup=make, check=the_same)
