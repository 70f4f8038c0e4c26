"""Known mistakes of week 09, beam."""

import beam as solution
import torch

from grader.mistakes import mistake


def search(
    next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, *,
    scores=lambda logits: logits.log_softmax(dim=-1), width=lambda step, beams: beams, keep_total=True, copies=False,
    finish=True, every_stop=False, extend_finished=False, shrink=False, stop_at_first=False, live_join=True,
    give_up=lambda answers, live: False,
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
        order = order[ranked > float("-inf")]
        row, token = order // steps.shape[-1], order % steps.shape[-1]
        ends = token == stop
        texts = torch.cat([live[row], token.unsqueeze(-1)], dim=-1)
        wide = width(length, beams)
        ended = (ends if every_stop else ends[:wide]).nonzero().flatten()
        lives = (~ends | extend_finished).nonzero().flatten()[:wide]
        if shrink:
            lives = lives[: max(0, wide - len(answers) - len(ended))]
        if finish and not extend_finished:
            for i in ended.tolist():
                counted = length if stop_counts else max(length - 1, 1)
                answers.append((texts[i, start:].tolist(), score(ranked[i].item(), counted, length_penalty, start)))
        live, totals = texts[lives], ranked[lives]
        if len(live) == 0 or (stop_at_first and answers):
            break
        now = [score(total, length, length_penalty, start) for total in totals.tolist()]
        if len(answers) >= beams and give_up([answer[1] for answer in answers], now):
            break
    if live_join or not answers:
        for text, total in zip(live.tolist(), totals.tolist(), strict=True):
            answers.append((text[start:], score(total, len(text) - start, length_penalty, start)))
    answers.sort(key=lambda answer: answer[1], reverse=True)
    return answers[:beams]


@mistake(
    of="beam_search",
    en="Your answer equals the one that goes on greedily from the best first token. All `beams` hypotheses "
    "live on in every step.",
    zh="你的结果等于从最好的第一个词元开始一路贪心的结果。每一步都应有 `beams` 个假设存活。",
)
def goes_on_greedily(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def width(step, beams):
        return 1

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, width=width)


@mistake(
    of="beam_search",
    en="Your answer equals the one that ranks by the last log-probability alone. Add those of the earlier steps.",
    zh="你的结果等于只按最后一步的对数概率排序的结果。请加上之前各步的。",
)
def scores_only_the_last_step(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, keep_total=False)


@mistake(
    of="beam_search",
    en="Your answer equals the one that ends when no live hypothesis scores better than the finished ones at its "
    "present length. It may do so when it is longer: every token above the mean raises the mean.",
    zh="你的结果等于只要存活的假设按当前长度计算的分数都不高于已完成的假设，就结束搜索的结果。"
    "它们变长之后仍可能更高：只要新词元的对数概率高于平均值，平均值就会上升。",
)
def gives_up_on_the_living(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def give_up(finished, now):
        return sorted(finished, reverse=True)[beams - 1] >= max(now)

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, give_up=give_up)


@mistake(
    of="beam_search",
    en="Your answer equals the one that adds up the raw logits. Turn them into log-probabilities first (log_softmax).",
    zh="你的结果等于直接累加 logits 的结果。请先用 log_softmax 换成对数概率。",
)
def adds_raw_logits(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, scores=lambda logits: logits)


@mistake(
    of="beam_search",
    en="Your answer equals the one that adds up probabilities. Probabilities multiply, so their logarithms add up.",
    zh="你的结果等于把概率相加的结果。概率应相乘，也就是对数概率相加。",
)
def adds_probabilities(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def probabilities(logits):
        return logits.softmax(dim=-1)

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, scores=probabilities)


@mistake(
    of="beam_search",
    en="Your answer equals the one that throws finished hypotheses away. They compete for the answer with "
    "those that live longer.",
    zh="你的结果等于把已完成的假设丢掉的结果。它们要与更长的假设一起竞争。",
)
def throws_finished_ones_away(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, finish=False)


@mistake(
    of="beam_search",
    en="Your answer equals the one that extends hypotheses beyond the stop token.",
    zh="你的结果等于在停止词元之后继续扩展假设的结果。",
)
def extends_finished_ones(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, extend_finished=True)


@mistake(
    of="beam_search",
    en="Your answer equals the one that ends the search with the first finished hypothesis. A longer one "
    "may score higher.",
    zh="你的结果等于第一个假设完成时就结束搜索的结果。更长的假设可能分数更高。",
)
def stops_at_the_first_finished(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, stop_at_first=True)


@mistake(
    of="beam_search",
    en="Your answer equals the one in which a finished hypothesis takes a live place away. The live places "
    "are refilled.",
    zh="你的结果等于已完成的假设占用了存活位置的结果。空出的位置应重新补满。",
)
def loses_places_to_finished_ones(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, shrink=True)


@mistake(
    of="beam_search",
    en="Your answer equals the one that finishes every candidate with the stop token. Only those among the "
    "`beams` best are finished.",
    zh="你的结果等于把所有以停止词元结尾的候选都算作完成的结果。只有排在前 `beams` 名之内的才算。",
)
def finishes_every_stop_candidate(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, every_stop=True)


@mistake(
    of="beam_search",
    en="Your answer equals the one that ignores live hypotheses at the end. They join the finished ones.",
    zh="你的结果等于最后忽略了仍存活的假设的结果。它们应与已完成的假设一起排名。",
)
def ignores_live_ones_at_the_end(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, live_join=False)


@mistake(
    of="beam_search",
    en="Your answer equals the one that starts with `beams` copies of the prompt, which all find the same. "
    "Start with one row.",
    zh="你的结果等于从 `beams` 份相同的提示开始的结果，它们找到的完全一样。请从一行开始。",
)
def starts_with_copies(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, copies=True)


@mistake(
    of="beam_search",
    en="Your answer equals the one without the length penalty.",
    zh="你的结果等于没有长度惩罚的结果。",
)
def ignores_the_length_penalty(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, 0.0, stop_token)


@mistake(
    of="beam_search",
    en="Your answer equals the one that multiplies by length ** length_penalty. Divide.",
    zh="你的结果等于乘以 length ** length_penalty 的结果。应当相除。",
)
def multiplies_by_the_length(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, -length_penalty, stop_token)


@mistake(
    of="beam_search",
    en="Your answer equals the one whose length counts the prompt too. Only new tokens count.",
    zh="你的结果等于把提示也计入长度的结果。只计新的词元。",
)
def counts_the_prompt(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    def score(total, length, penalty, prompt):
        return total / (length + prompt) ** penalty

    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, score=score)


@mistake(
    of="beam_search",
    en="Your answer equals the one that leaves the stop token out of the length. It counts.",
    zh="你的结果等于长度不计停止词元的结果。它也要计入。",
)
def leaves_out_the_stop_token(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    return search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token, stop_counts=False)


@mistake(
    of="beam_search",
    en="Your answer equals the one with the prompt in front of the new tokens. Return the new tokens only.",
    zh="你的结果等于在新词元前面带上了提示的结果。只返回新的词元。",
)
def returns_the_prompt_too(next_logits, prompt, beams, max_new_tokens, length_penalty=1.0, stop_token=None):
    answers = solution.beam_search(next_logits, prompt, beams, max_new_tokens, length_penalty, stop_token)
    return [(prompt.tolist() + tokens, score) for tokens, score in answers]
