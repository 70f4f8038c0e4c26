"""Given: experiments of week 04, which use what you wrote on text of this course."""

import json
from pathlib import Path

import torch

from grader.report.columns import in_language, left, right

DATA = Path(__file__).resolve().parents[2] / "datasets"
SMALL = {
    "nearest_words": {"steps": 30, "sentences": 300},
    "what_chinese_costs": {"size": 300, "characters": 5_000},
    "find_names": {"steps": 10},
}
"""Settings with which the repository's own tests run each experiment."""


def nearest_words(
    skip_gram_pairs,
    noise_distribution,
    negative_sampling_loss,
    nearest,
    *,
    steps=900,
    dim=24,
    sentences=None,
    data=DATA,
    lang="en",
):
    """Vectors are learned from 5,000 sentences of our small world, English and Chinese. Nobody says what a word means.
    Which words will be nearest to "red", to "doctor" and to 猫?

    从小世界的五千个句子学习词向量，英文和中文各一份。没有人告诉模型词的意思。
    离 red、doctor、“猫”最近的会是哪些词？
    """
    say, lines = in_language(lang), []
    asked_for = {"en": ("red", "doctor", "cat", "Anna", "she"), "zh": ("红色", "医生", "猫", "安娜", "她")}
    for language, asked in asked_for.items():
        text = (
            (_present(data / "segmented_text") / f"{language}.txt").read_text(encoding="utf-8").splitlines()[:sentences]
        )
        words = sorted({word for line in text for word in line.split()})
        number = {word: place for place, word in enumerate(words)}
        ids = [[number[word] for word in line.split()] for line in text]
        counts = torch.bincount(torch.tensor([each for line in ids for each in line]), minlength=len(words)).float()
        vectors = _train(skip_gram_pairs(ids, 3), noise_distribution(counts), negative_sampling_loss, steps, dim)
        for word in (word for word in asked if word in number):
            places, similarities = nearest(vectors[number[word]], vectors, 6)
            found = zip(places.tolist()[1:], similarities.tolist()[1:], strict=True)
            near = [f"{words[place]} {share:.2f}" for place, share in found]
            lines.append(word + say(":  ", "：") + say(", ", "，").join(near))
    return "\n".join(lines)


def _train(pairs, noise, loss, steps, dim, batch=2048, negatives=5, rate=0.3):
    """Learn both tables by steps on random pairs; each number has a rate of its own, as in Adagrad."""
    source = torch.Generator().manual_seed(4)
    tables = [torch.randn(len(noise), dim, generator=source) / dim, torch.zeros(len(noise), dim)]
    squares = [torch.full_like(table, 1e-6) for table in tables]
    for table in tables:
        table.requires_grad_()
    for _ in range(steps):
        chosen = pairs[torch.randint(len(pairs), (batch,), generator=source)]
        false = torch.multinomial(noise, batch * negatives, replacement=True, generator=source).view(batch, negatives)
        slopes = torch.autograd.grad(loss(*tables, chosen, false), tables)
        with torch.no_grad():
            for table, square, slope in zip(tables, squares, slopes, strict=True):
                square += slope**2
                table -= rate * slope / square.sqrt()
    return tables[0].detach()


def what_chinese_costs(train_bpe, encode, fertility, premium, *, size=1200, characters=150_000, data=DATA, lang="en"):
    """Three tokenizers of one size: one learned from English alone, one from Chinese alone, one from both. How many
    tokens will a Chinese character cost with each? What does the tokenizer of both lose against the other two?

    三个同样大小的分词器：一个只学英文，一个只学中文，一个两种都学。用它们分词，一个汉字各要多少词元？两种都学的那个，比另两个差多少？
    """
    english, chinese = (_texts(data, language) for language in ("en", "zh"))
    held_out = [_texts(data, language, "facts.jsonl", "answer")[:200] for language in ("en", "zh")]
    say = in_language(lang)
    names = say("English", "英文"), say("Chinese", "中文"), say("both", "两种都有")
    head = left(say("learned from", "训练文本"), 16) + right(
        say("tokens a character: ", "每个字符的词元数：") + names[0], 31
    )
    lines = [head + right(names[1], 9) + right(f"{names[1]} / {names[0]}", 21)]
    for name, learned in zip(names, ([english], [chinese], [english, chinese]), strict=True):
        kept = [_first(texts, characters // len(learned)) for texts in learned]
        merges = train_bpe([text for part in kept for text in part], size)

        def tokenizer(text, merges=merges):
            return encode(text, merges)

        costs = [fertility(tokenizer, texts) for texts in held_out]
        extra = premium(tokenizer, held_out[1], held_out[0])
        lines.append(f"{left(name, 16)}{costs[0]:>31.2f}{costs[1]:>9.2f}{extra:>17.2f}")
    return "\n".join(lines)


def _texts(data, language, file="train.jsonl", field="text"):
    """The texts of small_world in one language."""
    rows = (_present(data / "small_world") / file).read_text(encoding="utf-8").splitlines()
    documents = [row for row in map(json.loads, rows) if row["language"] == language]
    return [row[field] for row in documents if field in row]


def _first(texts, characters):
    """As many texts as have so many characters together."""
    kept, total = [], 0
    for text in texts:
        if total >= characters:
            break
        kept.append(text)
        total += len(text)
    return kept


def find_names(BiLSTMTagger, bio_spans, *, steps=400, field="tags", data=DATA, lang="en"):
    """A tagger learns 437 sentences, in which half of the names are replaced by a mark for "unknown". The names in the
    sentences below never occurred. Will it find people, places and firms that it has never seen? By what?

    标注器学习 437 个句子，其中一半的名字换成了“未知”记号。下面句子里的名字它都没见过。
    它能找出没见过的人名、地名和机构名吗？靠的是什么？
    """
    from tagging import train

    folder = _present(data / "tagged_sentences")
    rows = [
        [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("train", "held_out")
    ]
    often = {}
    for row in rows[0]:
        for word, pos in zip(row["words"], row["pos"], strict=True):
            # half of the names are unknown, so that the model learns what to do with a word that it does not know
            if pos != "PROPN" or len(word) % 2:
                often[word] = often.get(word, 0) + 1
    known = ["", "?", *sorted(word for word, count in often.items() if count > 1)]
    labels = sorted({tag for row in rows[0] for tag in row[field]})
    tagger = BiLSTMTagger(len(known), len(labels), 24, 24)
    source = torch.Generator().manual_seed(4)
    for parameter in (each.detach() for each in tagger.parameters() if each.any()):  # zeros stay
        parameter.copy_(0.3 * torch.randn(parameter.shape, generator=source))
    losses = train(tagger, *_batch(rows[0], known, labels, field), steps, 2.0)
    ids, _, lengths = _batch(rows[1], known, labels, field)
    decoded = [[labels[tag] for tag in tags] for tags in tagger.decode(ids, lengths)]
    pairs = [pair for tags, row in zip(decoded, rows[1], strict=True) for pair in zip(tags, row[field], strict=True)]
    hits = sum(found == given for found, given in pairs) / int(lengths.sum())
    fell = f"{losses[0]:.2f} -> {losses[-1]:.2f}"
    told = in_language(lang)(f"loss {fell}; {hits:.0%} of the tags are right", f"损失 {fell}；{hits:.0%} 的标签正确")
    lines = [told, ""]
    for row, tags in list(zip(rows[1], decoded, strict=True))[::8]:
        joint = "" if row["language"] == "zh" else " "
        spans = [f"{joint.join(row['words'][a:b])} = {label}" for label, a, b in bio_spans(tags)]
        lines.append(f"{joint.join(row['words'])}    {', '.join(spans)}")
    return "\n".join(lines)


def _batch(rows, known, labels, field):
    """Ids, targets and lengths of sentences; unknown words have the id 1."""
    lengths = torch.tensor([len(row["words"]) for row in rows])
    ids, targets = (torch.zeros(len(rows), int(lengths.max()), dtype=torch.int64) for _ in range(2))
    number = {word: place for place, word in enumerate(known)}
    for place, row in enumerate(rows):
        ids[place, : lengths[place]] = torch.tensor([number.get(word, 1) for word in row["words"]])
        targets[place, : lengths[place]] = torch.tensor([labels.index(tag) for tag in row[field]])
    return ids, targets, lengths


def _present(folder):
    """Return a folder of data, or say that this copy of the course came without it."""
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no data in {folder}: this copy of the course came without it. "
            f"{folder} 中没有数据：这份课程不含它。"
        )
    return folder
