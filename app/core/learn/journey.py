"""One case's way from denial to end, put together from what happened in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.core.acts import CALL

KINDS = (
    "denied",
    "offered",
    "booked",
    "attempt",
    "connected",
    "missed",
    "decided",
    "confirmed",
    "appealed",
    "appeal_decided",
    "closed",
)
_ORDER = {kind: number for number, kind in enumerate(KINDS)}  # of what is told at one instant
HELD = frozenset(("approved", "partial", "modified", "upheld"))  # what a held call may decide
CHANGED = frozenset(("approved", "partial", "modified"))
INFORMATIONAL = "informational"  # the lane in which a call can change nothing
APPEAL = "file_appeal"  # the act whose answer an appeal's decision is


class Happened(NamedTuple):
    """
    One thing that happened in a case; `at` in UTC. What a kind does not tell is None.

    kind: see KINDS; other kinds are passed over
    result: of decided, confirmed and appeal_decided. way: how it was decided: call, else it was no call's
    final: of decided: whether it was told in writing at once; a letter that comes later is confirmed
    by: of missed: payer | us; of attempt: payer where it called us
    inside: of connected: whether the window was still open; of attempt: False where nobody of the payer works then
    ends_at: of denied and offered: when the window closes
    hold_minutes, prep_minutes, talk_minutes: of attempt and connected
    specialty_match: of connected and decided: whether the reviewer was of the service's specialty; None: not disclosed
    shift: of decided: for | against | none, where the result alone does not say in which direction it changed
    cause: of closed: why a call that was offered was never held
    problems: of attempt and decided: the call rules that were broken, by key (rules/calls.toml); one that begins with a
    minus takes back what was marked before
    differs: of confirmed: whether the letter is worse than what was told, or not clear, in anything that it says
    entry: the entry of the contact log that tells it; corrects: the entry that this one takes the place of
    """

    case: str
    at: datetime
    kind: str
    payer: str = ""
    reason: str = ""
    clinician: str = ""
    service: str = ""
    lane: str | None = None
    result: str | None = None
    way: str | None = None
    final: bool | None = None
    by: str | None = None
    inside: bool | None = None
    ends_at: datetime | None = None
    hold_minutes: float | None = None
    prep_minutes: float | None = None
    talk_minutes: float | None = None
    specialty_match: bool | None = None
    shift: str | None = None
    cause: str | None = None
    entry: str | None = None
    corrects: str | None = None
    problems: tuple[str, ...] = ()
    differs: bool | None = None


class Journey(NamedTuple):  # as a frozen dataclass it would take five times as long to make
    """
    One case's way, as far as it has come; instants UTC, None where it has not been.

    result: the latest decision that came out of a call, its letter included; verbal: what was last only spoken, of what
    a held call may decide; written: by letter; shift: as told with the call's latest, where its letter says the same
    appealed_at: when the latest appeal was filed
    calls_to_connect: attempts up to the first connection, it included where it was logged as one
    minutes: None where nobody told any
    """

    case_id: str
    payer: str
    reason: str
    clinician: str
    service: str
    lane: str | None
    denied_at: datetime | None = None
    offered_at: datetime | None = None
    booked_at: datetime | None = None
    connected_at: datetime | None = None
    closed_at: datetime | None = None
    result: str | None = None
    shift: str | None = None
    verbal: str | None = None
    written: str | None = None
    differs: bool = False  # of that letter, in a quantity, a day or a number that the results do not show
    attempt_count: int = 0
    calls_to_connect: int = 0
    missed_by_payer: int = 0
    missed_by_us: int = 0
    inside: bool | None = None
    specialty_match: bool | None = None
    hold_minutes: float | None = None
    prep_minutes: float | None = None
    talk_minutes: float | None = None
    appealed_at: datetime | None = None
    appeal_result: str | None = None
    cause: str | None = None

    @property
    def is_judged(self) -> bool:
        """Whether a held call that could change something decided it."""
        return self.result in HELD and self.lane != INFORMATIONAL

    @property
    def is_mismatched(self) -> bool:
        """Whether the letter says otherwise than what was spoken; False where there is one of the two only."""
        return bool(self.verbal and self.written) and (self.verbal != self.written or self.differs)

    @property
    def was_missed(self) -> bool:
        """Whether a call was offered, and the case ended, or was appealed, without one."""
        ended = self.closed_at is not None or self.appealed_at is not None
        return self.offered_at is not None and self.connected_at is None and ended

    @property
    def minutes(self) -> float | None:
        """All minutes that were told of it, None where none were."""
        told = [each for each in (self.hold_minutes, self.prep_minutes, self.talk_minutes) if each is not None]
        return sum(told) if told else None


def standing(events: Iterable[Happened]) -> tuple[Happened, ...]:
    """Return the events without those of corrected entries; a correction that was corrected itself counts no more."""
    told = tuple(events)
    if not any([each.corrects for each in told]):
        return told
    gone = {(each.case, each.corrects) for each in told if each.corrects}
    return tuple(each for each in told if (each.case, each.entry) not in gone)


def happened_of(case: str, at: datetime, kind: str, told: Mapping[str, Any], about: Mapping[str, Any]) -> Happened:
    """
    Return an event of a case's story as Learn counts it: an appeal's decision as an appeal's, a window that closed as
    an end.

    told: what was kept with the event; about: payer, reason, clinician, service and lane of its case
    """
    get = told.get
    way, cause = get("way", CALL), get("cause")
    if way == APPEAL and kind in ("decided", "confirmed"):
        kind = "appeal_decided"
    elif kind == "lapsed":
        kind, cause = "closed", "lapsed"
    problems = get("problems")
    # By place: a million events pass here, and by name each would take three times as long.
    return Happened(
        case,
        at,
        kind,
        about["payer"],
        about["reason"],
        about["clinician"],
        about["service"],
        about["lane"],
        get("result"),
        way,
        get("final"),
        get("by"),
        get("inside"),
        None,
        get("hold_minutes"),
        get("prep_minutes"),
        get("talk_minutes"),
        get("specialty_match"),
        None,
        cause,
        get("entry"),
        get("corrects"),
        tuple(str(problems).split()) if problems else (),
        get("differs"),
    )


def journeys_of(events: Iterable[Happened]) -> tuple[Journey, ...]:
    """
    Return one journey a case, by its id, from its events in any order.

    The first offer and the first connection count, and the latest decision; of two at one instant the one told later.
    What a case was about is, field by field, what its latest event says that tells it. What a corrected entry of the
    log told counts no more.
    """
    by_case: dict[str, list[Happened]] = defaultdict(list)
    for each in events:
        by_case[each.case].append(each)
    found = (journey_of(case, told) for case, told in sorted(by_case.items()))
    return tuple(each for each in found if each is not None)


def journey_of(case: str, events: Sequence[Happened]) -> Journey | None:
    """Return the journey of one case from all its events, in any order; None where none of them stands."""
    told = sorted(standing(events), key=_when)
    return _journey(case, told) if told else None


def _when(event: Happened) -> tuple[datetime, int]:
    return event.at, _ORDER.get(event.kind, len(KINDS))


def _journey(case: str, told: Sequence[Happened]) -> Journey:
    by_kind: dict[str, list[Happened]] = defaultdict(list)
    for each in told:
        by_kind[each.kind].append(each)
    connected, attempts, missed = _first(by_kind["connected"]), by_kind["attempt"], by_kind["missed"]
    on_calls, on_paper = _of_call(by_kind["decided"]), _of_call(by_kind["confirmed"])
    # Told at one instant, the letter comes after what was spoken.
    latest = max((*on_calls[-1:], *on_paper[-1:]), key=lambda one: (one.at, _ORDER[one.kind]), default=None)
    appeals = [each for each in by_kind["appeal_decided"] if each.result]
    return Journey(
        case_id=case,
        payer=_about(told, "payer") or "",
        reason=_about(told, "reason") or "",
        clinician=_about(told, "clinician") or "",
        service=_about(told, "service") or "",
        lane=_about(told, "lane"),
        denied_at=_at(_first(by_kind["denied"])),
        offered_at=_at(_first(by_kind["offered"])),
        booked_at=_at(_first(by_kind["booked"])),
        connected_at=_at(connected),
        closed_at=by_kind["closed"][-1].at if by_kind["closed"] else None,
        result=latest.result if latest else None,
        shift=on_calls[-1].shift if on_calls and latest and on_calls[-1].result == latest.result else None,
        verbal=_spoken(on_calls),
        written=on_paper[-1].result if on_paper else None,
        differs=bool(on_paper and on_paper[-1].differs),
        attempt_count=len(attempts),
        calls_to_connect=sum(1 for each in attempts if each.at <= connected.at) if connected else 0,
        missed_by_payer=sum(1 for each in missed if each.by == "payer"),
        missed_by_us=sum(1 for each in missed if each.by == "us"),
        inside=_inside(connected, told),
        specialty_match=_specialty(connected, by_kind["decided"]),
        hold_minutes=_sum([each.hold_minutes for each in told if each.hold_minutes is not None]),
        prep_minutes=_sum([each.prep_minutes for each in told if each.prep_minutes is not None]),
        talk_minutes=_sum([each.talk_minutes for each in told if each.talk_minutes is not None]),
        appealed_at=by_kind["appealed"][-1].at if by_kind["appealed"] else None,
        appeal_result=appeals[-1].result if appeals else None,
        cause=_cause(by_kind["closed"], missed),
    )


def _about(told: Sequence[Happened], name: str) -> str | None:
    """Return what the latest event says of the case that says anything of it: a later one may leave it out."""
    return next((value for each in reversed(told) if (value := getattr(each, name))), None)


def _spoken(on_calls: Sequence[Happened]) -> str | None:
    """Return what was last only spoken; None where that is nothing a held call decides, as that there was none."""
    result = next((each.result for each in reversed(on_calls) if not each.final), None)
    return result if result in HELD else None


def _first(told: Sequence[Happened]) -> Happened | None:
    return told[0] if told else None


def _of_call(told: Sequence[Happened]) -> list[Happened]:
    return [each for each in told if each.result and each.way in (None, CALL)]


def _at(happened: Happened | None) -> datetime | None:
    return happened.at if happened else None


def _sum(minutes: Sequence[float]) -> float | None:
    return sum(minutes) if minutes else None


def _inside(connected: Happened | None, told: Sequence[Happened]) -> bool | None:
    """Return whether the call was held before the window, as last told until then, had closed."""
    if connected is None or connected.inside is not None:
        return connected.inside if connected else None
    ends = [each.ends_at for each in told if each.ends_at is not None and each.at <= connected.at]
    return connected.at < ends[-1] if ends else None


def _specialty(connected: Happened | None, decided: Sequence[Happened]) -> bool | None:
    """Return whether the reviewer was of the specialty, as told of the call, else with what it decided."""
    if connected is None or connected.specialty_match is not None:
        return connected.specialty_match if connected else None
    said = [each.specialty_match for each in decided if each.specialty_match is not None]
    return said[-1] if said else None


def _cause(closed: Sequence[Happened], missed: Sequence[Happened]) -> str | None:
    """Return why there was no call: as it was told at the end, else the side that missed the last booked one."""
    told = next((each.cause for each in reversed(closed) if each.cause), None)
    return told or next((each.by for each in reversed(missed) if each.by), None)
