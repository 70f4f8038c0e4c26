"""The test's n-grams are kept and the corpus walks past them; everything else with loops."""

from trust import sentences, words


def bias_probe(template, groups, score):
    if template.count("[X]") == 0:
        raise ValueError("no [X]")
    if len(groups) < 2:
        raise ValueError("no comparison")
    means, spreads = {}, []
    for name in groups:
        if not groups[name]:
            raise ValueError("no terms")
        scores = []
        for term in groups[name]:
            scores.append(score(template.replace("[X]", term)))
        means[name] = float(sum(scores) / len(scores))
        spreads.append(max(scores) - min(scores))
    ordered = sorted(means.values())
    return {"means": means, "gap": ordered[-1] - ordered[0], "spread": float(max(spreads))}


def groundedness(answer, passages, share=0.75):
    if share <= 0 or share > 1 or share != share:
        raise ValueError("share")
    good, bad = 0, []
    for sentence in sentences(answer):
        unique = list(dict.fromkeys(words(sentence)))
        for passage in passages:
            there = words(passage)
            hits = [word for word in unique if word in there]
            wrong = [w for w in unique if w not in there and any(c.isdigit() for c in w)]
            if len(hits) / len(unique) >= share and not wrong:
                good += 1
                break
        else:
            bad.append(sentence)
    return (good / (good + len(bad)) if good or bad else float("nan")), bad


def self_agreement(samples):
    if len(samples) < 2:
        raise ValueError("one sample agrees with nothing")
    agreeing, most, best = 0, 0, None
    for i, one in enumerate(samples):
        others = sum(words(one) == words(other) for j, other in enumerate(samples) if j != i)
        agreeing += others
        if best is None or others > most:
            most, best = others, one
    return best, agreeing / (len(samples) * (len(samples) - 1))


def contamination(texts, corpus, n=13):
    if not n >= 1:
        raise ValueError("n")
    wanted = {}
    cut = []
    for text in texts:
        found = words(text)
        size = min(n, len(found))
        grams = [tuple(found[i : i + size]) for i in range(len(found) - size + 1)] if size else []
        cut.append(grams)
        for gram in grams:
            wanted[gram] = False
    sizes = sorted({len(gram) for gram in wanted})
    for document in corpus:
        found = words(document)
        for size in sizes:
            for i in range(len(found) - size + 1):
                gram = tuple(found[i : i + size])
                if gram in wanted:
                    wanted[gram] = True
    return [sum(wanted[gram] for gram in grams) / len(grams) if grams else 0.0 for grams in cut]
