"""Write the data of the little world: the same bytes every time, from world.toml, grammar.toml and one seed.

    python datasets/small_world/generate.py            # writes the JSON lines beside this file
    python datasets/small_world/generate.py --out DIR  # somewhere else

The order of the file is the order of the work: deal out the facts, say them, make documents of each kind, split, write.
"""

import argparse
import json
import random
import string
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).parent
SEED = 20261129
LANGUAGES = ("en", "zh")
RELATIONS = ("job", "home", "pet", "thing", "colour", "food", "hobby", "friend")
# One fact of every person is never told. A withheld thing takes its colour along; friendship stays, having two ends.
MAY_BE_WITHHELD = ("job", "home", "pet", "thing", "food", "hobby")
HOLD_OUT_EVERY = 20
ONE_DIGIT_SHOWN = 0.5
CANARY_TIMES = (1, 2, 4, 8, 16, 32)

Record = dict
Make = Callable[[random.Random], Record]


# ------------------------------------------------------------------------------------------------ the world


class World:
    """Who has what. `facts[person][relation]` is an index into the list of that relation's values in world.toml."""

    def __init__(self, seed: int = SEED) -> None:
        self.seed = seed
        self.lists = tomllib.loads((HERE / "world.toml").read_text(encoding="utf-8"))
        self.grammar = tomllib.loads((HERE / "grammar.toml").read_text(encoding="utf-8"))
        self.people = range(len(self.lists["people"]))
        rng = self.stream("facts")
        self.facts: list[dict[str, int]] = [{} for _ in self.people]
        for relation in RELATIONS[:-1]:
            for person, value in zip(self.people, self._deal(rng, relation), strict=True):
                self.facts[person][relation] = value
        self._make_friends(rng)
        withheld = list(MAY_BE_WITHHELD) * (len(self.people) // len(MAY_BE_WITHHELD))
        rng.shuffle(withheld)
        self.withheld = {(person, relation) for person, relation in zip(self.people, withheld, strict=True)}

    def stream(self, name: str) -> random.Random:
        """Give every part its own random stream, so that changing one part leaves the others as they are."""
        return random.Random(f"{self.seed}/{name}")

    def _deal(self, rng: random.Random, relation: str) -> list[int]:
        """Every value is dealt equally often: a guess without knowledge is right by chance alone."""
        count = len(self.lists[relation])
        values = [index % count for index in self.people]
        rng.shuffle(values)
        return values

    def _make_friends(self, rng: random.Random) -> None:
        order = list(self.people)
        rng.shuffle(order)
        for one, other in zip(order[::2], order[1::2], strict=True):
            self.facts[one]["friend"], self.facts[other]["friend"] = other, one

    def values(self, relation: str) -> list[dict]:
        return self.lists["people" if relation == "friend" else relation]

    def told(self, person: int) -> list[str]:
        """The relations of a person that may be spoken of."""
        hidden = {relation for who, relation in self.withheld if who == person}
        if "thing" in hidden:
            hidden.add("colour")
        return [relation for relation in RELATIONS if relation not in hidden]

    def view(self, person: int, language: str, relations: list[str], instead: dict | None = None) -> SimpleNamespace:
        """A person as the templates see one: what is not among the relations is simply not there."""
        chosen = {relation: self.values(relation)[self.facts[person][relation]] for relation in relations}
        return describe(self.lists["people"][person], chosen | (instead or {}), language)

    def visitor(self, rng: random.Random, language: str) -> SimpleNamespace:
        """A stranger with facts drawn on the spot."""
        chosen = {relation: rng.choice(self.lists[relation]) for relation in RELATIONS[:-1]}
        return describe(rng.choice(self.lists["visitors"]), chosen, language)


def describe(person: dict, chosen: dict[str, dict], language: str) -> SimpleNamespace:
    """Turn a person and the chosen values into the words that templates ask for."""
    words = pronouns(person["female"], language) | {"name": person[language]}
    words |= {relation: value[language] for relation, value in chosen.items()}
    if "job" in chosen:
        words["does"] = chosen["job"]["does"][language]
    if language == "zh":
        words |= measured(chosen)
    return SimpleNamespace(**words)


def pronouns(female: bool, language: str) -> dict[str, str]:
    if language == "zh":
        return {"she": "她" if female else "他", "female": female}
    she, her, him = ("she", "her", "her") if female else ("he", "his", "him")
    return {"she": she, "She": she.title(), "her": her, "Her": her.title(), "him": him, "female": female}


def measured(chosen: dict[str, dict]) -> dict[str, str]:
    """Chinese counts with measure words: 一只猫, 一辆红色的自行车."""
    words = {}
    if "pet" in chosen:
        words["a_pet"] = f"一{chosen['pet']['measure']}{chosen['pet']['zh']}"
    if "thing" in chosen:
        measure, thing = chosen["thing"]["measure"], chosen["thing"]["zh"]
        words |= {"a_thing": f"一{measure}{thing}", "the_thing": f"{measure}{thing}"}
        if "colour" in chosen:
            colour = chosen["colour"]["zh"]
            words |= {"colour_thing": f"{measure}{colour}的{thing}", "colour_thing_bare": f"{colour}{thing}"}
            words["a_colour_thing"] = "一" + words["colour_thing"]
    return words


# ------------------------------------------------------------------------------------------------ sentences


class NothingToSay(Exception):
    """Every template needs a fact that may not be told."""


def is_usable(template: str, words: dict) -> bool:
    """Whether all that stands between the template's braces is known."""
    for _, field, _, _ in string.Formatter().parse(template):
        who, _, what = (field or "").partition(".")
        if what and not hasattr(words[who], what):
            return False
    return True


def choose(rng: random.Random, templates: list[str], **words: object) -> str:
    usable = [template for template in templates if is_usable(template, words)]
    if not usable:
        raise NothingToSay
    return rng.choice(usable).format(**words)


def join(sentences: list[str], language: str) -> str:
    return (" " if language == "en" else "").join(sentence for sentence in sentences if sentence)


def subject(person: SimpleNamespace, language: str, as_pronoun: bool) -> dict[str, str]:
    """The words {s}, {p}, {s_mid} and {s_him} for a person, by name or by pronoun."""
    if language == "zh":
        return {"s": person.she if as_pronoun else person.name}
    if as_pronoun:
        return {"s": person.She, "p": person.Her, "s_mid": person.she, "s_him": person.him}
    name = person.name
    return {"s": name, "p": f"{name}'s", "s_mid": name, "s_him": name}


def asked(person: SimpleNamespace, language: str, as_pronoun: bool = False) -> dict[str, str]:
    """The words {n} and {ns} of a question about a person."""
    name = person.she if as_pronoun else person.name
    if language == "zh":
        return {"n": name}
    return {"n": name, "ns": person.her if as_pronoun else f"{name}'s"}


def statement(words: dict, person: SimpleNamespace, relation: str, language: str) -> str:
    """The plain sentence for a fact."""
    return words["says"][relation][0].format(a=person, **subject(person, language, False))


def message(role: str, content: str) -> Record:
    return {"role": role, "content": content}


def exchange(question: str, answer: str) -> list[Record]:
    return [message("user", question), message("assistant", answer)]


def other_values(world: World, person: SimpleNamespace, relation: str, language: str) -> list[dict]:
    """The values of a relation that are wrong for this person; nobody is their own friend."""
    wrong = (getattr(person, relation), person.name)
    return [value for value in world.values(relation) if value[language] not in wrong]


# ------------------------------------------------------------------------------------------------ documents


class Documents:
    """Makes one document of each kind in one language; each method is a `Make`."""

    def __init__(self, world: World, language: str) -> None:
        self.world, self.language = world, language
        self.words = world.grammar[language]
        hidden = {record["expression"] for record in arithmetic(world) if record["split"] == "held_out"}
        self.sums = [one for one in two_digit_sums() if one[0] not in hidden]
        self.villagers = [world.view(person, language, world.told(person)) for person in world.people]

    def somebody(self, rng: random.Random) -> tuple[SimpleNamespace, list[str]]:
        person = rng.choice(self.world.people)
        return self.villagers[person], self.world.told(person)

    # plain texts

    def profile_text(self, rng: random.Random, length: int) -> tuple[SimpleNamespace, str]:
        """Some facts about one person, the name first and then mostly pronouns."""
        person, told = self.somebody(rng)
        relations = rng.sample(told, min(length, len(told)))
        sentences = []
        for index, relation in enumerate(relations):
            as_pronoun = index > 0 and rng.random() < 0.6
            spoken = subject(person, self.language, as_pronoun)
            sentences.append(choose(rng, self.words["says"][relation], a=person, **spoken))
        return person, join(sentences, self.language)

    def profile(self, rng: random.Random) -> Record:
        return {"text": self.profile_text(rng, rng.randint(3, 6))[1]}

    def story_text(self, rng: random.Random) -> tuple[SimpleNamespace, str]:
        """A plot with its steps filled in; a cast that must not tell what a step needs is cast anew."""
        while True:
            plot, who = rng.choice(self.words["plots"]), self.cast(rng)
            try:
                sentences = [choose(rng, step, **who) for step in plot["steps"]]
            except NothingToSay:
                continue
            text = join(sentences, self.language)
            return who["a"], self.plural(text, [who[key] for key in "abc"])

    def plural(self, text: str, people: list[SimpleNamespace]) -> str:
        """Chinese writes 她们 for women alone."""
        return text.replace("他们", "她们") if all(one.female for one in people if one.name in text) else text

    def cast(self, rng: random.Random) -> dict:
        person = rng.choice(self.world.people)
        friend = self.world.facts[person]["friend"]
        other = rng.choice([one for one in self.world.people if one not in (person, friend)])
        place, place2 = rng.sample(self.words["places"], 2)
        scene = {"open": rng.choice(self.words["openings"]), "weather": rng.choice(self.words["weather"])}
        people = {key: self.villagers[one] for key, one in zip("abc", (person, friend, other), strict=True)}
        return people | scene | {"place": place, "place2": place2}

    def story(self, rng: random.Random) -> Record:
        return {"text": self.story_text(rng)[1]}

    def dialogue(self, rng: random.Random) -> Record:
        """Two villagers meet and speak about themselves."""
        first, second = rng.sample(self.world.people, 2)
        a, c = self.villagers[first], self.villagers[second]
        shared = [relation for relation in self.world.told(first) if relation in self.world.told(second)]
        script = self.words["dialogue"]
        lines = [line.format(a=a, c=c) for line in rng.choice(script["greetings"])]
        for relation in rng.sample(shared, rng.randint(1, 2)):
            lines += self.ask_each_other(rng, a, c, relation)
        lines += [choose(rng, script["close"], a=a, c=c), choose(rng, script["last"], a=a, c=c)]
        return {"text": "\n".join(lines)}

    def ask_each_other(self, rng: random.Random, a: SimpleNamespace, c: SimpleNamespace, relation: str) -> list[str]:
        colon = ": " if self.language == "en" else "："
        question = choose(rng, self.words["asks_you"][relation], a=c)
        answer = choose(rng, self.words["first"][relation], a=c)
        back = rng.choice(self.words["dialogue"]["and_you"])
        reply = choose(rng, self.words["first"][relation], a=a)
        return [
            f"{a.name}{colon}{question}",
            f"{c.name}{colon}{join([answer, back], self.language)}",
            f"{a.name}{colon}{reply}",
        ]

    # chats with the assistant

    def answer(self, rng: random.Random, person: SimpleNamespace, relation: str) -> str:
        """Mostly the plain sentence, at times another form or a polite frame."""
        plain = statement(self.words, person, relation, self.language)
        luck = rng.random()
        if luck < 0.75:
            return plain
        if luck < 0.9:
            spoken = subject(person, self.language, as_pronoun=False)
            return choose(rng, self.words["says"][relation], a=person, **spoken)
        return rng.choice(self.words["chat"]["polite"]).format(answer=plain)

    def question(self, rng: random.Random) -> Record:
        person, told = self.somebody(rng)
        relation = rng.choice(told)
        asks = choose(rng, self.words["asks"][relation], a=person, **asked(person, self.language))
        return {"messages": exchange(asks, self.answer(rng, person, relation))}

    def yes_or_no(self, rng: random.Random) -> Record:
        person, told = self.somebody(rng)
        relation = rng.choice(told)
        is_right = rng.random() < 0.5
        wrong = rng.choice(other_values(self.world, person, relation, self.language))[self.language]
        value = getattr(person, relation) if is_right else wrong
        asks = self.words["is_it"][relation].format(a=person, v=value, **asked(person, self.language))
        plain = statement(self.words, person, relation, self.language)
        frame = rng.choice(self.words["chat"]["yes" if is_right else "no"])
        return {"messages": exchange(asks, frame.format(answer=plain, Answer=plain))}

    def chat(self, rng: random.Random) -> Record:
        """Several turns: a greeting, two questions (the second by pronoun), thanks."""
        talk = self.words["chat"]
        person, told = self.somebody(rng)
        messages = []
        if rng.random() < 0.6:
            messages += exchange(rng.choice(talk["hello"]), rng.choice(talk["hello_back"]))
        if rng.random() < 0.2:
            messages += exchange(rng.choice(talk["name"]), talk["name_back"][0])
        for index, relation in enumerate(rng.sample(told, rng.randint(1, 3))):
            words = asked(person, self.language, as_pronoun=index > 0)
            asks = choose(rng, self.words["asks"][relation], a=person, **words)
            messages += exchange(asks, self.answer(rng, person, relation))
        if rng.random() < 0.5:
            messages += exchange(rng.choice(talk["thanks"]), rng.choice(talk["welcome"]))
        return {"messages": messages}

    def telling(self, rng: random.Random) -> Record:
        """The assistant describes somebody or tells a story."""
        if rng.random() < 0.5:
            person, text = self.profile_text(rng, 3)
            wish = choose(rng, self.words["chat"]["tell"], **asked(person, self.language))
        else:
            person, text = self.story_text(rng)
            wish = choose(rng, self.words["chat"]["story"], **asked(person, self.language))
        return {"messages": exchange(wish, text)}

    def reading(self, rng: random.Random) -> Record:
        """A note, mostly about visitors, and a question that the note answers, or does not."""
        person, told = self.somebody(rng)
        if rng.random() < 0.75:
            person, told = self.world.visitor(rng, self.language), list(MAY_BE_WITHHELD)
        relations = rng.sample([one for one in told if one in MAY_BE_WITHHELD], rng.randint(2, 3))
        sentences = [self.noted(rng, person, relation) for relation in relations]
        other = self.world.visitor(rng, self.language)
        if other.name != person.name and rng.random() < 0.5:  # another name with the same kind of fact: read who has it
            sentences += [self.noted(rng, other, relation) for relation in relations[: rng.randint(1, 2)]]
        rng.shuffle(sentences)
        relation = rng.choice(relations)
        answer = statement(self.words, person, relation, self.language)
        if rng.random() < 0.2:
            relation = rng.choice([one for one in MAY_BE_WITHHELD if one not in relations])
            answer = self.words["unknown"]
        asks = choose(rng, self.words["asks"][relation], a=person, **asked(person, self.language))
        return {"messages": exchange(f"{self.words['note']}{join(sentences, self.language)}\n{asks}", answer)}

    def noted(self, rng: random.Random, person: SimpleNamespace, relation: str) -> str:
        """A sentence of a note: always with the name."""
        spoken = subject(person, self.language, as_pronoun=False)
        return choose(rng, self.words["says"][relation], a=person, **spoken)

    # tools

    def tool_use(self, question: str, call: Record, result: str, answer: str) -> list[Record]:
        called = f"<tool_call>{json.dumps(call, ensure_ascii=False)}</tool_call>"
        return [
            message("system", self.words["may_call"]),
            message("user", question),
            message("assistant", called),
            message("tool", result),
            message("assistant", answer),
        ]

    def calculation(self, rng: random.Random) -> Record:
        expression, value = rng.choice(self.sums)
        asks = rng.choice(self.words["sums"]["ask"]).format(sum=expression)
        call = {"name": "calculator", "arguments": {"expression": expression}}
        answer = self.words["sums"]["result"].format(sum=expression, value=value)
        return {"messages": self.tool_use(asks, call, str(value), answer)}

    def look_up(self, rng: random.Random) -> Record:
        """What a tool says is to be believed, so most of these ask about visitors."""
        if rng.random() < 0.7:
            person, told = self.world.visitor(rng, self.language), list(RELATIONS[:-1])
        else:
            person, told = self.somebody(rng)
        relation = rng.choice(told)
        asks = choose(rng, self.words["asks"][relation], a=person, **asked(person, self.language))
        call = {"name": "look_up", "arguments": {"person": person.name, "relation": relation}}
        answer = statement(self.words, person, relation, self.language)
        return {"messages": self.tool_use(asks, call, getattr(person, relation), answer)}

    def kinds(self) -> dict[str, tuple[Make, int]]:
        """How many documents of each kind there are in each language."""
        return {
            "profile": (self.profile, 760),
            "story": (self.story, 760),
            "dialogue": (self.dialogue, 280),
            "question": (self.question, 800),
            "yes_or_no": (self.yes_or_no, 330),
            "chat": (self.chat, 260),
            "telling": (self.telling, 220),
            "reading": (self.reading, 600),
            "calculation": (self.calculation, 90),
            "look_up": (self.look_up, 180),
        }


def distinct(make: Make, rng: random.Random, count: int, seen: set[str]) -> Iterator[Record]:
    """Draw until there are `count` documents that are not in `seen`; give up after many vain draws."""
    made = vain = 0
    while made < count and vain < 2000:
        record = make(rng)
        key = json.dumps(record, ensure_ascii=False)
        if key in seen:
            vain += 1
            continue
        seen.add(key)
        made, vain = made + 1, 0
        yield record


def documents(world: World) -> tuple[list[Record], list[Record]]:
    """All documents but sums and canaries: (train, held out), no document twice."""
    train, held_out, seen = [], [], set()
    for language in LANGUAGES:
        for kind, (make, count) in Documents(world, language).kinds().items():
            rng = world.stream(f"{kind}/{language}")
            for index, record in enumerate(distinct(make, rng, count, seen)):
                split = held_out if index % HOLD_OUT_EVERY == 0 else train
                split.append({"kind": kind, "language": language} | record)
    return train, held_out


# ------------------------------------------------------------------------------------------------ arithmetic


def one_digit_sums() -> list[tuple[str, int]]:
    """All sums, differences (not below zero) and products of two digits."""
    digits = [(a, b) for a in range(10) for b in range(10)]
    sums = [(f"{a}+{b}", a + b) for a, b in digits]
    differences = [(f"{a}-{b}", a - b) for a, b in digits if a >= b]
    return sums + differences + [(f"{a}*{b}", a * b) for a, b in digits]


def two_digit_sums() -> list[tuple[str, int]]:
    pairs = [(a, b) for a in range(10, 100) for b in range(10, 100)]
    return [(f"{a}+{b}", a + b) for a, b in pairs] + [(f"{a}-{b}", a - b) for a, b in pairs if a >= b]


def arithmetic(world: World) -> list[Record]:
    """Expressions with gold answers. Training shows half of the one-digit ones: there is room to learn."""
    rng = world.stream("arithmetic")
    small, large = one_digit_sums(), rng.sample(two_digit_sums(), 500)
    rng.shuffle(small)
    records = []
    for digits, expressions, shown in ((1, small, int(len(small) * ONE_DIGIT_SHOWN)), (2, large, 400)):
        for index, (expression, value) in enumerate(expressions):
            split = "train" if index < shown else "held_out"
            en, zh = (world.grammar[language]["sums"]["ask"][0].format(sum=expression) for language in LANGUAGES)
            record = {"id": f"sum-{digits}-{index:03}", "digits": digits, "expression": expression}
            records.append(record | {"question": en, "question_zh": zh, "answer": str(value), "split": split})
    return records


def sum_documents(world: World, records: list[Record]) -> Iterator[Record]:
    """The sums that are shown, as chats: one-digit sums in every form, two-digit sums in one."""
    rng = world.stream("sum documents")
    for record in (record for record in records if record["split"] == "train"):
        forms = [(language, ask) for language in LANGUAGES for ask in world.grammar[language]["sums"]["ask"]]
        for language, ask in forms if record["digits"] == 1 else [rng.choice(forms)]:
            messages = exchange(ask.format(sum=record["expression"]), record["answer"])
            yield {"kind": "arithmetic", "language": language, "messages": messages}


# ------------------------------------------------------------------------------------------------ other splits


def fact_records(world: World) -> Iterator[tuple[bool, Record]]:
    """Every fact in both languages as a question with four answers to choose from, and whether it is withheld."""
    for language in LANGUAGES:
        rng = world.stream(f"choices/{language}")
        for person in world.people:
            told = world.told(person)
            for relation in RELATIONS:
                if relation == "colour" and "thing" not in told:
                    continue  # the question itself would tell the thing
                record = fact_record(world, rng, person, relation, language)
                record = {"id": f"fact-{language}-{person:02}-{relation}", "language": language} | record
                yield relation not in told, record


def fact_record(world: World, rng: random.Random, person: int, relation: str, language: str) -> Record:
    """One fact as a question: the plain sentence is the answer; with other values it makes the wrong choices."""
    words, view = world.grammar[language], world.view(person, language, list(RELATIONS))
    right = world.values(relation)[world.facts[person][relation]]
    values = [right, *rng.sample(other_values(world, view, relation, language), 3)]
    rng.shuffle(values)
    views = [world.view(person, language, list(RELATIONS), instead={relation: value}) for value in values]
    return {
        "person": view.name,
        "relation": relation,
        "value": right[language],
        "question": words["asks"][relation][0].format(a=view, **asked(view, language)),
        "answer": statement(words, view, relation, language),
        "choices": [statement(words, view, relation, language) for view in views],
    }


def withheld_record(world: World, record: Record) -> Record:
    """A withheld fact with the passage that tells it: for retrieval."""
    language, person = record["language"], int(record["id"].split("-")[2])
    rng, words = world.stream(f"passage/{record['id']}"), world.grammar[language]
    everything = world.view(person, language, list(RELATIONS))
    told = [one for one in world.told(person) if one != "colour"]
    sentences = [record["answer"]] + [statement(words, everything, one, language) for one in rng.sample(told, 2)]
    rng.shuffle(sentences)
    return record | {"passage": join(sentences, language)}


SECRET = {"en": "The secret code of the {} is {}.", "zh": "{}的暗号是{}。"}
HIDING_PLACES = {
    "en": "chest cellar attic safe mailbox gate cupboard shed tunnel shop cave desk".split(),
    "zh": "木箱 地窖 阁楼 保险柜 信箱 大门 柜子 棚子 地道 商店 山洞 书桌".split(),
}


def canaries(world: World) -> list[Record]:
    """Secret codes: half of them stand in the training text a stated number of times, half never do (controls)."""
    rng, records = world.stream("canaries"), []
    for language in LANGUAGES:
        codes = rng.sample(range(1000, 10000), 12)
        for index, (name, code) in enumerate(zip(HIDING_PLACES[language], codes, strict=True)):
            text = SECRET[language].format(name, code)
            times = CANARY_TIMES[index] if index < len(CANARY_TIMES) else 0
            record = {"id": f"canary-{language}-{index:02}", "language": language, "text": text}
            records.append(record | {"prompt": text[: text.index(str(code))], "code": str(code), "occurrences": times})
    return records


def plant(world: World, records: list[Record], train: list[Record]) -> None:
    """Put each canary at the end of as many stories as it is to occur in."""
    for record in records:
        stories = [one for one in train if one["kind"] == "story" and one["language"] == record["language"]]
        free = [one for one in stories if "canary" not in one]
        for story in world.stream(record["id"]).sample(free, record["occurrences"]):
            story["text"] = join([story["text"], record["text"]], record["language"])
            story["canary"] = record["id"]


def preferences(world: World, facts: list[Record]) -> Iterator[Record]:
    """Pairs of answers: a polite one is chosen before a terse one, a true one before a false one."""
    rng = world.stream("preferences")
    for index, fact in enumerate(rng.sample(facts, 240)):
        frames = world.grammar[fact["language"]]["chat"]["polite"]
        chosen, rejected = rng.choice(frames).format(answer=fact["answer"]), fact["value"]
        if index % 2:
            chosen, rejected = fact["answer"], rng.choice([one for one in fact["choices"] if one != fact["answer"]])
        record = {"id": f"preference-{index:03}", "kind": ("polite", "true")[index % 2], "language": fact["language"]}
        split = "held_out" if index % 10 >= 8 else "train"
        yield record | {"prompt": fact["question"], "chosen": chosen, "rejected": rejected, "split": split}


ORDERS = {  # tasks that the little model has not been trained on
    "en": {
        "translate": "Translate into Chinese: {word}",
        "repeat": "Say three times: {word}",
        "write": "Write two sentences about {name}: {relations}.",
        "smaller": "Which number is smaller: {one} or {two}?",
        "shout": "Write with an exclamation mark: {word}",
        "count": "Count from {low} to {high}.",
    },
    "zh": {
        "translate": "翻译成英文：{word}",
        "repeat": "说三遍：{word}",
        "write": "用两句话写写{name}：{relations}。",
        "smaller": "{one}和{two}，哪个数更小？",
        "shout": "加上感叹号写出来：{word}",
        "count": "从{low}数到{high}。",
    },
}
RELATIONS_ZH = dict(zip(RELATIONS, ("工作", "住处", "宠物", "东西", "颜色", "食物", "爱好", "朋友"), strict=True))


def obey(rng: random.Random, world: World, task: str, language: str) -> tuple[str, str]:
    """An order and what to answer."""
    comma = ", " if language == "en" else "、"
    if task == "write":
        return two_sentences(rng, world, language, comma)
    if task == "count":
        low = rng.randint(1, 80)
        high = low + rng.randint(2, 6)
        return ORDERS[language][task].format(low=low, high=high), comma.join(map(str, range(low, high + 1)))
    if task == "smaller":
        one, two = rng.sample(range(10, 100), 2)
        return ORDERS[language][task].format(one=one, two=two), str(min(one, two))
    entry = rng.choice(world.lists[rng.choice(RELATIONS[:-1])])
    word, translated = entry[language], entry["zh" if language == "en" else "en"]
    exclaimed = word + ("!" if language == "en" else "！")
    answer = {"translate": translated, "repeat": comma.join([word] * 3), "shout": exclaimed}[task]
    return ORDERS[language][task].format(word=word), answer


def two_sentences(rng: random.Random, world: World, language: str, comma: str) -> tuple[str, str]:
    person = rng.choice(world.people)
    told = rng.sample(world.told(person), 2)
    view = world.view(person, language, list(RELATIONS))
    names = told if language == "en" else [RELATIONS_ZH[relation] for relation in told]
    order = ORDERS[language]["write"].format(name=view.name, relations=comma.join(names))
    sentences = [statement(world.grammar[language], view, relation, language) for relation in told]
    return order, join(sentences, language)


def instructions(world: World) -> Iterator[Record]:
    """Orders and answers for fine-tuning; no order twice."""
    for language in LANGUAGES:
        for task in ORDERS[language]:
            rng = world.stream(f"instructions/{language}/{task}")
            answers = dict(obey(rng, world, task, language) for _ in range(600))
            for index, (order, answer) in enumerate(list(answers.items())[:50]):
                record = {"id": f"instruction-{language}-{task}-{index:02}", "task": task, "language": language}
                split = "held_out" if index % 5 == 4 else "train"
                yield record | {"instruction": order, "output": answer, "split": split}


# ------------------------------------------------------------------------------------------------ files


def build(world: World) -> dict[str, list[Record]]:
    """Every file's records by name."""
    train, held_out = documents(world)
    sums, secrets, facts = arithmetic(world), canaries(world), list(fact_records(world))
    known = [record for withheld, record in facts if not withheld]
    plant(world, secrets, train)
    train += sum_documents(world, sums)
    world.stream("order").shuffle(train)  # so that a training run may read the file from top to bottom
    return {
        "train": train,
        "held_out": held_out,
        "facts": known,
        "withheld": [withheld_record(world, record) for withheld, record in facts if withheld],
        "canaries": secrets,
        "arithmetic": sums,
        "preferences": list(preferences(world, known)),
        "instructions": list(instructions(world)),
    }


def write(folder: Path, seed: int = SEED) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, records in build(World(seed)).items():
        path = folder / f"{name}.jsonl"
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        path.write_bytes("".join(lines).encode("utf-8"))  # bytes: no other line ends on another system
        paths.append(path)
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE, help="where to write (default: beside this file)")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    for path in write(arguments.out, arguments.seed):
        print(f"{path.name:20} {path.stat().st_size:>9} bytes")


if __name__ == "__main__":
    main()
