"""
What the journeys measure: each measure with its n, value and interval, over all of them or group by group.

The first six are those of a payer's scheduling desk (source 003); the rest say what a call costs and what became of
it. Every measure is told exactly in app/rules/definitions.md. Nobody is ranked: groups stand in the order of their
names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from app.core.learn.journey import CHANGED, HELD, Journey
from app.errors import Refused

GROUPS = ("payer", "reason", "clinician", "service", "lane")
# Raised with every change of what a journey or a measure is: what was kept by an older one is then worked out anew.
DEFINED = 3
NOT_TOLD = "not told"  # the name of a journey that has none in a group
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

    @property
    def told_count(self) -> int | None:
        """The numerator as it may be told: None below the floor, where it would tell the share that is hidden."""
        return self.count if self.value is not None else None


@dataclass(frozen=True, slots=True)
class Group:
    """The measures of the journeys that are alike. names: group → what they have in common."""

    names: tuple[tuple[str, str], ...]
    case_count: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A share: those of `among` for which `counts` holds."""

    key: str
    label: str
    among: Callable[[Journey], bool]
    counts: Callable[[Journey], bool]


@dataclass(frozen=True, slots=True)
class Kept:
    """The calls that one side kept: those that were held, out of these and every one that it missed."""

    key: str
    label: str
    missed: Callable[[Journey], int]


@dataclass(frozen=True, slots=True)
class Median:
    """A median of what `of` gives; None leaves the journey out."""

    key: str
    label: str
    unit: str
    of: Callable[[Journey], float | None]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean of whole numbers; None leaves the journey out."""

    key: str
    label: str
    unit: str
    of: Callable[[Journey], int | None]


def _is_offered(each: Journey) -> bool:
    return each.offered_at is not None


def is_held(each: Journey) -> bool:
    """Whether the reviewer was reached."""
    return each.connected_at is not None


def _appealed_after(each: Journey) -> bool:
    """Whether an appeal followed the call; one that was filed before it says nothing of what the call led to."""
    at, held = each.appealed_at, each.connected_at
    return at is not None and held is not None and at >= held


def _is_over(each: Journey) -> bool:
    return each.offered_at is not None and (is_held(each) or each.was_missed)


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
    return PUBLISHED_MINUTES - each.minutes if each.minutes is not None and is_held(each) else None


MEASURES: tuple[Part | Kept | Median | Mean, ...] = (
    Part("offer_to_connect", "Offered calls that were held", _is_offered, is_held),
    Median("time_to_connect", "Offer to call", "hours", _hours_to_connect),
    Part("inside_window", "Held inside the window", lambda e: e.inside is not None, lambda e: e.inside is True),
    Mean("attempts_per_connection", "Attempts for a call that was held", "calls",
         lambda e: e.calls_to_connect if is_held(e) and e.calls_to_connect else None),
    Part("specialty_match", "Reviewer of the service’s specialty",
          lambda e: is_held(e) and e.specialty_match is not None, lambda e: e.specialty_match is True),
    Part("shift_pre_for", "Before the denial: changed for us", _judged_in("pre_denial"), _shifts("for")),
    Part("shift_pre_against", "Before the denial: changed against us", _judged_in("pre_denial"), _shifts("against")),
    Part("shift_post_for", "After the denial: changed for us", _judged_in("post_denial"), _shifts("for")),
    Part("shift_post_against", "After the denial: changed against us", _judged_in("post_denial"),
          _shifts("against")),
    Part("appeal_after_held", "Appealed after a call that was held", is_held, _appealed_after),
    Part("appeal_after_missed", "Appealed after a call that was missed", lambda e: e.was_missed,
          lambda e: e.appealed_at is not None),
    Part("overturn", "Denials overturned on the call", lambda e: e.is_judged, lambda e: e.result in CHANGED),
    Part("appeal_overturn", "Appeals won", lambda e: e.appeal_result in HELD, lambda e: e.appeal_result in CHANGED),
    Part("missed", "Offered calls that were missed", _is_over, lambda e: e.was_missed),
    Part("missed_by_payer", "… because the payer did not come", _is_over, _missed_for("payer")),
    Part("missed_by_us", "… because we did not come", _is_over, _missed_for("us")),
    Part("missed_lapsed", "… because the window closed", _is_over, _missed_for("lapsed")),
    Part("missed_withdrawn", "… because the request was withdrawn", _is_over, _missed_for("withdrawn")),
    Part("missed_untold", "… and nobody told why", _is_over, _missed_for(None)),
    Kept("kept_by_us", "Calls that we kept", lambda e: e.missed_by_us),
    Kept("kept_by_payer", "Calls that the payer kept", lambda e: e.missed_by_payer),
    Part("mismatch", "Letters that differ from the call", lambda e: bool(e.verbal and e.written),
          lambda e: e.is_mismatched),
    Median("hold_minutes", "On hold, a case", "minutes", lambda e: e.hold_minutes),
    Median("prep_minutes", "Preparing, a case", "minutes", lambda e: e.prep_minutes),
    Median("talk_minutes", "On the call, a case", "minutes", lambda e: e.talk_minutes),
    Median("minutes", "All minutes of a case", "minutes", lambda e: e.minutes),
    Median("minutes_saved", "Minutes below the published 33.5", "minutes", _saved),
)  # fmt: skip
KEPT = tuple(each for each in MEASURES if isinstance(each, Kept))
MEANS = tuple(each for each in MEASURES if isinstance(each, Mean))
MEDIANS = tuple(each for each in MEASURES if isinstance(each, Median))


def measure_named(key: str) -> tuple[int, Part | Kept | Median | Mean]:
    """Return a measure with its place in MEASURES; raises NoSuchMeasure."""
    found = next(((number, each) for number, each in enumerate(MEASURES) if each.key == key), None)
    if found is None:
        raise NoSuchMeasure()
    return found


def mark_of(name: str) -> str:
    """Return what stands for a name in addresses: payers' names are their own words, and no word of theirs is a URL."""
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
