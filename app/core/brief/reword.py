"""
Sentences said more smoothly by a language model, where a site lets one be asked; and what of its answer may stand.

Only words that we ourselves use leave. Numbers, dates, codes, quotes, names, what is in brackets, what is denied and
every word of the chart that is none of ours are held back and stand as [1], [2] … in what is asked. Of an answer, a
sentence stands only if every place and every telling word is there, in the order it was in; only small words may come
or go. Else our own sentence stands.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from app.core.brief.facts import Sentence
from app.core.brief.page import Brief
from app.core.rulebook.criteria import ServiceCriteria

MOST_SENTENCES = 16  # of one question
LONGEST = 400
_UNITS = (
    "mg|mcg|µg|ug|g|kg|ml|l|mm|cm|m|%|percent|units?|iu|mmol|points?|times?|visits?|sessions?|doses?|tablets?"
    "|minutes?|hours?|days?|weeks?|months?|years?"
)
_NEGATION = (
    r"(?:no|not|without|never|none|neither|nor|denie[sd]|denying|negative|absent|absence|free of|ruled? out|unlikely"
    r"|lack(?:s|ed|ing)?|declin\w*|refus\w*|unable|cannot|fail\w*|un(?:changed|documented|treated|known)|\w+n't)"
)
_HELD = re.compile(
    r"(?P<quote>“[^”]*”|\"[^\"]*\")"
    r"|(?P<bracket>\([^()]*\))"
    rf"|(?P<negation>(?<!\w){_NEGATION}(?!\w)[^,;:.(“\"]*(?<=\S))"
    rf"|(?P<number>[^\s,;:(]*\d(?:[^\s,;]*[^\s,;:.])?(?:\s(?:{_UNITS})(?!\w))?)"
    r"|(?P<sign>[^\sA-Za-z,;:.'-][^\s,;:.]*)"
    r"|(?P<word>[A-Za-z'-]+)",
    re.IGNORECASE,
)
_MARK = "\x00"  # stands in no text that is shown
_RUN = re.compile(rf"{_MARK}\d+{_MARK}(?: {_MARK}\d+{_MARK})*")
_PLACE = re.compile(r"\[[0-9]{1,2}\]")
_SENT = re.compile(r"(?:[a-z ,;:.'-]|\[[0-9]{1,2}\])+")
_TOKEN = re.compile(r"\[[0-9]{1,2}\]|[a-z'-]+")
# Words that tell nothing: they alone may come or go.
_SMALL = frozenset("a an and also it its that the their there these they this those which who".split())
_PLAIN = _SMALL | frozenset(
    (
        "about active after against all as at before begun between but by change chart completed documented during "
        "each ended every for from given has have in into is are last latest lasting longer measured met "
        "most note of on or over per reason recorded report request result showed shown shows since started "
        "still stopped taken than then to today tried under until was were what when where while with worse "
        "better "
    ).split()
)
_COUNTS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve once twice half first second third".split()
)
_AUXILIARY = frozenset(("was", "were"))  # may come before what was done: "stopped" → "was stopped"


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence as it may leave, in lower case, and what its places hold."""

    text: str
    held: tuple[str, ...]


def vocabulary_of(criteria: Iterable[ServiceCriteria]) -> frozenset[str]:
    """Return the words that may leave: those of shipped rules, in lower case, and plain ones."""
    told = [text for rule in criteria for each in rule.criteria for text in (each.text, each.short)]
    return _PLAIN | {word for text in told for word in re.findall(r"[a-z'-]+", text) if len(word) > 1} - _COUNTS


def mask(text: str, *, ours: Collection[str], names: Collection[str]) -> Masked | None:
    """
    Return a sentence with all held back that may not leave; None where nothing would be left to say otherwise.

    ours: words that may leave (vocabulary_of). names: words that name somebody, held back even where they are ours
    """
    text = " ".join(text.split())
    if _MARK in text or "[" in text or "]" in text or len(text) > LONGEST:
        return None
    folded = {each.casefold() for each in names}
    parts: list[str] = []

    def one(found: re.Match[str]) -> str:
        word = found[0].lower()
        opens = found.start() == 0 and found[0] == word.capitalize()
        if found.lastgroup == "word" and (found[0] == word or opens) and word in ours and word not in folded:
            return word
        parts.append(found[0])
        return f"{_MARK}{len(parts) - 1}{_MARK}"

    marked, held = _HELD.sub(one, text), []

    def number(run: re.Match[str]) -> str:
        held.append(" ".join(parts[int(each)] for each in re.findall(r"\d+", run[0])))
        return f"[{len(held)}]"

    masked = _RUN.sub(number, marked)
    told = [each for each in _TOKEN.findall(masked) if not _PLACE.fullmatch(each) and each not in _SMALL]
    if not _SENT.fullmatch(masked) or len(told) < 2 or not held:
        return None
    return Masked(masked, tuple(held))


def unmask(asked: Masked, answer: object) -> str | None:
    """Return an answer with what was held back put in its places; None where it may not stand."""
    if not isinstance(answer, str) or len(answer) > 2 * len(asked.text) + 40:
        return None
    words = " ".join(answer.split())
    plain = words[:1].lower() + words[1:]
    if not _SENT.fullmatch(plain) or not _tells_the_same(_TOKEN.findall(asked.text), _TOKEN.findall(plain)):
        return None
    said = _PLACE.sub(lambda found: asked.held[int(found[0][1:-1]) - 1], plain)
    said = f"{said[:1].upper()}{said[1:]}"
    return said if said.endswith((".", "”")) else f"{said}."


def _tells_the_same(ours: list[str], theirs: list[str]) -> bool:
    """Whether every place and every telling word stands there in the same order, and nothing else but small words."""
    if any(one == other and one in _SMALL for one, other in pairwise(theirs)):
        return False  # "the the"
    wanted = [each for each in ours if each not in _SMALL]
    given = [each for each in theirs if each not in _SMALL]
    at = 0
    for index, each in enumerate(given):
        if at < len(wanted) and each == wanted[at]:
            at += 1
        elif not (each in _AUXILIARY and index + 1 < len(given) and given[index + 1].endswith("ed")):
            return False
    return at == len(wanted)


def names_of(brief: Brief) -> frozenset[str]:
    """Return the words that name somebody in a brief, and the payer."""
    people = [brief.patient.name, brief.payer, brief.patient.mrn or ""]
    people += [brief.clinician.name if brief.clinician else "", (brief.reviewer.name or "") if brief.reviewer else ""]
    return frozenset(word for each in people for word in re.findall(r"[A-Za-z'-]+", each) if len(word) > 1)


def asked_of(brief: Brief, *, ours: Collection[str]) -> tuple[Masked, ...]:
    """Return what of a brief may be asked for: the answer and the story, each sentence once, those with evidence."""
    names = names_of(brief)
    masked = (mask(each.text, ours=ours, names=names) for each in _spoken(brief) if each.evidence)
    return tuple(dict.fromkeys(each for each in masked if each is not None))[:MOST_SENTENCES]


def reworded(brief: Brief, kept: Callable[[str], object], *, ours: Collection[str]) -> tuple[Brief, int]:
    """
    Return a brief with the answers that may stand, and how many sentences that are; evidence stays as it is.

    kept: the answer to a masked sentence, None where there is none
    """
    names, count = names_of(brief), 0

    def again(sentence: Sentence) -> Sentence:
        nonlocal count
        asked = mask(sentence.text, ours=ours, names=names) if sentence.evidence else None
        said = unmask(asked, kept(asked.text)) if asked else None
        if said is None or said == sentence.text:
            return sentence
        count += 1
        return replace(sentence, text=said)

    told = replace(brief, answer=again(brief.answer), story=tuple(again(each) for each in brief.story))
    return (told, count) if count else (brief, 0)


def _spoken(brief: Brief) -> Iterator[Sentence]:
    yield brief.answer
    yield from brief.story
