"""Known mistakes of week 09, beam."""

import math

import beam as solution
import torch

from grader.mistakes import mistake


def search(
    next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, *,
    scores=lambda logits: logits.log_softmax(dim=-1), width=lambda step, beams: beams, keep_total=True, copies=False,
    finish=True, every_stop=False, extend_finished=False, shrink=False, stop_at_first=False, live_join=True,
    refill=True, impossible=False,
    give_up=lambda answers, live: False, at_most=math.inf, join_if=lambda answers: True, rank=True,
    score=lambda total, length, penalty, prompt: total / length**penalty, stop_counts=True,
):  # fmt: skip
    """beam_search in steps, so that one of them can be changed."""
    if beams < 1 or max_new_tokens < 1:
        raise ValueError
    start, stop = len(prompt), -1 if stop_token is None else stop_token
    live = prompt.unsqueeze(0).expand(beams if copies else 1, -1)
    totals = torch.zeros(len(live), dtype=torch.float64, device=prompt.device)
    answers = []
    for length in range(1, max_new_tokens + 1):
        steps = scores(next_logits(live)).to(totals)
        if not keep_total:
            totals = torch.zeros_like(totals)
        ranked, order = (totals.unsqueeze(-1) + steps).flatten().sort(descending=True, stable=True)
        order = order[(ranked > float("-inf")) | impossible]
        row, token = order // steps.shape[-1], order % steps.shape[-1]
        ends = token == stop
        texts = torch.cat([live[row], token.unsqueeze(-1)], dim=-1)
        wide = width(length, beams)
        ended = (ends if every_stop else ends[:wide]).nonzero().flatten()
        lives = (~ends | extend_finished).nonzero().flatten()[:wide]
        lives = lives[(lives < wide) | refill]
        if shrink:
            lives = lives[: max(0, wide - len(answers) - len(ended))]
        if finish and not extend_finished:
            for i in ended.tolist()[: min(len(ended), at_most - len(answers))]:
                counted = length if stop_counts else max(length - 1, 1)
                answers.append((texts[i, start:].tolist(), score(ranked[i].item(), counted, length_penalty, start)))
        live, totals = texts[lives], ranked[lives]
        if len(live) == 0 or (stop_at_first and answers):
            break
        now = [score(total, length, length_penalty, start) for total in totals.tolist()]
        if len(answers) >= beams and give_up([answer[1] for answer in answers], now):
            break
    if (live_join and join_if(answers)) or not answers:
        for text, total in zip(live.tolist(), totals.tolist(), strict=True):
            answers.append((text[start:], score(total, len(text) - start, length_penalty, start)))
    if rank:
        answers.sort(key=lambda answer: answer[1], reverse=True)
    return answers[:beams]


@mistake(
    of="beam_search",
    en="It looks like you go on greedily from the best first token. All `beams` hypotheses live on in every step.",
    zh="看起来你从最好的第一个词元开始一路贪心。每一步都应有 `beams` 个假设存活。",
)
def goes_on_greedily(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def width(step, beams):
        return 1

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, width=width)


@mistake(
    of="beam_search",
    en="It looks like you rank by the last log-probability alone. Add those of the earlier steps.",
    zh="看起来你只按最后一步的对数概率排序。请加上之前各步的。",
)
def scores_only_the_last_step(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, keep_total=False)


@mistake(
    of="beam_search",
    en="It looks like you end when no live hypothesis scores better than the finished ones at its present length. It "
    "may do so when it is longer: every token above the mean raises the mean.",
    zh="看起来只要存活的假设按当前长度计算的分数都不高于已完成的假设，你就结束了搜索。它们变长之后仍可能更高："
    "只要新词元的对数概率高于平均值，平均值就会上升。",
)
def gives_up_on_the_living(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def give_up(finished, now):
        return sorted(finished, reverse=True)[beams - 1] >= max(now)

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, give_up=give_up)


@mistake(
    of="beam_search",
    en="It looks like you add up the raw logits: that gives exactly your scores. Turn them into log-probabilities "
    "first (log_softmax).",
    zh="看起来你直接累加了 logits，这样恰好得到你的分数。请先用 log_softmax 换成对数概率。",
)
def adds_raw_logits(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, scores=lambda logits: logits)


@mistake(
    of="beam_search",
    en="It looks like your scores are made of probabilities that were multiplied. The total is their logarithm, and "
    "divided by a length the two rank texts differently.",
    zh="看起来你的分数来自相乘得到的概率本身。总分应是它的对数；除以长度之后，两者的排名会不同。",
    breaks="their total, the sum of the log-probabilities of their new tokens",
)
def multiplies_probabilities(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(
        next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token,
        score=lambda total, length, penalty, prompt: math.exp(total) / length**penalty,
    )  # fmt: skip


@mistake(
    of="beam_search",
    en="It looks like you add up probabilities. Probabilities multiply, so their logarithms add up.",
    zh="看起来你把概率相加了。概率应相乘，也就是对数概率相加。",
)
def adds_probabilities(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def probabilities(logits):
        return logits.softmax(dim=-1)

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, scores=probabilities)


@mistake(
    of="beam_search",
    en="It looks like you throw finished hypotheses away. They compete for the answer with those that live longer.",
    zh="看起来你把已完成的假设丢掉了。它们要与更长的假设一起竞争。",
)
def throws_finished_ones_away(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, finish=False)


@mistake(
    of="beam_search",
    en="It looks like you extend hypotheses beyond the stop token. It ends them.",
    zh="看起来你在停止词元之后还继续扩展假设。遇到停止词元，假设就完成了。",
)
def extends_finished_ones(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, extend_finished=True)


@mistake(
    of="beam_search",
    en="It looks like the search ends with the first finished hypothesis. A longer one may score higher.",
    zh="看起来第一个假设完成时，你就结束了搜索。更长的假设可能分数更高。",
)
def stops_at_the_first_finished(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, stop_at_first=True)


@mistake(
    of="beam_search",
    en="It looks like a finished hypothesis takes a live place away, so that the search becomes narrower. The live "
    "places are refilled.",
    zh="看起来已完成的假设占用了存活的位置，搜索因而越来越窄。空出的位置应重新补满。",
)
def loses_places_to_finished_ones(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, shrink=True)


@mistake(
    of="beam_search",
    en="It looks like only the `beams` best candidates are looked at, and those of them that end leave their live "
    "places empty for a step. The `beams` best that do not end in the stop token live on: look further down.",
    zh="看起来你只看排在前 `beams` 名的候选，其中以停止词元结尾的会让存活的位置空出一步。"
    "存活的应是不以停止词元结尾的候选中最好的 `beams` 个：请沿排名继续往下找。",
)
def looks_at_the_best_alone(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, refill=False)


@mistake(
    of="beam_search",
    en="It looks like your finished hypotheses stay in the beam: they take up live places there, and lose theirs when "
    "others have a higher total. Keep them in a list of their own; only the final ranking counts for them.",
    zh="看起来已完成的假设仍留在束里：它们占着存活的位置，而别人的总分更高时又会被挤掉。"
    "请把它们另外存放，只在最后一起排名。",
)
def keeps_finished_ones_in_the_beam(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    if beams < 1 or max_new_tokens < 1:
        raise ValueError
    start, beam = prompt.tolist(), [([], 0.0)]
    for _ in range(max_new_tokens):
        live = [tokens for tokens, _ in beam if stop_token is None or stop_token not in tokens]
        if not live:
            break
        rows = torch.tensor([start + tokens for tokens in live], device=prompt.device)
        steps = iter(next_logits(rows).double().log_softmax(dim=-1).tolist())
        candidates = []
        for tokens, total in beam:
            if stop_token is not None and stop_token in tokens:
                candidates.append((tokens, total))
            else:
                candidates += [([*tokens, token], total + gain) for token, gain in enumerate(next(steps))]
        possible = [candidate for candidate in candidates if candidate[1] > float("-inf")]
        beam = sorted(possible, key=lambda candidate: -candidate[1])[:beams]
    scored = [(tokens, total / len(tokens) ** length_penalty) for tokens, total in beam]
    return sorted(scored, key=lambda answer: -answer[1])


@mistake(
    of="beam_search",
    en="It looks like the search ends as soon as `beams` hypotheses have finished. A live one can still score higher "
    "when it is longer.",
    zh="看起来只要有 `beams` 个假设完成，你就结束了搜索。存活的假设变长之后，分数仍可能更高。",
)
def ends_when_enough_have_finished(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def give_up(finished, now):
        return True

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, give_up=give_up)


@mistake(
    of="beam_search",
    en="It looks like stop token 0 counts as none in your code: 0 is false in `if stop_token` or `stop_token or …`. "
    "Ask whether it is None.",
    zh="看起来停止词元为 0 时，你的代码当作没有停止词元：在 `if stop_token` 和 `stop_token or …` 里，0 就是假。"
    "应当判断它是不是 None。",
)
def takes_stop_token_0_for_none(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token or None)


@mistake(
    of="beam_search",
    en="It looks like candidates of probability 0 fill up places that are left. Their total is minus infinity: drop "
    "them, even if fewer than `beams` remain.",
    zh="看起来概率为 0 的候选补满了剩下的位置。它们的总分是负无穷：即使剩下的不足 `beams` 个，也要去掉。",
)
def keeps_impossible_candidates(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, impossible=True)


@mistake(
    of="beam_search",
    en="It looks like you finish every candidate with the stop token. Only those among the `beams` best are finished.",
    zh="看起来你把所有以停止词元结尾的候选都算作完成。只有排在前 `beams` 名之内的才算。",
)
def finishes_every_stop_candidate(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, every_stop=True)


@mistake(
    of="beam_search",
    en="It looks like you ignore live hypotheses at the end. They join the finished ones.",
    zh="看起来你最后忽略了仍存活的假设。它们应与已完成的假设一起排名。",
)
def ignores_live_ones_at_the_end(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, live_join=False)


@mistake(
    of="beam_search",
    en="It looks like you start with `beams` copies of the prompt, which all find the same. Start with one row.",
    zh="看起来你从 `beams` 份相同的提示开始，它们找到的完全一样。请从一行开始。",
)
def starts_with_copies(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, copies=True)


@mistake(
    of="beam_search",
    en="It looks like you forgot the length penalty: your scores are the bare totals.",
    zh="看起来你忘了长度惩罚：你的分数就是没有除以长度的总分。",
)
def ignores_the_length_penalty(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, 0.0, stop_token)


@mistake(
    of="beam_search",
    en="It looks like you multiply by length ** length_penalty, which gives exactly your scores. Divide.",
    zh="看起来你乘以了 length ** length_penalty，这样恰好得到你的分数。应当相除。",
)
def multiplies_by_the_length(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, -length_penalty, stop_token)


@mistake(
    of="beam_search",
    en="It looks like your length counts the prompt too. Only new tokens count.",
    zh="看起来你把提示也计入了长度。只计新的词元。",
)
def counts_the_prompt(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def score(total, length, penalty, prompt):
        return total / (length + prompt) ** penalty

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, score=score)


@mistake(
    of="beam_search",
    en="It looks like you leave the stop token out of the length. It counts.",
    zh="看起来你的长度没有计入停止词元。它也要计入。",
)
def leaves_out_the_stop_token(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, stop_counts=False)


@mistake(
    of="beam_search",
    en="It looks like the prompt stands in front of your new tokens. Return the new tokens only.",
    zh="看起来你在新词元前面带上了提示。只返回新的词元。",
)
def returns_the_prompt_too(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    answers = solution.beam_search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token)
    return [(prompt.tolist() + tokens, score) for tokens, score in answers]


@mistake(
    of="beam_search",
    en="It looks like live hypotheses join only while fewer than `beams` have finished. They always join, and may "
    "score higher than a finished one.",
    zh="看起来只有在完成的假设不足 `beams` 个时，你才加入存活的假设。存活的总要加入，它们的分数可能高于已完成的。",
    breaks="the live hypotheses join the finished ones",
)
def joins_only_to_fill_up(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def join_if(answers):
        return len(answers) < beams

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, join_if=join_if)


@mistake(
    of="beam_search",
    en="It looks like only the first `beams` hypotheses that finish are kept. A later one may score higher: keep all, "
    "and rank them in the end.",
    zh="看起来你只保留最先完成的 `beams` 个假设。后来完成的分数可能更高：请全部保留，最后再排名。",
    breaks="highest scores are the answer",
)
def keeps_the_first_to_finish(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, at_most=beams)


@mistake(
    of="beam_search",
    en="It looks like the answer is not ranked by score: the hypotheses stand in the order in which they were found.",
    zh="看起来答案没有按分数排序：各假设是按找到的先后排列的。",
    breaks="highest scores are the answer",
)
def forgets_to_rank_the_answer(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, rank=False)
