"""Sentences of our own making: the contrasts of the lessons, which everyday text shows too rarely.

Who cries and who sings (泣く, 鳴く), weather, homophones in context, opposites and everyday causes. A template is Japanese
text with choices: `{赤い|青い}` is one of the words, `{who}` one of the list of that name, `<渡る>` the verb in a plain or
polite, present or past form, `<渡る:て>` in the given form, `<渡る:た|ている>` in one of the given forms.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.training.contrasts import CONTRASTS, EVERYDAY, SLOTS
from core.training.templates import CAUSES, HOMOPHONES, PAIRS, WEATHER
from core.training.words import ANIMALS, DOGS, LISTS, PEOPLE, Crier

LESSON_SENTENCES = frozenset({"鳥が鳴く", "赤ちゃんが泣く", "雨が激しく降る"})  # kept out of training
BARE_SHARE = 0.15  # of the sentences that end without 。
SHARES = {"cries": 9000, "weather": 4000, "homophones": 5200, "causes": 1800}  # sentences of each group
CONTRAST_SHARES = {"contrasts": 24_000, "everyday": 5000}

ICHIDAN = frozenset(["着る", "変える", "開ける", "見る", "診る", "晴れる", "吠える", "食べる", "かける", "つける"])
STEMS = {"う": "い", "く": "き", "ぐ": "ぎ", "す": "し", "つ": "ち", "ぬ": "に", "ぶ": "び", "む": "み", "る": "り"}
NEGATIVES = {"う": "わ", "く": "か", "ぐ": "が", "す": "さ", "つ": "た", "ぬ": "な", "ぶ": "ば", "む": "ま", "る": "ら"}
JOINING = {
    "う": "って",
    "つ": "って",
    "る": "って",
    "く": "いて",
    "ぐ": "いで",
    "す": "して",
    "ぬ": "んで",
    "ぶ": "んで",
    "む": "んで",
}
LASTING = frozenset({"ずっと", "何度も", "しきりに", "少し"})  # do not go with 始めた, 出した
YOUNG = ("小鳥", "子猫", "子羊", "子牛", "子馬", "子犬")
SIZES = frozenset({"小さな", "大きな", "若い"})  # said already by the names of the young
EVERY_LIST = {**LISTS, **SLOTS}
ANY_FORM = ("", "", "", "た", "た", "ます", "ました")
CRY_FORMS = ("", "", "", "", "", "た", "た", "ている", "ている", "ています", "ました", "ていた", "始めた", "ます")


def conjugate(verb: str, form: str) -> str:
    """Return a verb in a form named by its ending: "" (as in the dictionary), て, た, ている, ます, 始めた, ない …"""
    if not form:
        return verb
    body, last = verb[:-1], verb[-1]
    if verb.endswith("する"):
        stem, negative, joining = verb[:-2] + "し", verb[:-2] + "し", verb[:-2] + "して"
    elif verb in ICHIDAN:
        stem, negative, joining = body, body, body + "て"
    else:
        stem, negative = body + STEMS[last], body + NEGATIVES[last]
        joining = body + ("って" if verb.endswith("行く") else JOINING[last])
    if form.startswith("ない"):
        return negative + form
    if form.startswith("て"):
        return joining + form[1:]
    if form.startswith("た") and form != "たい":
        return joining[:-1] + {"て": "た", "で": "だ"}[joining[-1]] + form[1:]
    return stem + form


def fill(template: str, rng: random.Random, slots: Mapping[str, Sequence[str]] = EVERY_LIST) -> str:
    """Return one sentence of a template (its notation stands at the top of this file)."""

    def choose(match: re.Match[str]) -> str:
        options: Sequence[str] = match[1].split("|") if "|" in match[1] else slots[match[1]]
        return rng.choice(options)

    def inflect(match: re.Match[str]) -> str:
        verb, colon, forms = match[1].partition(":")
        return conjugate(verb, rng.choice(forms.split("|") if colon else ANY_FORM))

    return re.sub(r"<([^<>]*)>", inflect, re.sub(r"\{([^{}]*)\}", choose, template))


def clause(crier: Crier, verb: str, form: str, rng: random.Random, particle: str = "が", length: int = 3) -> str:
    """Return "REASON PLACE MODIFIER NAME が MANNER VERB" with at most `length` of the four extras."""
    extras = {"place": crier.places, "modifier": crier.modifiers, "reason": crier.reasons, "manner": crier.manners}
    used = set(rng.sample(sorted(extras), rng.randint(0, length)))
    part = {name: rng.choice(options) if name in used else "" for name, options in extras.items()}
    name, begins = rng.choice(crier.names), form.startswith(("始", "出"))
    if (part["manner"] in LASTING and begins) or (part["manner"] == "急に" and not begins):
        part["manner"] = ""
    if name.startswith(YOUNG) and part["modifier"] in SIZES:
        part["modifier"] = ""
    before, after = part["reason"], ""
    if before and "が" not in before and rng.random() < 0.6:
        before, after = "", before
    return f"{before}{part['place']}{part['modifier']}{name}{particle}{after}{part['manner']}{conjugate(verb, form)}"


def someone(rng: random.Random) -> tuple[Crier, str]:
    """Return a crier and the verb for it: animals 鳴く, dogs mostly 吠える, people 泣く."""
    draw = rng.random()
    if draw < 0.46:
        return rng.choice((*ANIMALS, *ANIMALS[:1] * 4)), "鳴く"
    if draw < 0.53:
        return DOGS, rng.choice(("吠える", "吠える", "吠える", "吠える", "鳴く"))
    return rng.choice((*PEOPLE, *PEOPLE[:2])), "泣く"


def one_cries(rng: random.Random) -> str:
    """Return a sentence about one crier: time, place, manner, reason, in any form."""
    crier, verb = someone(rng)
    form = rng.choice(CRY_FORMS if verb != "泣く" else (*CRY_FORMS, "出した"))
    time = rng.choice(crier.times) if rng.random() < 0.4 else ""
    if time in {"昨日", "今朝", "昨夜"}:
        form = rng.choice(("た", "た", "ていた", "ていました", "ました"))
    elif time == "さっきから":
        form = rng.choice(("ている", "ています"))
    elif time.startswith("毎") or time.endswith("と"):
        form = rng.choice(("", "", "ます"))
    return (f"{time}、" if time else "") + clause(crier, verb, form, rng, rng.choice("ががががはも"))


def heard(rng: random.Random) -> str:
    """Return a sentence in which the verb is followed by 声, とき, から, ので … or stands before its noun."""
    crier, verb = someone(rng)
    if crier is PEOPLE[-1]:
        crier = PEOPLE[0]  # babies are heard, adults cry quietly
    name = rng.choice(crier.names)
    plain = clause(crier, verb, "", rng, length=2)
    slots = {
        **LISTS,
        "says": (plain, f"{name}が{verb}"),
        "goes_on": (clause(crier, verb, "ている", rng, length=1),),
        "name": (name,),
        "call": (f"{conjugate(verb, '声')}",),
        "calling": (conjugate(verb, "ている"), verb, conjugate(verb, "ていた")),
        "place": crier.places,
        "where": tuple(place.removesuffix("で") for place in crier.places),
        "cry": (conjugate(verb, ""),),
    }
    templates = (
        "{says}声が{する|した|聞こえる|聞こえた|聞こえます|聞こえてくる}",
        "{says}声を{聞く|聞いた|聞きました|聞いて、目が覚めた|聞いて、窓を開けた}",
        "{says}と、{少しうるさい|みんながそちらを見る|遠くまで聞こえる|目が覚める}",
        "{says}とき、{近くへ行ってみる|私はその声を聞く|静かに待つ|母が様子を見に行く}",
        "{goes_on}から、{見に行こう|静かに歩こう|様子を見てきてください}",
        "{goes_on}ので、{見に行った|窓を開けた|なかなか眠れない|様子を見に行きます|みんなが気づいた}",
        "{goes_on}のが{見える|聞こえる|見えた|聞こえた|わかる}",
        "{name}の{call}が{聞こえる|聞こえた|聞こえます|する|遠くまで届く|大きい|近くで聞こえる|やんだ}",
        "{where}から{name}の{call}が{聞こえる|聞こえた|聞こえてきた|聞こえます|する}",
        "{adult}は{name}の{call}{を聞いた|で目を覚ました|に気づいた|に驚いた|を聞いている}",
        "{calling}のは{name}{だ|です|だった|でした}",
        "{place}{calling}のは{name}{だ|です|だった|でした}",
        "{place}{calling}{name}を{見た|見かけた|見つけた|見ました|見つけました}",
        "{name}は{なぜ|どうして|どこで|いつ}{cry}のですか",
        "{name}は{place}{cry}ことが{ある|あります|多い}",
    )
    return fill(rng.choice(templates), rng, slots)


def two_cry(rng: random.Random) -> str:
    """Return a sentence with an animal and a person, each with its own verb."""
    animal, person = rng.choice((*ANIMALS, *ANIMALS[:1] * 4)), rng.choice((*PEOPLE, *PEOPLE[:3] * 2))
    beast, human = rng.choice(animal.names), rng.choice(person.names)
    first, second = (animal, "鳴く"), (person, "泣く")
    if rng.random() < 0.5:
        first, second = second, first
    (one, verb), (other, reply) = first, second

    def said(crier: Crier, word: str, form: str) -> str:
        indoors = replace(crier, places=("",)) if word == "泣く" else crier  # one place is enough
        return clause(indoors, word, form, rng, length=1)

    end = rng.choice(("", "", "た", "ている", "ました", "始めた"))
    past = rng.choice(("た", "ました", "始めた"))
    return rng.choice(
        (
            f"{said(one, verb, '')}と、{said(other, reply, rng.choice(('', '', 'た', 'ます')))}",
            f"{said(one, verb, 'て')}、{said(other, reply, end)}",
            f"{said(animal, '鳴く', 'たので')}、{said(person, '泣く', past)}",
            f"{said(one, verb, 'たとき')}、{said(other, reply, 'ていた')}",
            f"{said(one, verb, 'ているとき')}、{said(other, reply, past)}",
            f"{beast}の{rng.choice(('声', '鳴き声'))}を聞いて{human}が泣{rng.choice(('く', 'いた', 'き出した', 'きました', 'いている'))}",
            f"{beast}は鳴{rng.choice(('き', 'いて'))}、{human}は泣{rng.choice(('く', 'いた', 'いている'))}",
            f"泣いている{human}のそばで{beast}が鳴{rng.choice(('く', 'いた', 'いている', 'いています'))}",
            f"泣いている{human}のそばで犬が吠え{rng.choice(('る', 'た', 'ている', 'ました'))}",
            f"犬が吠え{rng.choice(('ると', 'て', 'たので'))}、{human}が泣{rng.choice(('いた', 'き出した', 'きました'))}",
            f"鳴いている{beast}のそばで{human}が泣{rng.choice(('く', 'いた', 'いている', 'いています'))}",
            f"鳴くのは{beast}で、泣くのは{human}{rng.choice(('だ', 'です'))}",
            f"泣いたのは{human}で、鳴いたのは{beast}{rng.choice(('だ', 'です', 'だった', 'でした'))}",
        )
    )


def cries(rng: random.Random) -> str:
    """Return a sentence of the first group."""
    return rng.choices((one_cries, heard, two_cry), (5, 2, 2))[0](rng)


def from_templates(templates: Sequence[str]) -> Callable[[random.Random], str]:
    """Return a function that draws one sentence of the templates."""
    return lambda rng: fill(rng.choice(templates), rng)


GROUPS: dict[str, Callable[[random.Random], str]] = {
    "cries": cries,
    "weather": from_templates(WEATHER),
    "homophones": from_templates(HOMOPHONES),
    "causes": from_templates(PAIRS + CAUSES),
    "contrasts": from_templates(CONTRASTS),
    "everyday": from_templates(EVERYDAY),
}


def group_sentences(group: str, share: int, seed: int) -> list[str]:
    """Return `share` distinct sentences of one group, without 。; fewer if the templates give no more."""
    rng = random.Random(f"{seed} {group}")
    found: dict[str, None] = {}
    for _ in range(12 * share):
        sentence = GROUPS[group](rng)
        if sentence not in LESSON_SENTENCES:
            found[sentence] = None
        if len(found) == share:
            break
    return list(found)


def sentences(shares: Mapping[str, int], seed: int) -> list[str]:
    """Return distinct sentences of the groups, always the same for a seed; about one in seven has no 。 at its end."""
    rng = random.Random(seed)
    found = [sentence for group, share in shares.items() for sentence in group_sentences(group, share, seed)]
    distinct = list(dict.fromkeys(found))
    rng.shuffle(distinct)
    return [sentence if rng.random() < BARE_SHARE else sentence + "。" for sentence in distinct]


def own_sentences(seed: int) -> list[str]:
    """Return about 20,000 sentences, from which every model learns."""
    return sentences(SHARES, seed)


def contrast_sentences(seed: int) -> list[str]:
    """Return about 29,000 more, from which those learn that choose between homophones: encoder and seq2seq."""
    return sentences(CONTRAST_SHARES, seed)
