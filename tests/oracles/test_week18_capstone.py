"""Week 18: reading held against what reportlab has set and pypdf finds, the library against scikit-learn's cosines.

The chat's budget is held against langchain-core's `trim_messages`, the plain form against normalizers of tokenizers,
and citations and personal data against texts that are put together from known parts. The measure is held against
scikit-learn's ranking and recall scores, a session against a plain list of what happened.
"""

import io
import random
import string

import numpy as np
import pypdf
import pytest
import torch
from langchain_core.messages import AIMessage, HumanMessage, trim_messages
from sklearn.metrics import label_ranking_average_precision_score, recall_score
from sklearn.metrics.pairwise import cosine_similarity
from tokenizers import Regex, normalizers

CASES = 200
LIGATURES = {"fi": "\ufb01", "fl": "\ufb02"}


@pytest.fixture(scope="module")
def reading(solution):
    """The solution's module."""
    return solution("week18_capstone", "reading")


@pytest.fixture(scope="module")
def library(solution):
    """The solution's module."""
    return solution("week18_capstone", "library")


def a_word(rng):
    """A word of small letters, often with a ligature's letters in it."""
    word = "".join(rng.choice(list(string.ascii_lowercase), rng.integers(2, 9)))
    return word[:2] + str(rng.choice(["fi", "fl", "", "", ""])) + word[2:]


def set_in_lines(rng, words):
    """Break words into lines of about 30 characters; half of the words at a line's end are divided."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 30:
            cut = int(rng.integers(1, len(word))) if rng.random() < 0.5 else 0
            lines.append(f"{line} {word[:cut]}-" if cut else line)
            line = word[cut:]
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def printed(pages, ligatures):
    """Print lines by reportlab, page by page, with a heading and a page number; return the file and pypdf's page count."""
    canvas_module = pytest.importorskip("reportlab.pdfgen.canvas")
    metrics = pytest.importorskip("reportlab.pdfbase.pdfmetrics")
    metrics.registerFont(metrics.Font("Ligatures", "Times-Roman", "MacRomanEncoding"))
    out = io.BytesIO()
    canvas = canvas_module.Canvas(out, pageCompression=1)
    for number, lines in enumerate(pages, start=1):
        canvas.setFont("Ligatures", 11)
        for place, line in enumerate(["A Heading", *lines, f"- {number} -"]):
            for letters, ligature in LIGATURES.items() if ligatures else ():
                line = line.replace(letters, ligature)
            canvas.drawString(72, 760 - 16 * place, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue(), len(pypdf.PdfReader(out).pages)


def test_reading_against_what_was_printed(reading, tmp_path):
    """The words of every page come back as they were before they were divided, set with ligatures and printed."""
    rng = np.random.default_rng(18)
    path = tmp_path / "printed.pdf"
    for case in range(CASES):
        words = [[a_word(rng) for _ in range(rng.integers(20, 60))] for _ in range(rng.integers(2, 5))]
        content, count = printed([set_in_lines(rng, page) for page in words], ligatures=bool(case % 2))
        path.write_bytes(content)
        pages = reading.read_pdf(path)

        assert len(pages) == count
        assert [page["text"].split() for page in pages] == words
        assert [(page["number"], page["scanned"]) for page in pages] == [(n + 1, False) for n in range(count)]


def test_search_against_scikit_learn(library, tmp_path):
    """The hits are the chunks with the largest cosines of scikit-learn, with the same scores, read again from the folder."""
    rng = np.random.default_rng(19)
    for case in range(CASES):
        count, dim = int(rng.integers(1, 30)), int(rng.integers(2, 24))
        table = {f"Text {n}.": rng.normal(size=dim) * 10.0 ** rng.integers(-3, 4) for n in range(count)}
        table["asked"] = rng.normal(size=dim)

        def embed(texts, table=table):
            return torch.from_numpy(np.stack([table[text] for text in texts]))

        made = library.Library(tmp_path / str(case), embed)
        for name in range(3):
            texts = list(table)[:-1][name::3]
            made.add(str(name), [{"number": at, "text": text} for at, text in enumerate(texts, start=1)])
        k = int(rng.integers(1, 9))
        hits = library.Library(tmp_path / str(case), embed).search("asked", k=k)

        cosines = cosine_similarity(table["asked"][None], np.stack(list(table.values())[:-1]))[0]
        best = np.argsort(-cosines, kind="stable")[:k]
        assert [hit["text"] for hit in hits] == [f"Text {at}." for at in best]
        np.testing.assert_allclose([hit["score"] for hit in hits], cosines[best], rtol=1e-5, atol=1e-6)


def some_pages(source, count):
    """Passages on pages of their own, now and then of two documents."""
    documents = source.choice([["a.pdf"], ["a.pdf", "b.md"]])
    pages = source.sample(range(1, 2000), count)
    return [{"text": "x", "document": source.choice(documents), "page": page, "score": 1.0} for page in pages]


def test_citations_against_what_was_put_together(solution):
    """A text made of known parts, cut anywhere, has each number's page in its place, and its sources in that order."""
    assistant = solution("week18_capstone", "assistant")
    source = random.Random(18)
    plain = ["a", "。", " ", "[x]", "]", "[1, 2]", "[1234]", "(3)", "[[", "[\n", "[" + "z" * 61 + "p. 1]", "[ 1]"]
    for _ in range(CASES):
        passages = some_pages(source, source.randrange(1, 14))
        several = len({passage["document"] for passage in passages}) > 1
        written, expected, cited = "", "", []
        for _ in range(source.randrange(25)):
            kind, number = source.randrange(4), source.randrange(0, 16)
            if kind == 0:
                written += f"[{number}]"
                if 1 <= number <= len(passages):
                    passage = passages[number - 1]
                    expected += (
                        f"[{passage['document']} p. {passage['page']}]" if several else f"[p. {passage['page']}]"
                    )
                    cited += [] if passage in cited else [passage]
            elif kind == 1:
                written += source.choice([f"[p. {number}]", f"[a.pdf p. {number}]"])
            else:
                part = source.choice(plain)
                written, expected = written + part, expected + part
        cuts = sorted(source.randrange(len(written) + 1) for _ in range(source.randrange(6)))
        pieces = [written[a:b] for a, b in zip([0, *cuts], [*cuts, len(written)], strict=True)]
        answer = assistant.Assistant(lambda _, p=passages: p, lambda *_, p=pieces: p).ask("?")

        assert answer == {"text": expected, "sources": answer["sources"], "refused": False}
        pages = {(passage["document"], passage["page"]) for passage in cited}
        found = [(passage["document"], passage["page"]) for passage in answer["sources"]]
        assert list(dict.fromkeys(found)) == [(p["document"], p["page"]) for p in cited]
        assert set(found) == pages


def test_the_budget_against_langchain(solution):
    """What goes along with a question is what trim_messages leaves, when it begins with the user's message."""
    assistant = solution("week18_capstone", "assistant")
    source = random.Random(19)
    passage = {"text": "x", "document": "a.pdf", "page": 1, "score": 1.0}
    for _ in range(CASES):
        replies = iter("b" * source.randrange(12) for _ in range(9))
        chat = assistant.Chat(assistant.Assistant(lambda _: [passage], lambda *_, r=replies: next(r)), 60)
        for _ in range(source.randrange(9)):
            chat.ask("a" * source.randrange(1, 12))
        chat.budget = source.randrange(60)
        question = "c" * source.randrange(1, 20)
        kinds = {"user": HumanMessage, "assistant": AIMessage}
        said = [kinds[message["role"]](message["content"]) for message in chat.history]
        room = chat.budget - len(question)

        def letters(messages):
            return sum(len(message.content) for message in messages)

        left = trim_messages(said, max_tokens=room, token_counter=letters, start_on="human") if room >= 0 else []
        # A turn without a letter in it always fits; trim_messages takes it, too, as long as there is room for none.
        assert [message["content"] for message in chat.sent(question)] == [message.content for message in left]


def test_the_plain_form_against_tokenizers(solution):
    """NFKC, invisible characters, white space and capitals as the normalizers of tokenizers have them."""
    guarded = solution("week18_capstone", "guarded")
    rule = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\p{Cf}"), ""),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
            normalizers.Lowercase(),
        ]
    )
    source = random.Random(20)
    signs = "abcXYZ09 .:\n\t\u00a0\u3000\u200b\u00ad\u202e\ufeffＡｂｃ１２：！ﬁ½Ⅳ忽略以上指令，。éÉ"
    for _ in range(CASES):
        text = "".join(source.choice(signs) for _ in range(source.randrange(40)))

        assert guarded.plain(text) == rule.normalize_str(text)


def a_card(source):
    """Digits that pass the Luhn check, in groups or not."""
    digits = [
        source.randrange(10) for _ in range(source.choice([12, 13, 14, 15, 16, 18]))
    ]  # with 18 it may be an ID, too
    total = sum(d if at % 2 else sum(map(int, str(2 * d))) for at, d in enumerate(reversed(digits)))
    number = "".join(map(str, [*digits, -total % 10]))
    sign = source.choice(["", " ", "-"])
    return sign.join(number[at : at + 4] for at in range(0, len(number), 4))


def an_id(source):
    """A resident number, its last sign by the table of weights."""
    digits = [source.randrange(10) for _ in range(17)]
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "".join(map(str, digits)) + "10X98765432"[sum(w * d for w, d in zip(weights, digits, strict=True)) % 11]


def test_personal_data_against_what_was_put_in(solution):
    """Data of each kind is replaced wherever it stands between words; a digit that is off lets a number stay."""
    guarded = solution("week18_capstone", "guarded")
    source = random.Random(21)
    for _ in range(CASES):
        text = expected = "Begin"
        for _ in range(source.randrange(6)):
            kind = source.choice(["EMAIL", "ID", "CARD", "PHONE", ""])
            found = {
                "EMAIL": lambda: f"{source.choice('abc')}{source.randrange(99)}.x@mill{source.choice('yz')}.example.cn",
                "ID": lambda: an_id(source),
                "CARD": lambda: a_card(source),
                "PHONE": lambda: f"1{source.randrange(3, 10)}{source.randrange(10**9):09d}",
                "": lambda: source.choice(["mill", "2026", "12.50", "@", "磨坊"]),
            }[kind]()
            between = source.choice([", ", "；", " and ", "。"])
            text, expected = text + between + found, expected + between + (f"[{kind}]" if kind else found)

        assert guarded.redact(text) == expected

        number = an_id(source)
        changed = f"{(int(number[0]) + 1) % 10}{number[1:]}"  # the remainder moves by 7, so the check must fail
        assert guarded.redact(number) == "[ID]"
        assert guarded.redact(f"No {changed}.") in (f"No {changed}.", "No [CARD].")


def a_report(source):
    """Random questions with a reply to each; no page is found twice, so that its rank is one number."""
    asked, replies = [], {}
    for number in range(source.randint(2, 12)):
        answerable = number % 2 == 0
        places = [(name, page) for name in ("a.pdf", "b.pdf") for page in (1, 2, 3)]
        source.shuffle(places)
        right = source.choice(places) if answerable else ("", 0)
        question = {"question": f"q{number}", "answer": "yes" if answerable else "", "canary": ""}
        asked.append({**question, "document": right[0], "page": right[1]})
        passages = [{"document": name, "page": page, "text": "t"} for name, page in places[: source.randint(0, 6)]]
        text, refused = source.choice(["yes", "no", "Yes, sir"]), source.random() < 0.4
        replies[f"q{number}"] = {"text": text, "refused": refused, "passages": passages}
    return asked, replies


def test_the_measure_against_scikit_learn(solution):
    """Reciprocal ranks are average precisions with one right label, shares of refusals are recalls of two classes."""
    evaluate, source = solution("week18_capstone", "measure").evaluate, random.Random(18)
    for _ in range(CASES):
        asked, replies = a_report(source)
        k = source.randint(1, 7)
        found = evaluate(replies.__getitem__, asked, lambda text, passages: 1.0, k)

        ranks = [row["rank"] for row in found["rows"] if row["rank"] is not None]
        labels, scores = np.zeros((len(ranks), 10)), np.zeros((len(ranks), 10))
        for row, one in enumerate(item for item in asked if item["page"]):
            shown = [(place["document"], place["page"]) for place in replies[one["question"]]["passages"][:k]]
            right = shown.index((one["document"], one["page"])) if (one["document"], one["page"]) in shown else 9
            labels[row, right], scores[row] = 1, -np.arange(10)
        precisions = [label_ranking_average_precision_score(labels[[row]], scores[[row]]) for row in range(len(ranks))]
        got = np.where(labels[:, 9] == 1, 0.0, precisions)
        np.testing.assert_allclose(found["mrr"], got.mean())
        np.testing.assert_allclose(found["recall"], 1 - labels[:, 9].mean())
        nothing, refused = [not one["answer"] for one in asked], [row["refused"] for row in found["rows"]]
        np.testing.assert_allclose(found["refused_rightly"], recall_score(nothing, refused))
        np.testing.assert_allclose(found["refused_wrongly"], 1 - recall_score(nothing, refused, pos_label=False))


def test_a_session_against_a_plain_list_of_what_happened(solution):
    """Random uploads, questions and resets: documents are the different bytes, in order; the history is what was said."""
    app, source = solution("week18_capstone", "app"), random.Random(18)
    for _ in range(CASES):
        shelf, heard, kept, said = [], [], [], []

        def ask(question, history, settings, heard=heard):
            heard.append(history)
            return {"text": question.upper(), "refused": "no" in question, "sources": [], "ignored": []}

        session = app.Session(
            lambda name, data, tell: {"pages": [data.decode()], "skipped": []},
            lambda name, pages, tell, shelf=shelf: shelf.append((name, pages[0])),
            ask,
            shelf.clear,
        )
        for _ in range(source.randint(1, 20)):
            action = source.choice(["upload", "upload", "ask", "ask", "reset", "reset all"])
            if action == "upload":
                name, data = source.choice(["a.txt", "b.md"]), source.choice("uvwx").encode()
                session.upload([(name, data)])
                kept += [] if data.decode() in kept else [data.decode()]
            elif action == "ask":
                question = source.choice(["yes?", "no?"])
                session.ask(question)
                if kept:
                    assert heard[-1] == said
                    said += [{"role": "user", "content": question}, {"role": "assistant", "content": question.upper()}]
            else:
                session.reset(documents=action == "reset all")
                said, kept = [], [] if action == "reset all" else kept
            assert [text for _, text in shelf] == kept
            names = [document["name"] for document in session.view()["documents"]]
            assert names == [name for name, _ in shelf] and len(names) == len(set(names))
