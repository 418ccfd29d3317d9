"""
What a denial's words lean towards where none of them gives a reason outright: a suggestion, never a way.

Payers write more sentences than anybody collects. Which things a sentence speaks of (visits and weeks of therapy, the
booklet and its limits, codes and units) still tells what kind of denial it is, though not surely enough to act on.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.core.denial import Quote
from app.core.detect.asides import blank_asides
from app.core.detect.words import Said, fold_text, is_english, is_ruled_out
from app.core.rulebook.denials import DenialRules, Topic
from app.core.rulebook.spelled import spell_short

_NO_CALL = ("benefit", "eligibility")
_ENOUGH = 2  # a word that tells much counts two
_HINTS = 3  # so many that only hint are as good as one
_STEM = 5  # letters by which two words count as one
_TERSE = range(3, 13)  # words; a description of a code is no sentence, and need not say "not"
_MAX_TEXT = 4_000
_HEADING = 45  # characters; "Adverse Benefit Determination" excludes nothing
# of every denial, whatever its reason
_OF_ANY = re.compile(
    r"\b(?:(?:prior )?auth(?:ori[sz]\w*)?|requests?|requested|claims?|pre-?cert\w*|certif\w*|approv\w*|coverage"
    r"|plan|status|details?|insur(?:er|ers|ance)|payers?|carriers?)\b"
)
# said in every letter, whatever was decided
_FORMULA = re.compile(
    r"\b(?:(?:decision|determination)s? (?:is|was|are|were) (?:based|made) (?:up)?on|(?:completed"
    r"|finished) (?:our|the|a) review"
    r"|(?:listed|described|named|referenced|requested) (?:above|below)|does not mean|between you and your"
    r"|we (?:have )?received"
    r"|careful (?:review|consideration)|(?:letter|notice) (?:is|explains|tells|follows|to (?:inform|tell|let))"
    r"|details? follows?"
    r"|see (?:attached|enclosed|the letter|letter|notice|ltr)|(?:attached|enclosed) (?:notice|letter)"
    r"|portal|log ?in|website|determination letter|rationale and)\b"
)
_GRANTED = re.compile(
    r"\b(?:adverse )?benefit (?:determination|decision)s?\b|\b(?:have|has) (?:\w+ )?benefits? (?:left"
    r"|remaining|available)\b|\b(?:is|are|was|were|remains?) (?:an? )?(?:covered|eligible)(?: benefits?| services?)?\b"
)
_BLANKS = re.compile(r"[ \t\r\n]+")
_STOP = re.compile(r"[.!?\n]")
# "Reason:", "The basis for this decision:", "Why did we deny it?", and the same alone on a line
_LEAD = re.compile(
    r"(?:^|\n|(?<=[.!?] ))[^.:!?\n]{0,60}\b(?:reasons?|rationale|basis|explanation|why)\b[^.:?\n]{0,40}"
    r"(?::|\?|[ \t]*\.{3,}[ \t:]*|[ \t]*$|[ \t]*\n)"
)
_SENTENCE = re.compile(r"[.!?](?=\s)|\n\s*\n")
_UNCOVERED = re.compile(
    r"\b(?:not|non)[ \-]covered\b|\bthe (?:payer|insurer|carrier)\b"
)  # said of what is unnecessary too


@dataclass(frozen=True, slots=True)
class Leaning:
    """The kind of reason that most words speak of, and those words, folded; `strong` where they tell enough."""

    reason_kind: str
    words: tuple[str, ...]
    strong: bool


@dataclass(frozen=True, slots=True, order=True)
class _Score:
    """How much a text speaks of one kind, and by how many words that tell much."""

    points: int
    reason_kind: str
    telling: int
    words: tuple[str, ...]


def leaning_of(quotes: Iterable[Quote], rules: DenialRules, *, decided: bool) -> Leaning | None:
    """
    Return what the words lean towards; None where they tell too little, or two things alike.

    decided: the text says that something was denied; without that it has to speak of a failing ("not", "exceeds"),
    be as short as a code's description, or speak plainly
    """
    quotes = _led_in(tuple(quotes)) or _sentences_of(quotes)
    folded = _folded(quotes, rules)
    if not is_english(folded, rules) or rules.adverse is None or any(is_ruled_out(each, rules) for each in quotes):
        return None
    plain = _own_words(blank_asides(folded))
    plain = _OF_ANY.sub(" ", plain) if decided else plain
    first, *others = sorted((_score(topic, plain) for topic in rules.topics), key=_rank, reverse=True)
    terse = not decided and len(plain.split()) in _TERSE
    enough = 1 if terse else _ENOUGH if first.telling or not decided else _HINTS
    if first.points < enough or (others and _rank(others[0]) == _rank(first)):
        return None
    return Leaning(first.reason_kind, first.words, strong=first.points >= _ENOUGH)


def _led_in(quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
    """Return what stands behind "Reason:", "The basis of this:" or under such a heading, where anything does."""
    found: list[Quote] = []
    heads, part = False, None  # whether a heading stands before; the part that stands under it
    for each in quotes:
        lead = _LEAD.search(fold_text(each.text))
        part = each.path if heads else part
        rest = each.text[lead.end() :] if lead else each.text if part == each.path else ""
        heads = lead is not None and not rest.strip()
        found += [Quote(rest, each.path)] if rest.strip() else []
    return tuple(found)


def _sentences_of(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    """Return the quotes that end as sentences do, where any does: a letter's headings and facts speak of any kind."""
    quotes = tuple(quotes)
    return tuple(each for each in quotes if each.text.rstrip().endswith((".", "!"))) or quotes


def speaks_of_exclusion(quotes: Iterable[Quote], rules: DenialRules, said: Iterable[Said]) -> Leaning | None:
    """
    Return what words speak of that a call cannot change, None where they do not: a doubt beside a clinical reason.

    Only what tells much counts: every denial speaks of a plan and of coverage. A sentence that gives none of the
    reasons (`said`) casts a doubt too where it speaks of an exclusion more than of anything else.
    """
    quotes, said = tuple(quotes), tuple(said)
    told = [each for each in quotes if len(each.text) > _HEADING or any(one.quote == each for one in said)]
    folded = _GRANTED.sub(" ", _OF_ANY.sub(" ", _own_words(blank_asides(_folded(told or quotes, rules)))))
    for topic in rules.topics:
        if topic.excluding is not None and (words := tuple(dict.fromkeys(topic.excluding.findall(folded)))):
            return Leaning(topic.reason_kind, words, strong=True)
    silent = (part for quote in quotes for part in _without_reasons(quote, said))
    return next(filter(None, (_excluding_part(part, rules) for part in silent)), None)


def silent_sentences(quote: Quote, said: Iterable[Said]) -> Iterator[Quote]:
    """Yield the sentences of a quote in which none of its reasons stands."""
    places = [each.hit.start for each in said if each.quote == quote]
    cuts = [0, *(found.end() for found in _SENTENCE.finditer(quote.text)), len(quote.text)]
    for left, right in pairwise(cuts):
        if quote.text[left:right].strip() and not any(left <= place < right for place in places):
            yield Quote(quote.text[left:right], quote.path)


def _without_reasons(quote: Quote, said: Iterable[Said]) -> Iterator[Quote]:
    """Return the sentences of a quote without the words that give its reasons."""
    text = quote.text
    for each in said:
        if each.quote == quote:
            text = text[: each.hit.start] + " " * (each.hit.end - each.hit.start) + text[each.hit.end :]
    return silent_sentences(Quote(text, quote.path), ())


def _excluding_part(part: Quote, rules: DenialRules) -> Leaning | None:
    plain = _UNCOVERED.sub(" ", _GRANTED.sub(" ", _own_words(blank_asides(_folded((part,), rules)))))
    scores = [_score(topic, plain) for topic in rules.topics]
    most = max((each.points for each in scores), default=0)
    against = [each for each in scores if each.reason_kind in _NO_CALL and each.telling and each.points == most]
    enough = _ENOUGH if len(plain.split()) in _TERSE else _HINTS
    return next((Leaning(each.reason_kind, each.words, strong=True) for each in against if most >= enough), None)


def _folded(quotes: Iterable[Quote], rules: DenialRules) -> str:
    words = fold_text(" . ".join(quote.text for quote in quotes))[:_MAX_TEXT]
    words = (
        _BLANKS.sub(" ", words).replace("can't ", "can not ").replace("won't ", "will not ").replace("n't ", " not ")
    )
    return spell_short(words, rules.short)[0]


def _own_words(folded: str) -> str:
    """Return the sentences that do not stand in every letter."""
    places = [0, *(found.end() for found in _STOP.finditer(folded)), len(folded)]
    return " ".join(each for left, right in pairwise(places) if not _FORMULA.search(each := folded[left:right]))


def _rank(score: _Score) -> tuple[int, int]:
    """Return what puts a kind before another: its points, then how few letters speak of it anyway."""
    return score.points, score.telling


def _score(topic: Topic, plain: str) -> _Score:
    much = {word[:_STEM]: word for word in topic.telling.findall(plain)}
    little = {word[:_STEM]: word for word in topic.hinting.findall(plain) if word[:_STEM] not in much}
    words = (*much.values(), *little.values())
    return _Score(2 * len(much) + len(little), topic.reason_kind, len(much), words)
