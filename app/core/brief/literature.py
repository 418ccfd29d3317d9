"""
Literature beside the brief: how PubMed is asked, what it answered, and whether a curated citation is what it says.

A question is made of our own rule's words alone. A denial's codes choose among them; no word of a chart, a payer or a
site goes into it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.denial import Code
from app.core.rulebook.criteria import Citation, ServiceCriteria

_PLAIN = re.compile(r"[a-z][a-z-]*(?: [a-z-]+){0,3}")
_PLAIN_LABEL = re.compile(r"[a-z][a-z0-9-]*(?: [a-z0-9-]+){0,9}")
_SMALL = frozenset("a an and at by for from in of on one or the to with".split())
_ABOUT = ("problem", "diagnosis")
_MOST_WORDS = 6
_SHORTEST = 4  # letters before PubMed takes an asterisk
_KINDS = ("practice guideline", "systematic review", "meta-analysis", "randomized controlled trial")
_WORD = re.compile(r"[a-z0-9]{3,}")
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of PubMed as its summary tells it. kinds: publication types, as PubMed writes them."""

    pmid: str
    title: str
    journal: str
    year: int | None
    kinds: tuple[str, ...] = ()
    doi: str | None = None

    @property
    def is_retracted(self) -> bool:
        """Whether PubMed says that it was retracted."""
        return any("retracted publication" in each.lower() for each in self.kinds)


@dataclass(frozen=True, slots=True)
class Looked:
    """What PubMed answered to a question, and when."""

    articles: tuple[Article, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class LiteratureBeside:
    """
    What stands beside a brief. curated: chosen by us; looked: found by PubMed and read by nobody; None: never asked

    may_look: whether PubMed may be asked, and there is something to ask
    """

    curated: tuple[Citation, ...] = ()
    looked: Looked | None = None
    may_look: bool = False


def query_of(rule: ServiceCriteria, diagnoses: Sequence[Code]) -> str | None:
    """
    Return the question for a service, None where the rule has no plain word for it.

    rule: a shipped one. diagnoses: of the request; each chooses the words of those criteria whose code sets hold it,
    and is not in the question itself.
    """
    service = [*_label_asked(rule.label), *map(_asked, _words_of(rule.cues))]
    if rule.generic or not service:
        return None
    about = [
        _asked(word)
        for criterion in rule.criteria
        for need in criterion.needs
        if need.kind in _ABOUT and any(codes.holds(code) for codes in need.codes for code in diagnoses)
        for word in _words_of(need.cues)
    ]
    parts = [_any_of(service), _any_of(list(dict.fromkeys(about))[:_MOST_WORDS])]
    kinds = " OR ".join(f'"{each}"[pt]' for each in _KINDS)
    return " AND ".join([*(each for each in parts if each), f"({kinds})"])


def faults_of(citation: Citation, found: Article | None) -> tuple[str, ...]:
    """Return what of a curated citation PubMed does not confirm; none where it is what it says."""
    if found is None:
        return ("PubMed has no entry of this number",)
    faults = ["it was retracted"] if found.is_retracted else []
    if found.year is not None and abs(found.year - citation.year) > 1:  # ahead of print, it may be a year earlier
        faults.append(f"its year is {found.year}, not {citation.year}")
    if citation.doi and found.doi and citation.doi.lower() != found.doi.lower():
        faults.append(f"its DOI is {found.doi}")
    ours, theirs = set(_WORD.findall(citation.title.lower())), set(_WORD.findall(found.title.lower()))
    if len(ours & theirs) < _ALIKE * min(len(ours), len(theirs)):
        faults.append(f"its title is “{found.title}”")
    return tuple(faults)


def _label_asked(label: str) -> Iterator[str]:
    """Yield what asks for the words of a label, all of them; PubMed seldom has them in one phrase."""
    plain = label.partition(",")[0].strip().lower()
    words = [each for each in plain.split() if each not in _SMALL]
    if _PLAIN_LABEL.fullmatch(plain) and words:
        yield f"({' AND '.join(f'{each}[tiab]' for each in words)})"


def _words_of(cues: re.Pattern[str] | None) -> list[str]:
    """Return the alternatives of a cue that are plain words, those first that stand first; a pattern is left out."""
    inner = re.fullmatch(r"\\b\(\?:(.*)\)", cues.pattern, re.DOTALL) if cues else None
    return [each for each in _alternatives(inner[1] if inner else "") if _PLAIN.fullmatch(each)][:_MOST_WORDS]


def _alternatives(pattern: str) -> Iterator[str]:
    """Yield what stands between the bars of a pattern that are in no bracket."""
    depth, start = 0, 0
    for at, sign in enumerate(pattern):
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and not depth:
            yield pattern[start:at]
            start = at + 1
    yield pattern[start:]


def _asked(word: str) -> str:
    return f'"{word}"[tiab]' if " " in word or len(word) < _SHORTEST else f"{word}*[tiab]"


def _any_of(asked: Sequence[str]) -> str:
    return f"({' OR '.join(asked)})" if asked else ""
