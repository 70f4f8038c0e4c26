"""Known mistakes of week 17, privacy."""

import re

import privacy as solution
import torch
from patterns import FORMS

from grader.mistakes import mistake

solution_holds = solution._holds

# ---- checks of numbers


@mistake(
    of="is_card_number",
    en="It looks like you begin to double with the last digit. That is the check digit, which stays single.",
    zh="看起来从最后一位就开始加倍了。那是校验位，本身不加倍。",
)
def doubles_the_check_digit(digits):
    return bool(re.fullmatch("[0-9]{13,19}", digits)) and luhn(digits[::-1], doubled_from=0)


@mistake(
    of="is_card_number",
    en="It looks like you count every second digit from the left, which is right for even lengths only. Count from "
    "the right.",
    zh="看起来是从左边数起的，那只对偶数位的号码正确。应当从右边数起。",
)
def counts_from_the_left(digits):
    return bool(re.fullmatch("[0-9]{13,19}", digits)) and luhn(digits, doubled_from=0)


@mistake(
    of="is_card_number",
    en="It looks like you double the second digit from the left and every second one after it, which is right for "
    "odd lengths only. Count from the right.",
    zh="看起来从左边第二位起每隔一位加倍，那只对奇数位的号码正确。应当从右边数起。",
    breaks="From the right, every second digit, beginning with the second, is doubled",
)
def doubles_the_second_from_the_left(digits):
    return bool(re.fullmatch("[0-9]{13,19}", digits)) and luhn(digits, doubled_from=1)


@mistake(
    of="is_card_number",
    en="It looks like doubles above 9 stay as they are. Subtract 9 from them.",
    zh="看起来加倍后超过 9 的数没有处理。应减去 9。",
)
def keeps_large_doubles(digits):
    return bool(re.fullmatch("[0-9]{13,19}", digits)) and luhn(digits[::-1], doubled_from=1, minus=0)


@mistake(
    of="is_card_number",
    en="It looks like you only count digits; the Luhn check is missing.",
    zh="看起来只数了位数，缺少 Luhn 校验。",
)
def without_luhn(digits):
    return bool(re.fullmatch("[0-9]{13,19}", digits))


@mistake(
    of="is_card_number",
    en="It looks like only 16 digits are accepted. Cards have 13 to 19.",
    zh="看起来只接受 16 位数字。卡号有 13 到 19 位。",
)
def sixteen_digits_only(digits):
    return len(digits) == 16 and solution.is_card_number(digits)


def luhn(digits, doubled_from, minus=9):
    values = [int(digit) for digit in digits]
    values[doubled_from::2] = [2 * v - minus if 2 * v > 9 else 2 * v for v in values[doubled_from::2]]
    return sum(values) % 10 == 0


@mistake(
    of="is_resident_id",
    en="It looks like the check character is never checked.",
    zh="看起来没有检查校验码。",
)
def ignores_the_check_character(number):
    return (
        any(solution.is_resident_id(number[:-1] + check) for check in solution.ID_CHECK)
        and number[-1:] in "0123456789Xx"
    )


@mistake(
    of="is_resident_id",
    en="It looks like nobody looks at the date of birth: it must be a day that exists.",
    zh="看起来没有检查出生日期：它必须是存在的一天。",
)
def ignores_the_date(number):
    if not re.fullmatch("[0-9]{17}[0-9Xx]", number):
        return False
    total = sum(w * int(d) for w, d in zip(solution.ID_WEIGHTS, number, strict=False))
    return number[17].upper() == solution.ID_CHECK[total % 11]


@mistake(
    of="is_resident_id",
    en="It looks like every month has 31 days in your code, so that 30 February exists.",
    zh="看起来在你的代码里每个月都有 31 天，于是存在 2 月 30 日。",
)
def any_day_up_to_31(number):
    return ignores_the_date(number) and 1 <= int(number[10:12]) <= 12 and 1 <= int(number[12:14]) <= 31


@mistake(
    of="is_resident_id",
    en="It looks like only a capital X is accepted; a small x is right as well.",
    zh="看起来只接受大写 X；小写 x 也是合法的。",
)
def capital_x_only(number):
    return not number.endswith("x") and solution.is_resident_id(number)


@mistake(
    of="is_resident_id",
    en="It looks like you refuse dates of birth in the future. The contract asks for a day that exists, and no more.",
    zh="看起来拒绝了未来的出生日期。约定只要求这一天存在。",
    breaks="a day that exists",
)
def refuses_days_to_come(number):
    return solution.is_resident_id(number) and number[6:10] < "2027"


# ---- redact


def redacted(text, forms=FORMS, holds=solution._holds, half_width=True):
    """The solution with other forms, or with another check of what was found."""
    counts = dict.fromkeys(solution.KINDS, 0)
    kept = solution._holds, solution.HALF_WIDTH
    solution._holds, solution.HALF_WIDTH = holds, kept[1] if half_width else {}
    try:
        for kind, form in forms:
            text, count = solution._replace(text, kind, form)
            counts[kind] += count
    finally:
        solution._holds, solution.HALF_WIDTH = kept
    return text, counts


@mistake(
    of="redact",
    en="It looks like every row of 13 to 19 digits is taken for a card. Only those that pass the Luhn check are.",
    zh="看起来任何 13 到 19 位数字都被当作卡号。只有通过 Luhn 校验的才是。",
)
def every_long_number_is_a_card(text):
    return redacted(text, holds=lambda kind, found: kind == "CARD" or solution_holds(kind, found))


@mistake(
    of="redact",
    en="It looks like any 18 digits are taken for an identity number. Call `is_resident_id` before you replace them.",
    zh="看起来任何 18 位数字都被当作身份证号。替换之前应先用 `is_resident_id` 校验。",
)
def every_18_digits_are_an_id(text):
    return redacted(text, holds=lambda kind, found: kind == "ID" or solution_holds(kind, found))


@mistake(
    of="redact",
    en="It looks like you search on behind a candidate that failed its check; the real number may overlap with it.",
    zh="看起来校验失败后从候选的末尾继续搜索；真正的号码可能与它重叠。",
)
def skips_behind_failures(text):
    counts = dict.fromkeys(solution.KINDS, 0)
    for kind, form in FORMS:
        found = [m for m in form.finditer(text.translate(solution.HALF_WIDTH)) if solution_holds(kind, m[0])]
        for match in reversed(found):
            text = text[: match.start()] + f"[{kind}]" + text[match.end() :]
        counts[kind] += len(found)
    return text, counts


@mistake(
    of="redact",
    en="It looks like full-width digits and letters are not recognised.",
    zh="看起来没有识别全角数字和字母。",
)
def ascii_only(text):
    return redacted(text, half_width=False)


@mistake(
    of="redact",
    en="It looks like you return the text in half width. What is not personal must stay exactly as it was.",
    zh="看起来返回的整段文本都转成了半角。不属于个人信息的部分必须保持原样。",
)
def returns_half_width(text):
    return redacted(text.translate(solution.HALF_WIDTH))


@mistake(
    of="redact",
    en="It looks like you count only the kinds that occur; all four belong in the dictionary, with 0 if need be.",
    zh="看起来只统计了出现过的类型；字典中四种类型都要有，没有时为 0。",
)
def leaves_out_zeros(text):
    text, counts = solution.redact(text)
    return text, {kind: count for kind, count in counts.items() if count}


@mistake(
    of="redact",
    en="It looks like you replace the first card of each length and then stop. Go on behind it: there may be more.",
    zh="看起来每种长度的卡号只替换了第一个就停下了。应当从它后面继续找，可能还有别的。",
)
def first_card_of_a_length(text):
    counts = dict.fromkeys(solution.KINDS, 0)
    for kind, form in FORMS:
        if kind != "CARD":
            text, count = solution._replace(text, kind, form)
        else:
            found = [m for m in form.finditer(text.translate(solution.HALF_WIDTH)) if solution_holds(kind, m[0])][:1]
            for match in found:
                text = f"{text[: match.start()]}[CARD]{text[match.end() :]}"
            count = len(found)
        counts[kind] += count
    return text, counts


@mistake(
    of="redact",
    en="It looks like you give up at the first candidate that fails its check; the next one may pass.",
    zh="看起来遇到第一个校验不通过的候选就停止了；下一个可能通过。",
)
def stops_at_the_first_failure(text):
    counts, failed = dict.fromkeys(solution.KINDS, 0), set()
    for kind, form in FORMS:

        def until(kind, found, form=form):
            if not solution_holds(kind, found):
                failed.add(form)
            return form not in failed

        text, found = redacted(text, [(kind, form)], until)
        counts[kind] += found[kind]
    return text, counts


@mistake(
    of="redact",
    en="It looks like you look for the shortest cards first. Thirteen digits may be the beginning of a card of 16.",
    zh="看起来先找的是最短的卡号。13 位数字可能只是 16 位卡号的开头。",
    breaks="says what each kind looks like, and in which order to look",
)
def shortest_card_first(text):
    cards = [one for one in FORMS if one[0] == "CARD"]
    return redacted(text, [*FORMS[:2], *reversed(cards), *FORMS[-1:]])


@mistake(
    of="redact",
    en="It looks like you go on searching in the text with the first replacement in it: the brackets before a + make a "
    "telephone number of it. Find all matches of a form first.",
    zh="看起来换掉一处之后，就在换过的文本里继续找：+ 前面成了方括号，它就被当作电话号码的开头。"
    "应先找到这种形式的全部匹配。",
    breaks="All matches of one form are found before any of them is replaced",
)
def replaces_while_it_looks(text):
    counts = dict.fromkeys(solution.KINDS, 0)
    for kind, form in FORMS:
        look = 0
        while match := form.search(text.translate(solution.HALF_WIDTH), look):
            look = match.start() + 1
            if solution_holds(kind, match[0]):
                text = f"{text[: match.start()]}[{kind}]{text[match.end() :]}"
                look = match.start() + len(kind) + 2
                counts[kind] += 1
    return text, counts


# ---- private_gradient


def clipped(per_example, clip_norm, norms=None):
    """Sum of the gradients scaled to clip_norm, by default with the joint norm."""
    if norms is None:
        norms = {name: joint_norms(per_example) for name in per_example}
    total = {}
    for name, gradients in per_example.items():
        scales = (clip_norm / norms[name]).clamp(max=1.0)
        total[name] = torch.tensordot(scales.to(gradients.dtype), gradients, dims=1)
    return total


def joint_norms(per_example):
    return sum(own_norms(gradients) ** 2 for gradients in per_example.values()).sqrt()


def own_norms(gradients):
    return gradients.reshape(len(gradients), gradients[:1].numel() or 1).norm(dim=1)


def noisy(total, deviation, divisor, generator):
    answer = {}
    for name, value in total.items():
        noise = torch.randn(value.shape, generator=generator, dtype=value.dtype, device=value.device)
        answer[name] = (value + deviation * noise) / divisor
    return answer


def checked(per_example, clip_norm, noise_multiplier, expected_batch):
    """Refuse what the solution refuses and return the divisor."""
    solution.private_gradient(per_example, clip_norm, noise_multiplier, expected_batch, generator_like(per_example))
    return len(next(iter(per_example.values()))) if expected_batch is None else expected_batch


def generator_like(per_example):
    return torch.Generator(next(iter(per_example.values())).device)


@mistake(
    of="private_gradient",
    en="It looks like you clip the mean gradient, so that one example can still weigh as much as all the others. "
    "Clip each example first.",
    zh="看起来裁剪的是平均梯度，单个样本的影响仍然可以很大。应先裁剪每个样本。",
)
def clips_the_mean(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    mean = {name: gradients.sum(0, keepdim=True) / divisor for name, gradients in per_example.items()}
    return noisy(clipped(mean, clip_norm), noise_multiplier * clip_norm / divisor, 1, generator)


@mistake(
    of="private_gradient",
    en="It looks like you clip each parameter by itself. The norm of an example is over all of its parameters "
    "together.",
    zh="看起来对每个参数分别做了裁剪。一个样本的范数要在所有参数上一起计算。",
)
def clips_each_parameter(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    norms = {name: own_norms(gradients) for name, gradients in per_example.items()}
    return noisy(clipped(per_example, clip_norm, norms), noise_multiplier * clip_norm, divisor, generator)


@mistake(
    of="private_gradient",
    en="It looks like every example is scaled to clip_norm. Short gradients must stay as they are: the factor is at "
    "most 1.",
    zh="看起来每个样本都被缩放到了 clip_norm。短的梯度应保持不变：系数至多为 1。",
)
def stretches_short_ones(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    norms = joint_norms(per_example)
    scales = torch.where(norms > 0, clip_norm / norms, 1.0)
    total = {name: torch.tensordot(scales.to(g.dtype), g, dims=1) for name, g in per_example.items()}
    return noisy(total, noise_multiplier * clip_norm, divisor, generator)


@mistake(
    of="private_gradient",
    en="It looks like you add 1e-6 to the norm, as torch does when it clips: where norms are that small, what need "
    "not be clipped is clipped. A norm of 0 gives infinity, and min(1, infinity) is 1.",
    zh="看起来像 torch 裁剪时那样给范数加了 1e-6：范数本身这么小时，不该裁剪的也被裁剪。范数为 0 时商是无穷大，"
    "而 min(1, 无穷大) 就是 1。",
    breaks="Example by example it is scaled by min(1, clip_norm / norm)",
)
def adds_a_millionth_to_the_norm(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    norms = {name: joint_norms(per_example) + 1e-6 for name in per_example}
    return noisy(clipped(per_example, clip_norm, norms), noise_multiplier * clip_norm, divisor, generator)


@mistake(
    of="private_gradient",
    en="It looks like you return zeros for an empty batch. Without noise, the answer says that nobody was there.",
    zh="看起来空批次直接返回了 0。没有噪声，结果就泄露了批次为空这件事。",
    breaks="the batch at hand may then even be empty",
)
def no_noise_for_nobody(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    answer = solution.private_gradient(per_example, clip_norm, noise_multiplier, expected_batch, generator)
    empty = not len(next(iter(per_example.values())))
    return {name: torch.zeros_like(value) if empty else value for name, value in answer.items()}


@mistake(
    of="private_gradient",
    en="It looks like you clip every number to clip_norm. What must be clipped is the length of the whole gradient.",
    zh="看起来把每个数值裁剪到了 clip_norm。应当裁剪的是整个梯度的长度。",
)
def clips_by_value(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    total = {name: gradients.clamp(-clip_norm, clip_norm).sum(0) for name, gradients in per_example.items()}
    return noisy(total, noise_multiplier * clip_norm, divisor, generator)


@mistake(
    of="private_gradient",
    en="It looks like your noise has standard deviation noise_multiplier; the factor clip_norm is missing.",
    zh="看起来噪声的标准差只取了 noise_multiplier，没有乘 clip_norm。",
)
def noise_without_clip_norm(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    return noisy(clipped(per_example, clip_norm), noise_multiplier, divisor, generator)


@mistake(
    of="private_gradient",
    en="It looks like the noise was added to the mean: noise meant for the sum is too large there by the batch size.",
    zh="看起来把噪声加到了均值上：本该加在总和上的噪声，在这里放大为应有的 n 倍（n 为批次大小）。",
)
def noise_on_the_mean(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    mean = {name: value / divisor for name, value in clipped(per_example, clip_norm).items()}
    return noisy(mean, noise_multiplier * clip_norm, 1, generator)


@mistake(
    of="private_gradient",
    en="It looks like every example gets noise of its own: together that is too much by the square root of the batch "
    "size. Draw once, for the sum.",
    zh="看起来给每个样本都加了噪声：总噪声放大为应有的 √n 倍（n 为批次大小）。应只为总和抽取一次。",
)
def noise_for_every_example(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    rows = len(next(iter(per_example.values())))
    return noisy(clipped(per_example, clip_norm), noise_multiplier * clip_norm * rows**0.5, divisor, generator)


@mistake(
    of="private_gradient",
    en="It looks like you add the noise before clipping, so that the noise is clipped as well.",
    zh="看起来在裁剪之前就加了噪声：噪声也被裁剪了。",
)
def noise_before_clipping(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    total = noisy(per_example, noise_multiplier * clip_norm, 1, generator)
    answer = clipped(total, clip_norm)
    return {name: value / divisor for name, value in answer.items()}


@mistake(
    of="private_gradient",
    en="It looks like you divide by the number of examples at hand although expected_batch was given.",
    zh="看起来除以的是实际样本数，而此时已经给出了 expected_batch。",
)
def ignores_expected_batch(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    checked(per_example, clip_norm, noise_multiplier, expected_batch)
    rows = max(len(next(iter(per_example.values()))), 1)
    return noisy(clipped(per_example, clip_norm), noise_multiplier * clip_norm, rows, generator)


@mistake(
    of="private_gradient",
    en="It looks like every parameter gets the same noise, drawn once. Draw anew for each.",
    zh="看起来每个参数用的是同一份噪声。应为每个参数重新抽取。",
)
def same_noise_everywhere(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    divisor = checked(per_example, clip_norm, noise_multiplier, expected_batch)
    seed = 17 if generator is None else generator.initial_seed()
    answer = {}
    for name, value in clipped(per_example, clip_norm).items():
        again = torch.Generator(value.device).manual_seed(seed)
        answer |= noisy({name: value}, noise_multiplier * clip_norm, divisor, again)
    return answer


@mistake(
    of="private_gradient",
    en="It looks like you round expected_batch down. The mean batch size of coin flips may be 2.5.",
    zh="看起来把 expected_batch 向下取整了。掷硬币抽样时，平均批次大小可以是 2.5。",
)
def whole_expected_batch(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    whole = None if expected_batch is None else int(expected_batch)
    return solution.private_gradient(per_example, clip_norm, noise_multiplier, whole, generator)


@mistake(
    of="private_gradient",
    en="Where no generator is given, your noise comes from one that is made and seeded anew in every call, so it is "
    "the same every time, and whoever knows it can subtract it. Pass None on to torch.",
    zh="没有给出 generator 时，你的噪声来自每次调用都新建并设种子的生成器，因此每次都一样，知道它的人可以把它减掉。"
    "把 None 传给 torch 即可。",
)
def seeds_anew(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    device = next(iter(per_example.values())).device
    fresh = torch.Generator(device).manual_seed(0)
    return solution.private_gradient(per_example, clip_norm, noise_multiplier, expected_batch, generator or fresh)


@mistake(
    of="private_gradient",
    en="Your noise comes from torch's global generator although another one is given.",
    zh="已经给出了 generator，你的噪声却来自 torch 的全局生成器。",
)
def ignores_the_generator(per_example, clip_norm, noise_multiplier, expected_batch=None, generator=None):
    return solution.private_gradient(per_example, clip_norm, noise_multiplier, expected_batch)


@mistake(
    of="redact",
    en="It looks like you look for telephone numbers before cards. The order is that of FORMS.",
    zh="看起来先找了电话号码、后找卡号。应按 FORMS 的次序。",
    breaks="says what each kind looks like, and in which order to look",
)
def looks_for_phones_before_cards(text):
    return redacted(text, sorted(FORMS, key=lambda one: ("EMAIL", "ID", "PHONE", "CARD").index(one[0])))


@mistake(
    of="is_card_number",
    en="It looks like 12 digits are accepted too. Cards have 13 to 19.",
    zh="看起来 12 位也接受了。卡号有 13 到 19 位。",
)
def accepts_twelve_digits(digits):
    return bool(re.fullmatch("[0-9]{12,19}", digits)) and luhn(digits[::-1], doubled_from=1)


@mistake(
    of="is_card_number",
    en=r"It looks like digits of other scripts count, too, full-width ones among them: \d and `str.isdigit` take them. "
    "Only 0 to 9 are digits here: write [0-9].",
    zh=r"看起来其他文字的数字也被算作数字，例如全角数字：\d 和 `str.isdigit` 都接受它们。"
    "这里只有 0 到 9 是数字：应写成 [0-9]。",
    breaks="Digits are 0 to 9",
)
def takes_the_digits_of_all_scripts(digits):
    return bool(re.fullmatch(r"\d{13,19}", digits)) and luhn(digits[::-1], doubled_from=1)
