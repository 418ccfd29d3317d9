"""
What the journeys measure: each measure with its n, value and interval, over all of them or group by group.

The first six are those of a payer's scheduling desk (source 003); the rest say what a call costs and what became of
it. Every measure is told exactly in app/rules/definitions.md. Nobody is ranked: groups stand in the order of their
names.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.core.learn.journey import CHANGED, HELD, Journey
from app.core.learn.share import FLOOR, mean_of, median_of, share_of
from app.errors import Refused

GROUPS = ("payer", "reason", "clinician", "service", "lane")
PUBLISHED_MINUTES = 33.5  # a clinician's for one such call, median of a published time study (product, figures)


class NoSuchMeasure(Refused):
    """A measure was asked for by a name that none has."""

    say = "There is no such measure."
    next = "Open Learn and choose a number there."


@dataclass(frozen=True, slots=True)
class Measure:
    """
    One measure. unit: share | hours | minutes | calls; count: the numerator of a share, else None.

    value, low, high: None below the floor; low and high are the 95 % interval
    """

    key: str
    label: str
    unit: str
    n: int
    count: int | None
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The measures of the journeys that are alike. names: group → what they have in common."""

    names: tuple[tuple[str, str], ...]
    case_count: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A share: those of `among` for which `counts` holds."""

    key: str
    label: str
    among: Callable[[Journey], bool]
    counts: Callable[[Journey], bool]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The calls that one side kept: those that were held, out of these and every one that it missed."""

    key: str
    label: str
    missed: Callable[[Journey], int]


@dataclass(frozen=True, slots=True)
class _Middle:
    """A median, or a mean, of what `of` gives; None leaves the journey out."""

    key: str
    label: str
    unit: str
    of: Callable[[Journey], float | None]
    mean: bool = False


def _is_offered(each: Journey) -> bool:
    return each.offered_at is not None


def _is_held(each: Journey) -> bool:
    return each.connected_at is not None


def _is_over(each: Journey) -> bool:
    return each.offered_at is not None and (_is_held(each) or each.was_missed)


def _judged_in(lane: str) -> Callable[[Journey], bool]:
    return lambda each: each.is_judged and each.lane == lane


def _shifts(direction: str) -> Callable[[Journey], bool]:
    return lambda each: (each.shift or ("for" if each.result in CHANGED else "none")) == direction


def _missed_for(cause: str | None) -> Callable[[Journey], bool]:
    """Return whether a call was missed for this cause; None: for one that nobody told."""
    known = ("payer", "us", "lapsed", "withdrawn")
    return lambda each: each.was_missed and (each.cause == cause if cause else each.cause not in known)


def _hours_to_connect(each: Journey) -> float | None:
    if each.offered_at is None or each.connected_at is None or each.connected_at < each.offered_at:
        return None
    return (each.connected_at - each.offered_at).total_seconds() / 3600


def _saved(each: Journey) -> float | None:
    return PUBLISHED_MINUTES - each.minutes if each.minutes is not None and _is_held(each) else None


MEASURES: tuple[_Part | _Kept | _Middle, ...] = (
    _Part("offer_to_connect", "Offered calls that were held", _is_offered, _is_held),
    _Middle("time_to_connect", "Offer to call", "hours", _hours_to_connect),
    _Part("inside_window", "Held inside the window", lambda e: e.inside is not None, lambda e: e.inside is True),
    _Middle("attempts_per_connection", "Attempts for a call that was held", "calls",
            lambda e: e.calls_to_connect if _is_held(e) and e.calls_to_connect else None, mean=True),
    _Part("specialty_match", "Reviewer of the service’s specialty",
          lambda e: _is_held(e) and e.specialty_match is not None, lambda e: e.specialty_match is True),
    _Part("shift_pre_for", "Before the denial: changed for us", _judged_in("pre_denial"), _shifts("for")),
    _Part("shift_pre_against", "Before the denial: changed against us", _judged_in("pre_denial"), _shifts("against")),
    _Part("shift_post_for", "After the denial: changed for us", _judged_in("post_denial"), _shifts("for")),
    _Part("shift_post_against", "After the denial: changed against us", _judged_in("post_denial"),
          _shifts("against")),
    _Part("appeal_after_held", "Appealed after a call that was held", _is_held, lambda e: e.appealed_at is not None),
    _Part("appeal_after_missed", "Appealed after a call that was missed", lambda e: e.was_missed,
          lambda e: e.appealed_at is not None),
    _Part("overturn", "Denials overturned on the call", lambda e: e.is_judged, lambda e: e.result in CHANGED),
    _Part("appeal_overturn", "Appeals won", lambda e: e.appeal_result in HELD, lambda e: e.appeal_result in CHANGED),
    _Part("missed", "Offered calls that were missed", _is_over, lambda e: e.was_missed),
    _Part("missed_by_payer", "… because the payer did not come", _is_over, _missed_for("payer")),
    _Part("missed_by_us", "… because we did not come", _is_over, _missed_for("us")),
    _Part("missed_lapsed", "… because the window closed", _is_over, _missed_for("lapsed")),
    _Part("missed_withdrawn", "… because the request was withdrawn", _is_over, _missed_for("withdrawn")),
    _Part("missed_untold", "… and nobody told why", _is_over, _missed_for(None)),
    _Kept("kept_by_us", "Calls that we kept", lambda e: e.missed_by_us),
    _Kept("kept_by_payer", "Calls that the payer kept", lambda e: e.missed_by_payer),
    _Part("mismatch", "Letters that differ from the call", lambda e: bool(e.verbal and e.written),
          lambda e: e.verbal != e.written),
    _Middle("hold_minutes", "On hold, a case", "minutes", lambda e: e.hold_minutes),
    _Middle("prep_minutes", "Preparing, a case", "minutes", lambda e: e.prep_minutes),
    _Middle("talk_minutes", "On the call, a case", "minutes", lambda e: e.talk_minutes),
    _Middle("minutes", "All minutes of a case", "minutes", lambda e: e.minutes),
    _Middle("minutes_saved", "Minutes below the published 33.5", "minutes", _saved),
)  # fmt: skip


def measure(journeys: Iterable[Journey], *, floor: int = FLOOR) -> tuple[Measure, ...]:
    """Return every measure over these journeys, in the order of MEASURES, whatever the order of the journeys."""
    told = tuple(journeys)
    return tuple(_measured(each, told, floor=floor) for each in MEASURES)


def measure_by(journeys: Iterable[Journey], names: Sequence[str], *, floor: int = FLOOR) -> tuple[Group, ...]:
    """
    Return every measure for each combination of the named groups that there is, in the order of their names.

    names: of GROUPS; a journey without one counts as "not told" there
    """
    grouped: dict[tuple[str, ...], list[Journey]] = defaultdict(list)
    for each in journeys:
        grouped[tuple(_name_in(each, name) for name in names)].append(each)
    return tuple(
        Group(tuple(zip(names, key, strict=True)), len(held), measure(held, floor=floor))
        for key, held in sorted(grouped.items())
    )


def _name_in(journey: Journey, group: str) -> str:
    """Return under which name of a group (one of GROUPS) a journey is counted."""
    return str(getattr(journey, group) or "not told")


def mark_of(name: str) -> str:
    """Return what stands for a name in addresses: payers' names are their own words, and no word of theirs is a URL."""
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


def in_group(journeys: Iterable[Journey], group: str, mark: str) -> tuple[str, tuple[Journey, ...]]:
    """Return (name, journeys) of the name with this mark in a group, ("", ()) for none; raises NoSuchMeasure."""
    if group not in GROUPS:
        raise NoSuchMeasure()
    found = tuple(each for each in journeys if mark_of(_name_in(each, group)) == mark)
    return (_name_in(found[0], group) if found else ""), found


def cases_behind(key: str, journeys: Iterable[Journey]) -> tuple[tuple[Journey, bool | None], ...]:
    """
    Return the journeys that a measure counts, each with whether it is in the numerator; None where there is none.

    raises: NoSuchMeasure
    """
    asked = next((each for each in MEASURES if each.key == key), None)
    if asked is None:
        raise NoSuchMeasure()
    if isinstance(asked, _Part):
        return tuple((each, asked.counts(each)) for each in journeys if asked.among(each))
    if isinstance(asked, _Kept):
        return tuple((each, asked.missed(each) == 0) for each in journeys if _is_held(each) or asked.missed(each))
    return tuple((each, None) for each in journeys if asked.of(each) is not None)


def _measured(asked: _Part | _Kept | _Middle, journeys: Sequence[Journey], *, floor: int) -> Measure:
    if not isinstance(asked, _Middle):
        part = share_of(asked.label, *_counted(asked, journeys), floor=floor)
        return Measure(asked.key, asked.label, "share", part.n, part.count, part.value, part.low, part.high)
    values = [value for each in journeys if (value := asked.of(each)) is not None]
    found = (mean_of if asked.mean else median_of)(asked.label, values, floor=floor)
    return Measure(asked.key, asked.label, asked.unit, found.n, None, found.value, found.low, found.high)


def _counted(asked: _Part | _Kept, journeys: Sequence[Journey]) -> tuple[int, int]:
    """Return (numerator, denominator) of a share."""
    if isinstance(asked, _Kept):
        held = sum(map(_is_held, journeys))
        return held, held + sum(map(asked.missed, journeys))
    among = [each for each in journeys if asked.among(each)]
    return sum(map(asked.counts, among)), len(among)
