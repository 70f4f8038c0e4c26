"""Given: what the assistant says when it refuses, and the patterns by which the guard knows what to keep out.

    language("灯塔什么时候开放？")          # "zh"
    sentences("One. Two, e.g. this.")       # ["One. ", "Two, e.g. ", "this."]

The patterns know common wordings and nothing else: they are a sieve, not a wall. The handout says what passes.
"""

import re

REFUSALS = {
    "en": "I found nothing about this in the documents. It may still be there in other words.",
    "zh": "我在文档中没有找到与此相关的内容；也可能文档里换了别的说法。",
}
"""What is said when no passage is relevant enough. It does not claim that the documents are silent: search can miss."""

TOXIC = {
    "en": "Please ask without insults. Nothing was searched.",
    "zh": "请不要使用侮辱性的语言。本次没有进行检索。",
}
"""What is said to toxic input."""


class Refused(ValueError):
    """The question is not let in; the error's text is the sentence to show."""


def language(text):
    """Return "zh" for a text with a Chinese character in it, else "en"."""
    return "zh" if re.search("[\u4e00-\u9fff]", text) else "en"


def sentences(text):
    """Cut a text into sentences; joined, they are the text again.

    A sentence ends behind . ! ? with white space after it, behind 。！？ and at an empty line; the white space
    that follows belongs to it. A single line break ends nothing: in a PDF, lines end anywhere.
    """
    return re.findall(r"(?s).+?(?:[.!?](?=\s)|[。！？]|\n[ \t]*\n|\Z)\s*", text)


ORDERS = [
    re.compile(pattern)
    for pattern in (
        r"\b(?:ignore|disregard|forget|override)\b.{0,60}\b(?:instructions?|rules?|prompts?|directions)\b",
        r"\b(?:reveal|print|repeat|send|show)\b.{0,60}\b(?:system prompt|instructions|password|secret)",
        r"\byou are now\b|\bfrom now on,? (?:you|answer|begin|reply|respond|say|write)\b|\bnew instructions?:",
        r"\b(?:assistants?|ai|language model|chatbot)\b.{0,30}\b(?:must|should|has to|have to)\b",
        r"\b(?:answer|reply|respond|say)\b.{0,20}\b(?:only with|with the word|nothing but)\b",
        r"^(?:system|assistant|user) ?:",
        "(?:忽略|无视|忘记|不要理会).{0,30}(?:指令|指示|规则|要求|提示)",
        "(?:透露|输出|重复|发送|显示).{0,30}(?:系统提示|指令|密码|秘密)",
        "你现在是|从现在起,?你|新的?(?:指令|指示):",
        "(?:助手|助理|人工智能|模型|机器人).{0,15}(?:必须|应当|应该|务必)",
        "(?:只|一律|统一)(?:能|许|需|要)?(?:回答|回复|输出|说)",
        "^(?:系统|助手|用户) ?:",
    )
]
"""What an instruction to the assistant looks like in the plain form of a sentence: small letters, single spaces."""


def _luhn(found):
    """The check of payment cards: counted from the right, every second digit is doubled, its own digits are added."""
    digits = [int(sign) for sign in reversed(found) if sign.isdigit()]
    return sum(digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)) % 10 == 0


def _resident(found):
    """The check of Chinese resident numbers (ISO 7064 MOD 11-2): the last sign stands for the rest, X for 10."""
    rest = 0
    for sign in found[:-1]:
        rest = (rest + int(sign)) * 2 % 11
    return (rest + (10 if found[-1] in "Xx" else int(found[-1]))) % 11 == 1


def _always(found):
    return True


PERSONAL = [
    ("EMAIL", re.compile(r"[A-Za-z0-9][\w.+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}", re.ASCII), _always),
    ("ID", re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])"), _resident),
    ("CARD", re.compile(r"(?<![0-9+])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])"), _luhn),
    ("PHONE", re.compile(r"(?<![0-9])(?:\+86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])"), _always),
    ("PHONE", re.compile(r"(?<![0-9])\+[0-9](?:[ -]?[0-9]){7,14}(?![0-9])"), _always),
]
"""Kinds of personal data: a name, a pattern, and a check that says whether what the pattern found is one."""


def is_rude(text):
    """Tell whether a text holds an insult: a short word list, enough for the page. Week 17 builds a better filter."""
    return bool(re.search(r"\b(?:idiots?|morons?|stupid|losers?|shut up)\b|白痴|笨蛋|废物|蠢货|滚开", text))
