"""
What of a brief stands on its one printed page, and what only in the packet behind it.

Lines are reckoned, not set: letters a line as the print sheet has them, rounded against us. What is cut goes in one
order, what loses least first; the payer's reason, the answer, the ask, the story and the criteria always stay.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from app.core.brief.measures import plain_unit, shown_value
from app.core.brief.words import tidy

if TYPE_CHECKING:  # the page asks how much of itself fits
    from app.core.brief.facts import Sentence
    from app.core.brief.page import Brief
    from app.core.denial import Quote

PAGE = 73.5  # lines of a Letter page, at the size of the running text
_LINE = 114  # letters in a line of it
_HALF = 70  # letters in a line of one of the two columns of the sources, which are set smaller
_SOURCE = 0.72  # height of such a line
_ROW = 0.93  # height of a line in a table
_MOST = 99


@dataclass(frozen=True, slots=True)
class Fit:
    """How many of each part stand on the page. denied: letters of the payer's words; quotes: whether sources quote."""

    denied: int = 4_000
    about: int = 3
    criteria: int = _MOST
    courses: int = _MOST
    therapies: int = _MOST
    against: int = _MOST
    why_now: int = _MOST
    weak: int = _MOST
    missing: int = _MOST
    sources: int = _MOST * 9
    quotes: bool = True
    said: tuple[str, ...] = ()  # what was cut, in words

    @property
    def is_cut(self) -> bool:
        """Whether the page does not hold all."""
        return bool(self.said)


# What is given up, the least loss first: the quotes behind the numbers, then the tails of lists, then more of them.
_STEPS: tuple[dict[str, int | bool], ...] = (
    {"missing": 4},
    {"courses": 4},
    {"therapies": 5},
    {"quotes": False},
    {"why_now": 2},
    {"weak": 4},
    {"therapies": 4},
    {"courses": 3},
    {"denied": 1_400},
    {"sources": 20},
    {"why_now": 1},
    {"about": 2, "against": 2},
    {"therapies": 3},
    {"missing": 2},
    {"sources": 12},
    {"weak": 3},
    {"denied": 700},
    {"about": 1, "against": 1},
    {"courses": 2},
    {"therapies": 2},
    {"sources": 6},
    {"missing": 1, "weak": 2},
    {"sources": 3},
    {"missing": 0},
    {"denied": 450},
    {"therapies": 1, "courses": 1},
    {"sources": 0},
    {"criteria": 8},
    {"why_now": 0, "weak": 1},
    {"criteria": 6},
)
_NAMES = (
    ("about", "diagnosis", "diagnoses"),
    ("criteria", "criterion", "criteria"),
    ("courses", "measure", "measures"),
    ("therapies", "treatment tried", "treatments tried"),
    ("against", "fact against the alternative", "facts against the alternative"),
    ("why_now", "reason why now", "reasons why now"),
    ("weak", "weak point", "weak points"),
    ("missing", "missing thing", "missing things"),
    ("sources", "source", "sources"),
)


def fit_page(brief: "Brief") -> Fit:
    """Return how much of each part stands on the page, by the first steps that make it fit."""
    chosen = Fit()
    heights = {part: part(brief, chosen) for part in _PARTS}
    for step in ({}, *_STEPS):
        chosen = replace(chosen, **{name: min(value, getattr(chosen, name)) for name, value in step.items()})
        heights |= {part: part(brief, chosen) for part, fields in _PARTS.items() if not step.keys().isdisjoint(fields)}
        if sum(heights.values()) <= PAGE:
            break
    chosen = _with_more_sources(brief, chosen, room=PAGE - sum(heights.values()) + heights[_sources])
    return replace(chosen, said=tuple(_said(brief, chosen)))


def _with_more_sources(brief: "Brief", fit: Fit, *, room: float) -> Fit:
    """Return the same with as many sources as have room below what else stands on the page."""
    counts = range(len(brief.page_sources), fit.sources, -1)
    more = (replace(fit, sources=count) for count in counts)
    return next((each for each in more if _sources(brief, each) <= room), fit)


def _height(brief: "Brief", fit: Fit) -> float:
    """Return the lines that the page takes with so much of each part."""
    return sum(part(brief, fit) for part in _PARTS)


def _always(brief: "Brief", fit: Fit) -> float:
    call = f"{' · '.join(map(' '.join, brief.references))} {brief.deadline} {brief.clinician and brief.clinician.name}"
    head = 4.5 + _lines([brief.service.title + brief.service.shown_codes, f"{call} {'.' * 70}"], _LINE)
    head += _bullets(brief.notices, 0.4) + (0 if brief.is_ready else 2.4)
    codes = _lines([" ".join(each.code or "" for each in brief.codes) + " ".join(brief.policies)], _LINE)
    answer = 1.3 * _lines([brief.answer.text], 84) + 2.2
    ask = 1.1 * (_lines([brief.ask], 98) + (_lines([brief.fallback], 98) if brief.fallback else 0)) + 0.5
    story = _lines([" ".join(each.text for each in brief.story)], _LINE) + 1.3 if brief.story else 0
    return head + codes + answer + ask + story + _bullets([each.text for each in brief.own]) + 4.5


def _denied(brief: "Brief", fit: Fit) -> float:
    return sum(_lines(each.text.splitlines() or [""], _LINE) for each in shown_words(brief, fit)) + 1.5


def _prose(brief: "Brief", fit: Fit) -> float:
    prose = _listed(brief.about[: fit.about], 0) + _listed(brief.why_now[: fit.why_now])
    prose += _listed(brief.against[: fit.against]) + _listed(brief.weak[: fit.weak])
    return prose + _bullets(brief.page_missing[: fit.missing])


def _lines(texts: Iterable[str], width: int) -> int:
    return sum(max(1, ceil(len(tidy(each)) / width)) for each in texts if each.strip())


def _listed(sentences: Sequence["Sentence"], heading: float = 1.4) -> float:
    return _bullets([each.text for each in sentences], heading)


def _bullets(texts: Sequence[str], heading: float = 1.4) -> float:
    return _lines(texts, _LINE - 6) + heading if texts else 0


def _criteria(brief: "Brief", fit: Fit) -> float:
    shown = brief.criteria[: fit.criteria]
    rows = (
        max(_lines([each.criterion.text], 33), _lines([each.detail or each.criterion.missing], 72), 1) for each in shown
    )
    return sum(rows) * _ROW + 0.18 * len(shown) + 1.3 if shown else 0


def _courses(brief: "Brief", fit: Fit) -> float:
    shown = brief.courses[: fit.courses]
    rows = (
        max(_lines([each.label + plain_unit(each.unit)], 33), _lines([shown_value(each.recent)], 20)) for each in shown
    )
    return sum(max(each * _ROW, 1.3) for each in rows) + 0.18 * len(shown) + 1.3 if shown else 0


def _therapies(brief: "Brief", fit: Fit) -> float:
    rows = [
        max(_lines([what], 29), _lines([dose], 18), _lines([when], 34), _lines([outcome], 33))
        for what, dose, when, outcome, _ in brief.therapy_rows()[: fit.therapies]
    ]
    return sum(rows) * _ROW + 0.18 * len(rows) + 1.3 if rows else 0


def _sources(brief: "Brief", fit: Fit) -> float:
    shown = brief.page_sources[: fit.sources]
    if not shown:
        return 0
    if fit.quotes:
        told = (f"{each.shown_days} {each.shown_quotes} {each.references[0]} and 9 more" for each in shown)
        return _lines(told, _HALF) / 2 * _SOURCE + 2.2
    return _lines([f"00 {each.shown_days} {each.references[0]}; " for each in shown], _HALF) / 2 * _SOURCE + 2.2


def shown_words(brief: "Brief", fit: Fit) -> tuple["Quote", ...]:
    """Return the payer's words that stand on the page, whole, the last of them cut where the page has no room."""
    room, shown = fit.denied, []
    for each in brief.verbatim:
        if room <= 0:
            break
        cut = each.text if len(each.text) <= room else f"{each.text[:room].rsplit(' ', 1)[0]} […]"
        shown.append(replace(each, text=cut))
        room -= len(each.text)
    return tuple(shown)


def _said(brief: "Brief", fit: Fit) -> Iterable[str]:
    """Yield what the page does not hold, in words."""
    if sum(len(each.text) for each in brief.verbatim) > fit.denied:
        yield "some of the payer's words"
    for name, one, many in _NAMES:
        held = getattr(brief, {"sources": "page_sources", "missing": "page_missing"}.get(name, name))
        lost = len(held) - getattr(fit, name)
        if lost > 0:
            yield f"{lost} {one if lost == 1 else many}"
    if not fit.quotes and fit.sources:
        yield "the words quoted of each source"


# Each part of the page with what of Fit decides its height, so that a step reckons anew only what it cuts.
_PARTS: dict[Callable[["Brief", Fit], float], tuple[str, ...]] = {
    _always: (),
    _denied: ("denied",),
    _prose: ("about", "why_now", "against", "weak", "missing"),
    _criteria: ("criteria",),
    _courses: ("courses",),
    _therapies: ("therapies",),
    _sources: ("sources", "quotes"),
}
