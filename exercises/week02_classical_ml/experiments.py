"""Given: experiments of week 02, which use what you wrote on texts of our own."""

import csv
import itertools
import math
from pathlib import Path

import torch
from matplotlib.figure import Figure

from grader.report.columns import in_language, left

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
SENTENCES = (
    "The coffee was wonderful and the staff was kind.",
    "The coffee was cold and the staff was rude.",
    "The coffee was not wonderful.",
    "这家店的咖啡很好喝，服务员也很亲切。",
    "咖啡是凉的，服务员态度很差。",
)
FIVE_FILMS = {
    "The Tin Astronaut": 5,
    "A Greenhouse on Mars": 5,
    "Room Eleven Has No Door": 3,
    "The Ferry Leaves at Six": 1,
    "Half an Orange": 1,
}
SMALL = {
    "your_sentence": {"sentences": SENTENCES[:2]},
    "topics_without_labels": {"starts": 2, "languages": ("en",)},
    "films_for_you": {"steps": 2},
    "news_without_copies": {"items": 40},
}
"""Settings with which the repository's own tests run each experiment."""


def your_sentence(LogisticRegression, *, sentences=SENTENCES, l2=0.01, lang="en"):
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
    positive = in_language(lang)("positive", "正面")
    lines = []
    for sentence, p in zip(sentences, model.predict_proba(rows).tolist(), strict=True):
        known = [token for token in dict.fromkeys(texts.tokens(sentence)) if token in places]
        pushes = [(float(model.weight[places[token]]), token) for token in known]
        strongest = sorted(pushes, key=lambda push: -abs(push[0]))[:4]
        words = "  ".join(f"{token} {weight:+.2f}" for weight, token in strongest)
        lines += [left(f"P({positive}) = {p:.2f}", 21) + sentence, left("", 20) + words]
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


def films_for_you(MatrixFactorisation, *, ratings=FIVE_FILMS, rank=6, l2=3.0, steps=20, best=6, lang="en"):
    """240 viewers rated some of 48 films; nobody tells the model what a film is about. Somebody new, who likes space
    and no romance, rated five films; or rate five yourself: pass `ratings={"The Tin Astronaut": 2, …}`. Will the model
    see what they have in common? What will it put last?

    240 位观众给 48 部电影中的一部分评了分；没有人告诉模型电影讲的是什么。一位喜欢太空、不喜欢爱情的新观众
    给五部电影评了分；你也可以自己给五部电影评分：传入 `ratings={"铁皮宇航员": 2, …}`。模型能看出它们的共同之处吗？
    它会把什么排在最后？
    """
    import texts

    films = texts.read_lines(DATASETS / "film_ratings" / "films.jsonl")
    number_of = {film[language]: film["film"] for film in films for language in ("en", "zh")}
    table, held_out = _ratings("train.csv"), _ratings("held_out.csv")
    model = MatrixFactorisation(rank, l2).fit_als(table, torch.Generator().manual_seed(1), steps)
    say = in_language(lang)
    lines = _typical_errors(model, table, held_out, say)
    new = torch.full((len(films),), math.nan, dtype=torch.float64)
    for title, rating in ratings.items():
        new[number_of[title]] = rating
    order = model.recommend(new, len(films)).tolist()
    rated = [f"{rating}  {_titles(films[number_of[title]])}" for title, rating in ratings.items()]
    for head, told in (
        (say("Rated:", "已评分："), rated),
        (say("Recommended:", "推荐："), [_titles(films[item]) for item in order[:best]]),
        (say("Last of all:", "排在最后："), [_titles(films[item]) for item in order[-3:]]),
    ):
        lines += [head, *(f"  {line}" for line in told)]
    return "\n".join(lines)


def news_without_copies(
    minhash, lsh_buckets, near_duplicates, *, bands=(4, 16, 32), threshold=0.8, size=3, items=None, lang="en"
):
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
    say = in_language(lang)
    head = say("{} news, {} copies, {} pairs", "新闻 {} 条，副本 {} 条，共 {} 对")
    told = say(
        "{:2} bands of {:2}: {:5} pairs compared, {} of {} copies found",
        "{:2} 段、每段 {:2} 个数：比较 {:5} 对，找到副本 {} 条（共 {} 条）",
    )
    lines = [head.format(len(records), len(copies), len(everything) * (len(everything) - 1) // 2)]
    for count in bands:
        groups = near_duplicates(documents, permutations, count, threshold)
        together = [{everything[place]["id"] for place in group} for group in groups]
        signatures = torch.stack([minhash(document, permutations) for document in documents])
        compared = {pair for _, rows in lsh_buckets(signatures, count) for pair in itertools.combinations(rows, 2)}
        pairs = [{copy["id"], copy["copy_of"]} for copy in copies]
        hits = sum(any(pair <= group for group in together) for pair in pairs)
        lines.append(told.format(count, 64 // count, len(compared), hits, len(copies)))
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


def _ratings(name, viewers=240, films=48):
    """Return a table of ratings, NaN where there is none."""
    table = torch.full((viewers, films), math.nan, dtype=torch.float64)
    with (DATASETS / "film_ratings" / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            table[int(row["viewer"]), int(row["film"])] = float(row["rating"])
    return table


def _typical_errors(model, table, held_out, say):
    """Return lines: the root mean square error of two means and of the model, on ratings that none of them has seen."""
    users, items = (~held_out.isnan()).nonzero(as_tuple=True)
    guesses = {
        say("the mean of all ratings", "所有评分的均值"): table.nanmean().expand(len(users)),
        say("the mean of the film", "这部电影的平均评分"): table.nanmean(dim=0)[items],
        say("your factors", "你的因子"): model.predict(users, items),
    }
    head = say(
        f"Typical error on {len(users)} ratings that the model has not seen:",
        f"在模型没见过的 {len(users)} 个评分上的均方根误差：",
    )
    errors = {name: (guess - held_out[users, items]).square().mean().sqrt() for name, guess in guesses.items()}
    return [head, *(f"  {float(error):.2f}  {name}" for name, error in errors.items())]


def _titles(film):
    return f"{film['en']}  {film['zh']}"
