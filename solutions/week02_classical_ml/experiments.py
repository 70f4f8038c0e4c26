"""Given: experiments of week 02, which use what you wrote on texts of our own."""

import itertools
from pathlib import Path

import torch
from matplotlib.figure import Figure

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
SENTENCES = (
    "The coffee was wonderful and the staff was kind.",
    "The coffee was cold and the staff was rude.",
    "The coffee was not wonderful.",
    "这家店的咖啡很好喝，服务员也很亲切。",
    "咖啡是凉的，服务员态度很差。",
)
SMALL = {
    "your_sentence": {"sentences": SENTENCES[:2]},
    "topics_without_labels": {"starts": 2, "languages": ("en",)},
    "news_without_copies": {"items": 40},
}
"""Settings with which the repository's own tests run each experiment."""


def your_sentence(LogisticRegression, *, sentences=SENTENCES, l2=0.01):
    """A model learns from 300 reviews. Then it reads five sentences that it has never seen, or your own: pass
    `sentences=("…",)`. For which of the five will it be wrong, and why?

    模型从 300 条评论中学习，然后读五个从未见过的句子，或者你自己的句子：传入 `sentences=("…",)`。
    五句中它会判错哪一句？为什么？
    """
    import texts

    reviews = texts.read_lines(DATASETS / "sentiment_reviews" / "train.jsonl")
    places = texts.vocabulary([review["text"] for review in reviews], least=2)
    X = texts.bag_of_words([review["text"] for review in reviews], places)
    model = LogisticRegression(l2)
    model.fit(X, torch.tensor([review["label"] for review in reviews]), 1e-3)
    rows = texts.bag_of_words(list(sentences), places)
    lines = []
    for sentence, p in zip(sentences, model.predict_proba(rows).tolist(), strict=True):
        known = [token for token in dict.fromkeys(texts.tokens(sentence)) if token in places]
        pushes = [(float(model.weight[places[token]]), token) for token in known]
        strongest = sorted(pushes, key=lambda push: -abs(push[0]))[:4]
        words = "  ".join(f"{token} {weight:+.2f}" for weight, token in strongest)
        lines.append(f"P(positive) = {p:.2f}   {sentence}\n                    {words}")
    return "\n".join(lines)


def topics_without_labels(kmeans, purity, *, k=5, starts=12, languages=("en", "zh")):
    """k-means starts from random news stories, 12 times in each language. The stories have five topics, which it is not
    told. Will every start find them? Can the inertia alone, without a label, tell a good start from a bad one?

    k 均值从随机的几条新闻出发，每种语言 12 次。新闻有五个主题，但没有告诉它。每次出发都能找到它们吗？
    没有标签，只看惯性（inertia），能分辨好的和坏的出发点吗？
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for language in languages:
        X, topics = _news(language)
        found = [kmeans(X, k, torch.Generator().manual_seed(seed)) for seed in range(starts)]
        inertia = [float(one[2]) for one in found]
        axes.plot(inertia, [purity(one[1], topics) for one in found], "o", alpha=0.6, label=f"news ({language})")
    axes.set(xlabel="inertia", ylabel="purity", ylim=(0, 1.05), title=f"k = {k}, {starts} starts")
    axes.legend()
    return figure


def news_without_copies(minhash, lsh_buckets, near_duplicates, *, bands=(4, 16, 32), threshold=0.8, size=3, items=None):
    """Into 440 news stories we mix 60 that other papers copied with small changes. With 64 hash functions cut into few
    or many bands, which setting finds more copies, and which compares more pairs?

    我们在 440 条新闻里混入 60 条其他报纸稍加改动的副本。64 个哈希函数，分成较少或较多的段（band）：
    哪种设置找到的副本更多？哪种要比较的对更多？
    """
    import near_duplicates as given
    import texts

    records = texts.read_lines(DATASETS / "news" / "news.jsonl")[:items]
    known = {record["id"] for record in records}
    copies = [copy for copy in texts.read_lines(DATASETS / "news" / "copies.jsonl") if copy["copy_of"] in known]
    everything = records + copies
    documents = [given.hash_shingles(record["text"], size) for record in everything]
    permutations = given.random_permutations(64, torch.Generator().manual_seed(1))
    lines = [f"{len(records)} news, {len(copies)} copies, {len(everything) * (len(everything) - 1) // 2} pairs"]
    for count in bands:
        groups = near_duplicates(documents, permutations, count, threshold)
        together = [{everything[place]["id"] for place in group} for group in groups]
        signatures = torch.stack([minhash(document, permutations) for document in documents])
        compared = {pair for _, rows in lsh_buckets(signatures, count) for pair in itertools.combinations(rows, 2)}
        pairs = [{copy["id"], copy["copy_of"]} for copy in copies]
        hits = sum(any(pair <= group for group in together) for pair in pairs)
        lines.append(
            f"{count:2} bands of {64 // count:2}: {len(compared):5} pairs compared, "
            f"{hits} of {len(copies)} copies found"
        )
    return "\n".join(lines)


def _news(language):
    """Return a row for each piece of news, and the number of its topic."""
    import texts

    records = [
        record for record in texts.read_lines(DATASETS / "news" / "news.jsonl") if record["language"] == language
    ]
    told = [record["text"] for record in records]
    names = sorted({record["topic"] for record in records})
    topics = torch.tensor([names.index(record["topic"]) for record in records])
    return texts.weighted(texts.bag_of_words(told, texts.vocabulary(told, least=2))), topics
