"""What each value of a payer's rule is, so that a form can ask for it: its kind, its choices, its words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.rulebook.phrases import (
    CHANNELS,
    FUNDING,
    LINES,
    REASONS,
    ROWS,
    SAID,
    SCOPE,
    SERVICES,
    SETTINGS,
    SPEAKERS,
)


class Kind(StrEnum):
    """How a value is asked for."""

    CHOICE = "choice"  # one of `choices`
    YES_NO = "yes_no"
    NUMBER = "number"  # whole, from 1
    MANY = "many"  # some of `choices`
    LINES = "lines"  # texts, one a line
    IDENTIFIERS = "identifiers"  # number and system, one a line
    DAYS = "days"  # dates, one a line
    DAY = "day"
    WINDOWS = "windows"
    HOURS = "hours"
    PHONE = "phone"
    ADDRESS = "address"  # of a page, https
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Field:
    """One value. choices: word in the file → words on the page. blank: what it means to choose none; "" if one must."""

    name: str
    label: str
    kind: Kind
    choices: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""
    blank: str = "Not told: unknown"


_LABELS = {name: label for name, label, _ in (*ROWS, *SCOPE)} | {"missed_call_business_days": "Business days left then"}
_REFUSED = ("rn", "staff", "np", "pa", "resident")
_SPEAKERS = [each for each in SPEAKERS if each not in ("rn", "staff")]
_PROGRAMME = ("pre_service", "outpatient", "inpatient", "concurrent")
_MANY = {
    "post_denial_informational_for": LINES,
    "who_may_speak": {each: SPEAKERS[each] for each in _SPEAKERS},
    "speakers_refused": {each: SPEAKERS[each] for each in _REFUSED},
    "channels": CHANNELS,
    "lines_of_business": LINES,
    "funding": FUNDING,
    "settings": {each: SETTINGS[each] for each in _PROGRAMME},
    "reasons": REASONS,
}
_YES_NO = {
    "vendor": {True: "It decides for other payers.", False: "It decides for itself."},
    "report": {True: "A report of several payers, no answer's rule.", False: "The payer's own rule."},
}
_KINDS = {
    Kind.CHOICE: (
        "lane",
        "effect",
        "new_information",
        "who_calls",
        "appointment",
        "missed_call",
        "reviewer",
        "appeal_by",
    ),
    Kind.YES_NO: (
        "blocked_by_appeal",
        "delegate_may_schedule",
        "verbal_notice_counts",
        "withdraw_allowed",
        "retrospective",
        "vendor",
        "report",
    ),
    Kind.NUMBER: (
        "windows_to_offer_min",
        "attempts_by_payer",
        "calls_max",
        "lead_minutes",
        "missed_call_business_days",
        "appeal_days",
    ),
    Kind.MANY: tuple(_MANY),
    Kind.LINES: ("names", "states", "for_payers", "vendors"),
    Kind.IDENTIFIERS: ("identifiers",),
    Kind.DAYS: ("closed",),
    Kind.DAY: ("effective", "until"),
    Kind.WINDOWS: ("windows",),
    Kind.HOURS: ("hours",),
    Kind.PHONE: ("phone",),
    Kind.ADDRESS: ("portal",),
    Kind.TEXT: ("notes", "when_asking", "appeals_to"),
}
_HINTS = {
    "names": "As cards, answers and letters write it, one a line. The payer's own name need not be repeated.",
    "identifiers": "One a line: the number, a space, and the address of the numbering system.",
    "states": "Two capital letters, one a line.",
    "for_payers": "Keys of the rule book, one a line.",
    "vendors": "Keys of the rule book, one a line.",
    "closed": "Days as 2026-11-27, one a line. Federal holidays are known.",
    "lead_minutes": "Minutes before the call.",
    "appeal_days": "Calendar days from the notice.",
    "appeals_to": "As the payer prints it: Fax 800-555-0144, or a postal address on one line.",
    "until": "The first day on which it is over.",
    "missed_call_business_days": "Only where the payer calls back, or gives more days.",
    "phone": "As the payer prints it.",
    "portal": "The page on which a call is asked for, as https://portal.payer.example/peer-to-peer.",
}
_BLANKS = {name: "None ticked: any." for name in ("lines_of_business", "funding", "settings", "reasons")}
_BLANKS |= {"vendor": "", "report": ""}
# Which values one form asks for: those that contradict one another, or that one source tells together.
_TOGETHER = {
    "windows": ("windows", "lane"),
    "who_may_speak": ("who_may_speak", "speakers_refused"),
    "missed_call": ("missed_call", "missed_call_business_days"),
    "hours": ("hours", "closed"),
    "effective": ("effective", "until"),
    "vendor": ("vendor", "for_payers", "vendors"),
}


def _field(name: str, kind: Kind) -> Field:
    choices: Mapping[str, str] = {}
    if kind is Kind.CHOICE:
        choices = {word: said.format(days="some days") for word, said in SAID[name].items()}
    if kind is Kind.MANY:
        choices = _MANY[name]
    if kind is Kind.YES_NO:
        said = SAID.get(name) or _YES_NO[name]
        choices = {"yes": said[True], "no": said[False]}
    blank = _BLANKS.get(name, "None ticked: not told." if kind is Kind.MANY else "Not told: unknown")
    return Field(name, _LABELS[name], kind, choices, _HINTS.get(name, ""), blank)


FIELDS = {name: _field(name, kind) for kind, names in _KINDS.items() for name in names}
FIELDS["services"] = Field("services", _LABELS["services"], Kind.CHOICE, SERVICES, blank="Both")
_ELSEWHERE = {name: form for form, names in _TOGETHER.items() for name in names}
# Form → the values it asks for, in its order; every value of a rule is in exactly one.
FORMS = {name: _TOGETHER.get(name, (name,)) for name in FIELDS if _ELSEWHERE.get(name, name) == name}


def form_of(name: str) -> str:
    """Return the form in which a value is asked for."""
    return _ELSEWHERE.get(name, name)
