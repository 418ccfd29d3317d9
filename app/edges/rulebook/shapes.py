"""What a payer's rule file may say (msgspec shapes), and the way from there to core's PayerRule."""

import datetime
from collections.abc import Set
from typing import Literal

import msgspec

from app.core.rulebook.matching import plain_name
from app.core.rulebook.payers import Evidence, PayerHours, PayerRule, WindowRule

Line = Literal["commercial", "medicare_advantage", "medicaid", "marketplace", "medicare"]
Funding = Literal["fully_insured", "self_insured", "public"]
Lane = Literal["pre_denial", "post_denial", "informational"]
Grade = Literal["V", "S", "G", "I"]
Unit = Literal["hours", "business_hours", "calendar_days", "business_days", "appeal_period", "until_decision"]
Anchor = Literal[
    "denial_posted", "letter_date", "notice_received", "verbal_notice", "plan_outreach", "discharge", "first_attempt"
]
Speaker = Literal[
    "physician",
    "covering_physician",
    "resident",
    "pa",
    "np",
    "doctoral_degree",
    "licensed_clinician",
    "medical_director",
    "provider",
]
Reason = Literal["clinical", "experimental", "documents"]


class WindowShape(msgspec.Struct, forbid_unknown_fields=True):
    """One [[windows]] table."""

    amount: int
    unit: Unit
    anchor: Anchor
    setting: Literal["any", "pre_service", "outpatient", "inpatient", "concurrent", "post_discharge"] = "any"
    must: Literal["request", "complete"] = "complete"


class HoursShape(msgspec.Struct, forbid_unknown_fields=True):
    """The [hours] table: local times in `zone`."""

    zone: str
    days: list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]]
    opens: datetime.time
    closes: datetime.time
    closed: list[datetime.date] = []


class IdentifierShape(msgspec.Struct, forbid_unknown_fields=True):
    """How the payer is numbered, with the system of the number."""

    system: str
    value: str


class EvidenceShape(msgspec.Struct, forbid_unknown_fields=True):
    """[evidence.VALUE]: where this one value was read, when that is not where the file was."""

    source: str
    verified_on: datetime.date
    grade: Grade
    why: str | None = None


class RuleShape(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    key: str
    payer: str
    names: list[str]
    source: str
    verified_on: datetime.date
    grade: Grade
    vendor: bool = False
    identifiers: list[IdentifierShape] = []
    lines_of_business: list[Line] = []
    states: list[str] = []
    services: Literal["drugs", "medical"] | None = None
    windows: list[WindowShape] = []
    hours: HoursShape | None = None
    phone: str | None = None
    portal: str | None = None
    channels: list[Literal["published", "portal", "phone", "fax", "form"]] = []
    who_may_speak: list[Speaker] = []
    who_calls: Literal["payer", "us"] | None = None
    windows_to_offer_min: int | None = None
    lane: Lane | None = None
    post_denial_informational_for: list[Line] = []
    new_information: Literal["required", "allowed", "written_only", "as_appeal", "cancels_p2p"] | None = None
    effect: Literal["may_overturn", "educational"] | None = None
    when_asking: str = ""
    blocked_by_appeal: bool | None = None
    notes: str = ""
    funding: list[Funding] = []
    settings: list[Literal["pre_service", "outpatient", "inpatient", "concurrent"]] = []
    reasons: list[Reason] = []
    for_payers: list[str] = []
    vendors: list[str] = []
    report: bool = False
    effective: datetime.date | None = None
    until: datetime.date | None = None
    closed: list[datetime.date] = []
    verbal_notice_counts: bool | None = None
    speakers_refused: list[Literal["rn", "staff", "np", "pa", "resident"]] = []
    delegate_may_schedule: bool | None = None
    appointment: Literal["ad_hoc", "scheduled", "mixed"] | None = None
    attempts_by_payer: int | None = None
    missed_call: Literal["counts_as_held", "payer_decides", "call_back", "one_more_day"] | None = None
    missed_call_business_days: int | None = None
    calls_max: int | None = None
    reviewer: Literal["physician", "pharmacist", "same_specialty", "same_reviewer_first"] | None = None
    withdraw_allowed: bool | None = None
    retrospective: bool | None = None
    lead_minutes: int | None = None
    appeal_days: int | None = None
    appeal_by: Literal["provider", "provider_expedited", "member"] | None = None
    appeals_to: str = ""
    evidence: dict[str, EvidenceShape] = {}


# What is not a value of the rule but tells whose and whence it is.
FRAME = frozenset({"key", "payer", "source", "verified_on", "grade", "evidence"})
VALUES = frozenset(RuleShape.__struct_fields__) - FRAME
_PLAIN = (
    "key",
    "payer",
    "source",
    "verified_on",
    "grade",
    "phone",
    "portal",
    "who_calls",
    "windows_to_offer_min",
    "lane",
    "new_information",
    "effect",
    "when_asking",
    "blocked_by_appeal",
    "services",
    "vendor",
    "report",
    "effective",
    "until",
    "verbal_notice_counts",
    "delegate_may_schedule",
    "appointment",
    "attempts_by_payer",
    "missed_call",
    "missed_call_business_days",
    "calls_max",
    "reviewer",
    "withdraw_allowed",
    "retrospective",
    "lead_minutes",
    "appeal_days",
    "appeal_by",
    "appeals_to",
)
_LISTS = (
    "lines_of_business",
    "channels",
    "who_may_speak",
    "post_denial_informational_for",
    "states",
    "funding",
    "settings",
    "reasons",
    "for_payers",
    "vendors",
    "speakers_refused",
)


def rule_of_shape(read: RuleShape, *, closed: Set[datetime.date]) -> PayerRule:
    """Return core's rule; closed: dates on which no payer works, added to the payer's own."""
    own = frozenset(read.closed)
    return PayerRule(
        called=tuple(read.names),
        names=tuple(dict.fromkeys(plain_name(name) for name in (read.payer, *read.names))),
        identifiers=tuple((each.system, each.value) for each in read.identifiers),
        windows=tuple(WindowRule(w.amount, w.unit, w.anchor, w.setting, w.must) for w in read.windows),
        hours=_hours(read.hours, closed | own),
        notes=read.notes.strip(),
        closed=own,
        evidence=tuple(
            (name, Evidence(each.source, each.verified_on, each.grade, each.why))
            for name, each in read.evidence.items()
        ),
        **{name: getattr(read, name) for name in _PLAIN},
        **{name: tuple(getattr(read, name)) for name in _LISTS},
    )


def _hours(read: HoursShape | None, closed: Set[datetime.date]) -> PayerHours | None:
    if read is None:
        return None
    return PayerHours(read.zone, tuple(read.days), read.opens, read.closes, closed | frozenset(read.closed))
