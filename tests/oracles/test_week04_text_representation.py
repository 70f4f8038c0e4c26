"""Week 04: held against tokenizers, scikit-learn, torch and jieba, and against all possibilities where they are few."""

import itertools
import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
import torch

CASES = 200
WEEK = "week04_text_representation"
DATA = Path(__file__).resolve().parents[2] / "datasets"
TIGHT = {"rtol": 1e-9, "atol": 1e-10}


@pytest.fixture
def module(solution):
    return lambda name: solution(WEEK, name)


def sources():
    for seed in range(CASES):
        yield torch.Generator().manual_seed(seed)


def draw(source, *shape):
    return torch.randn(shape, generator=source, dtype=torch.float64)


def size(source, most):
    return 1 + int(torch.randint(0, most, (), generator=source))


def learned_by_tokenizers(bpe, texts, number, special=()):
    """The merges of the library, trained on the same words: byte b is the letter 256 + b, so that order is kept."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    border = "\U00010000"
    words = [
        border.join("".join(chr(256 + byte) for byte in word.encode()) for word in bpe.split_words(text))
        for text in texts
    ]
    library = Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.Split(Regex(border), "removed")
    letters = [chr(256 + byte) for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=number, initial_alphabet=letters, show_progress=False, min_frequency=0)
    library.train_from_iterator(words, trainer)
    model = json.loads(library.to_str())["model"]
    return library, [tuple(model["vocab"][part] for part in pair) for pair in model["merges"]]


def random_texts(source):
    return ["".join(source.choice("abc  低头é1😀") for _ in range(source.randint(1, 40))) for _ in range(4)]


def test_bpe_agrees_with_tokenizers(module):
    """On random texts the merges and ids are those of the library tokenizers, and decoding gives the text again."""
    bpe = module("bpe")
    for seed in range(CASES):
        source = random.Random(seed)
        texts, number = random_texts(source), 256 + source.randint(0, 60)
        merges = bpe.train_bpe(texts, number)
        library, theirs = learned_by_tokenizers(bpe, texts, number)
        assert merges == theirs
        for text in random_texts(source):
            ids = bpe.encode(text, merges)
            words = ["".join(chr(256 + byte) for byte in word.encode()) for word in bpe.split_words(text)]
            assert ids == [each for word in words for each in library.encode(word).ids]
            assert bpe.decode(ids, merges) == text


def test_merges_of_small_world(module):
    """On small_world, in both languages, all merges of a vocabulary of 1,000 are those of tokenizers."""
    bpe = module("bpe")
    rows = (DATA / "small_world" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [row["text"] for row in map(json.loads, rows) if "text" in row][:1500]

    merges = bpe.train_bpe(texts, 1000)

    assert len(merges) == 744
    assert merges == learned_by_tokenizers(bpe, texts, 1000)[1]


def test_vectors_agree_with_sklearn(module):
    """Counts, weights and similarities are scikit-learn's."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
    from sklearn.metrics.pairwise import cosine_similarity

    ours = module("vectors")
    for seed in range(CASES):
        source = random.Random(seed)
        documents = [
            [source.choice("abcdefg猫狗") for _ in range(source.randint(0, 9))] for _ in range(source.randint(1, 6))
        ]
        documents[0].append("a")
        counts, vocabulary = ours.bag_of_words(documents)
        library = CountVectorizer(analyzer=list)
        np.testing.assert_array_equal(counts, library.fit_transform(documents).toarray())
        assert vocabulary == library.get_feature_names_out().tolist()
        fitted = TfidfTransformer().fit(counts.numpy())
        weights = ours.tf_idf(counts.double())
        np.testing.assert_allclose(weights, fitted.transform(counts.numpy()).toarray(), rtol=1e-6)
        new = ours.bag_of_words(documents[::-1][:2], vocabulary)[0].double()
        np.testing.assert_allclose(
            ours.tf_idf(new, counts.double()), fitted.transform(new.numpy()).toarray(), rtol=1e-6
        )
        np.testing.assert_allclose(
            ours.cosine_similarity(weights, new), cosine_similarity(weights.numpy(), new.numpy()), rtol=1e-9, atol=1e-12
        )


def ways(text, words):
    """Every way to cut a text into words and single characters."""
    if not text:
        yield []
    for length in range(1, len(text) + 1):
        if length == 1 or text[:length] in words:
            yield from ([text[:length], *rest] for rest in ways(text[length:], words))


def test_segment_agrees_with_all_ways(module):
    """The most probable words are the best of all ways to cut; matching takes the longest at every place."""
    segment = module("segment")
    for seed in range(CASES):
        source = random.Random(seed)
        words = ["".join(source.choice("甲乙丙") for _ in range(source.randint(1, 4))) for _ in range(7)]
        sentences = [[source.choice(words) for _ in range(source.randint(0, 5))] for _ in range(6)]
        segmenter = segment.BigramSegmenter(sentences, source.choice((0.0, 0.5, 0.9)))

        def total(pieces, segmenter=segmenter):
            return sum(segmenter.log_probability(*pair) for pair in itertools.pairwise(["", *pieces, "\n"]))

        text = "".join(source.choice("甲乙丙丁") for _ in range(7))
        best = max(map(total, ways(text, {word for sentence in sentences for word in sentence})))
        assert math.isclose(total(segmenter.segment(text)), best, rel_tol=1e-12)
        place = 0
        for piece in segment.maximum_match(text, words):
            fits = [word for word in [*words, text[place]] if text.startswith(word, place)]
            assert piece == max(fits, key=len)
            place += len(piece)
        assert place == len(text)


def test_segment_agrees_with_jieba_on_agreed_text(module):
    """Where a sentence of the course can be cut in one sensible way, jieba and the matching agree."""
    jieba = pytest.importorskip("jieba", reason="jieba belongs to the extra `site`")
    segment = module("segment")
    for text in ("我们喜欢音乐", "图书馆旁边有公园", "今天天气特别好"):
        words = list(jieba.cut(text))
        assert segment.maximum_match(text, words) == words == segment.bidirectional_match(text, words)


def test_word2vec_agrees_with_torch(module):
    """Losses and gradients are those of binary cross-entropy and of a plain sum; pairs come from the definition."""
    ours = module("word2vec")
    for source in sources():
        n, dim, rows, k = (size(source, 6) for _ in range(4))
        words, contexts = (draw(source, n, dim).requires_grad_() for _ in range(2))
        pairs, negatives = (torch.randint(0, n, (rows, columns), generator=source) for columns in (2, k))
        loss = ours.negative_sampling_loss(words, contexts, pairs, negatives)
        scores = torch.einsum("pd,pkd->pk", words[pairs[:, 0]], contexts[torch.cat([pairs[:, 1:], negatives], 1)])
        labels = torch.zeros_like(scores)
        labels[:, 0] = 1
        theirs = torch.nn.BCEWithLogitsLoss(reduction="sum")(scores, labels) / rows
        torch.testing.assert_close(loss, theirs, **TIGHT)
        for one, other in zip(*(torch.autograd.grad(each, (words, contexts)) for each in (loss, theirs)), strict=True):
            torch.testing.assert_close(one, other, **TIGHT)

        counts = torch.randint(0, 3, (n, n), generator=source).double()
        weights, biases, others = draw(source, n, n).abs(), draw(source, n), draw(source, n)
        expected = sum(
            weights[i, j] * (words[i] @ contexts[j] + biases[i] + others[j] - counts[i, j].log()) ** 2
            for i, j in counts.nonzero().tolist()
        )
        got = ours.glove_loss(weights, counts, words, contexts, biases, others)
        torch.testing.assert_close(got, torch.as_tensor(expected, dtype=torch.float64), **TIGHT)

        sentence = torch.randint(0, 9, (size(source, 9),), generator=source).tolist()
        window = size(source, 4)
        near = [
            [sentence[i], sentence[j]]
            for i, j in itertools.product(range(len(sentence)), repeat=2)
            if 0 < abs(i - j) <= window
        ]
        assert ours.skip_gram_pairs([sentence], window).tolist() == near
        frequency = torch.randint(0, 9, (n,), generator=source).double() + torch.eye(n, dtype=torch.float64)[0]
        powers = frequency.numpy() ** 0.75
        np.testing.assert_allclose(ours.noise_distribution(frequency), powers / powers.sum(), rtol=1e-12)


def test_tagger_agrees_with_all_sequences(module):
    """Path, score and likelihood of the CRF come out when every sequence of tags is tried."""
    ours = module("tagger")
    for source in sources():
        length, tags = size(source, 4), size(source, 3)
        emissions, transitions = 2 * draw(source, length, tags), draw(source, tags, tags)
        start, end = draw(source, tags), draw(source, tags)
        scores = {
            path: sum(emissions[place, tag] for place, tag in enumerate(path))
            + sum(transitions[pair] for pair in itertools.pairwise(path))
            + start[path[0]]
            + end[path[-1]]
            for path in itertools.product(range(tags), repeat=length)
        }
        best = max(scores, key=scores.get)
        path, score = ours.viterbi(emissions, transitions, start, end)
        assert tuple(path.tolist()) == best
        torch.testing.assert_close(score, scores[best], **TIGHT)
        likelihood = ours.crf_log_likelihood(
            emissions[None], path[None], torch.tensor([length]), transitions, start, end
        )
        whole = torch.stack(list(scores.values())).logsumexp(0)
        torch.testing.assert_close(likelihood[0], scores[best] - whole, **TIGHT)


def test_emissions_agree_with_one_sentence_at_a_time(module):
    """A sentence in a batch has the scores that torch's LSTM gives it alone."""
    ours = module("tagger")
    for source in sources():
        tagger = ours.BiLSTMTagger(7, 3, 2, 4)
        lengths = torch.randint(1, 6, (3,), generator=source)
        ids = torch.randint(0, 7, (3, 6), generator=source)
        emissions = tagger(ids, lengths)
        for row, length, scores in zip(ids, lengths.tolist(), emissions, strict=True):
            alone = tagger.linear(tagger.lstm(tagger.embedding(row[None, :length]))[0])[0]
            torch.testing.assert_close(scores[:length], alone)


def chunks(tags):
    """The spans by the two questions of conlleval: does one end before this tag, does one begin with it?"""
    spans, begin = [], None
    before = ("O", "")
    for place, tag in enumerate([*tags, "O"]):
        kind, _, label = tag.partition("-")
        other = label != before[1]
        if before[0] != "O" and (kind in ("O", "B") or other):
            spans.append((before[1], begin, place))
        if kind == "B" or (kind == "I" and (before[0] == "O" or other)):
            begin = place
        before = (kind, label)
    return spans


def test_spans_agree_with_the_rules_of_conlleval(module):
    """Random sequences, broken ones too, give the spans of conlleval's rules."""
    bio_spans = module("tagger").bio_spans
    for seed in range(5 * CASES):
        source = random.Random(seed)
        tags = [source.choice(("O", "B-PER", "I-PER", "B-LOC", "I-LOC")) for _ in range(source.randint(0, 9))]
        assert bio_spans(tags) == chunks(tags)


def test_stream_agrees_with_the_whole(module):
    """However bytes are cut into tokens, what is shown is what Python decodes at once."""
    ours = module("debug_stream")
    for seed in range(CASES):
        source = random.Random(seed)
        data = bytes(source.choice(b"ab\xe4\xbd\xa0\xf0\x9f\x98\x80\xff") for _ in range(source.randint(0, 12)))
        data += "你😀é".encode()[: source.randint(0, 9)]
        decoder = ours.StreamDecoder([bytes([byte]) for byte in range(256)])
        shown = "".join(map(decoder.feed, data)) + decoder.finish()
        assert shown == data.decode(errors="replace")


def test_fertility_agrees_with_tokenizers(module):
    """Counted from what the library tokenizers says about wren's tokenizer."""
    from tokenizers import Tokenizer

    ours = module("fertility")
    library = Tokenizer.from_file(str(DATA / "wren" / "tokenizer.json"))

    def tokenizer(text):
        return library.encode(text, add_special_tokens=False).ids

    for seed in range(CASES):
        source = random.Random(seed)
        texts, others = random_texts(source), random_texts(source)
        for each in (texts, others):
            each[0] += "x"
        lengths = [
            sum(len(one.ids) for one in library.encode_batch(each, add_special_tokens=False))
            for each in (texts, others)
        ]
        joined = " ".join(texts)
        assert math.isclose(ours.fertility(tokenizer, texts), lengths[0] / len("".join(joined.split())))
        assert math.isclose(ours.fertility(tokenizer, texts, "word"), lengths[0] / len(joined.split()))
        assert math.isclose(ours.premium(tokenizer, texts, others), lengths[0] / lengths[1])


def test_parser_rebuilds_worked_trees(module):
    """The trees that were made by hand, and random ones, come out of their moves again."""
    ours = module("parser")
    rows = (DATA / "dependency_trees" / "trees.jsonl").read_text(encoding="utf-8").splitlines()
    trees = [json.loads(row)["heads"] for row in rows]
    for seed in range(CASES):
        trees.append(random_tree(random.Random(seed), list(range(1, 2 + seed % 9)), 0))
    assert len(rows) == 40
    for heads in trees:
        heads = [heads[word] for word in sorted(heads)] if isinstance(heads, dict) else heads
        moves = ours.transitions(heads)
        assert len(moves) == 2 * len(heads)
        assert ours.parse(moves) == heads


def random_tree(source, words, head):
    """Heads of a random projective tree over the words, all of which hang together under `head`."""
    if not words:
        return {}
    place = source.randrange(len(words))
    heads = {words[place]: head}
    for side in (words[:place], words[place + 1 :]):
        while side:
            cut = source.randint(1, len(side))
            heads |= random_tree(source, side[:cut], words[place])
            side = side[cut:]
    return heads
