"""
What a policy leaves open, found in its own words: how long, how many, how much, who decides, which belong together.

Each finding quotes the words that it is about. It says what the policy does not say; it never says what it means.
"""

import re
from collections.abc import Iterator

from app.core.brief.words import split_sentences

_COUNTED = (
    r"(?:\d{1,4}(?:\.\d)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|eighteen|twenty[- ]four)"
)
_DURATION = re.compile(
    rf"\b({_COUNTED})(?:\s*(?:\(\d{{1,3}}\)|-|to|–)\s*)?(?:\d{{1,3}}\s*)?[\s-]*(day|week|month|year)s?\b", re.I
)
_LOOKS_BACK = re.compile(
    r"(?:(?:within|in|over|during|of)\s+(?:the\s+)?(?:last|past|previous|prior|preceding)|within)\s*$", re.I
)
# What a length may be of: two lengths of one thing contradict each other.
_THING = re.compile(
    r"\b(therapy|treatment|management|care|medication|exercises?|trial|symptoms?|pain|abstinence|adherence|use)\b", re.I
)
_NEAR = 60
_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}
_WORDS = {
    word: count
    for count, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
} | {"fifteen": 15, "eighteen": 18, "twenty-four": 24, "twenty four": 24}
_CARE = r"(?:therap(?:y|ies)|treatments?|management|care|medications?|exercises?|injections?)"
_LENGTH = re.compile(
    r"\b(?:(?:adequate|sufficient|appropriate|reasonable|prolonged|recent|extended|full|failed|optimal|maximal)\s+"
    rf"(?:\w+\s+){{0,2}}?(?:trials?|courses?|periods?|duration|attempts?|{_CARE})"
    rf"|(?:trials?|courses?) of (?:(?:\w+[\s-]+){{0,3}}?{_CARE}|\w+)|failure of (?:\w+\s+){{0,2}}?{_CARE}"
    r"|persistent (?:\w+\s+)?(?:symptoms?|pain)|recently|long[- ]?standing)\b",
    re.I,
)
_MANY = re.compile(r"\b(?:multiple|several|a number of|numerous|repeated|frequent)\s+\w+", re.I)
_MUCH = re.compile(
    r"\b(?:significant(?:ly)?|substantial(?:ly)?|severe(?:ly)?|moderate to severe|marked(?:ly)?|meaningful(?:ly)?"
    r"|considerable|clinically relevant|disabling|minimal(?:ly)?)\b"
    r"(?:\s+(?!(?:and|or|of|on|in|for|with|that|is|are|was|were|to|by|the|a|as|at|from|than)\b)\w+){0,2}",
    re.I,
)
_LEFT = re.compile(
    r"\b(?:(?:when|where|as|if) (?:clinically |medically )?(?:appropriate|indicated|necessary|needed|possible|feasible)"
    r"|on a case[- ]by[- ]case basis|case by case|at (?:the|its|our) (?:sole )?discretion(?: of [\w ]{3,30})?"
    r"|in (?:certain|some|select(?:ed)?|rare|exceptional) (?:cases|patients|circumstances|situations)"
    r"|generally|typically|usually|in most cases)\b",
    re.I,
)
_PERMITS = re.compile(
    r"\b(?:may|might|could|can) be "
    r"(?:considered|required|appropriate|necessary|covered|approved|reviewed|reasonable)\b",
    re.I,
)
# What says when a permission is given: then it is not left open.
_CONDITION = re.compile(r"\b(?:when|if|unless|provided that|only|any of|all of|one of|following)\b", re.I)
_MAY = re.compile(r"\bmay(?! not\b)\b(?!\s+\d)")
_BOTH = re.compile(r"\band\s*/\s*or\b", re.I)
_AND, _OR = re.compile(r"\band\b", re.I), re.compile(r"\bor\b", re.I)
_SET_APART = re.compile(r"\b(?:either|both|any of|one of|all of|each of)\b|[();]", re.I)
_LONGEST_QUOTED, _MOST = 90, 3
_NUMBERED = re.compile(r"\d")


def ambiguities_of(quote: str) -> tuple[str, ...]:
    """
    Return what an excerpt leaves open, as plain sentences, each with the excerpt's own words in “ ”; at most three.

    quote: verbatim from a policy, up to a paragraph. Whatever is quoted in an answer is a piece of it, word for word.
    errs: silent; a policy that tells a number beside the vague word is not called vague
    """
    found: dict[str, None] = dict.fromkeys(_at_odds(quote))
    for _, sentence in split_sentences(quote):
        for each in _left_open(sentence):
            found.setdefault(each)
    return tuple(found)[:_MOST]


def _left_open(sentence: str) -> Iterator[str]:
    if not any(_lengths(sentence)) and (found := _LENGTH.search(sentence)):
        yield f"The policy does not say how long {_quoted(found[0])} is."
    if found := _MANY.search(sentence):
        yield f"The policy does not say how many {_quoted(found[0])} are."
    if not _NUMBERED.search(sentence) and (found := _MUCH.search(sentence)):
        yield f"The policy does not say how {_quoted(found[0])} is measured."
    permits = None if _CONDITION.search(sentence) else _PERMITS.search(sentence) or _MAY.search(sentence)
    if found := _LEFT.search(sentence) or permits:
        yield f"With {_quoted(found[0])} the policy leaves it open; it does not say for whom or when."
    yield from _joined(sentence)


def _joined(sentence: str) -> Iterator[str]:
    """Yield what is said of a sentence that joins things with both "and" and "or" and sets nothing apart."""
    if found := _BOTH.search(sentence):
        yield f"The policy says {_quoted(found[0])}: it does not say whether one is enough."
        return
    ands, ors = list(_AND.finditer(sentence)), list(_OR.finditer(sentence))
    if not ands or not ors or _SET_APART.search(sentence):
        return
    first, last = min(ands[0].start(), ors[0].start()), max(ands[-1].end(), ors[-1].end())
    before, after = sentence[:first].rstrip(), sentence[last:]
    start = before.rfind(" ") + 1
    end = last + len(re.match(r"\s*\S*", after)[0].rstrip(".,"))
    words = sentence[start:end]
    if len(words) <= _LONGEST_QUOTED:
        yield f"“And” stands beside “or” in {_quoted(words)}: the policy does not say which belong together."


def _at_odds(quote: str) -> Iterator[str]:
    """Yield what is said of two lengths of one thing in one excerpt."""
    spans: dict[str, dict[float, str]] = {}
    for each in _lengths(quote):
        if thing := _THING.search(quote, each.end(), each.end() + _NEAR):
            spans.setdefault(thing[1].lower().rstrip("s"), {}).setdefault(_days(each), each[0])
    for thing, told in spans.items():
        if len(told) > 1:
            first, second = list(told.values())[:2]
            yield f"The policy says {_quoted(first)} and {_quoted(second)} of {thing}: it does not say which counts."


def _lengths(text: str) -> Iterator[re.Match[str]]:
    """Yield the lengths that a text asks for; how far back it looks is none."""
    for each in _DURATION.finditer(text):
        if not _LOOKS_BACK.search(text, max(0, each.start() - _NEAR), each.start()):
            yield each


def _days(found: re.Match[str]) -> float:
    count = found[1].lower()
    return (_WORDS.get(count) or float(count)) * _UNITS[found[2].lower()]


def _quoted(words: str) -> str:
    return f"“{words.strip()}”"
