"""The request for a call as a form: what payers ask for, filled from the case; what is not known is said (F23)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.case import Case
from app.core.denial import Code, Decision, DenialLine
from app.core.people import User
from app.core.rulebook.payers import PayerRule
from app.core.rulebook.phrases import LINES
from app.core.windows.link import offered_in

NOT_KNOWN = "not known"
_TITLES = {
    "physician": "Physician",
    "covering_physician": "Covering physician",
    "medical_director": "Medical director",
    "resident": "Resident",
    "doctoral_degree": "Clinician with a doctorate",
    "np": "Nurse practitioner",
    "pa": "Physician assistant",
    "licensed_clinician": "Licensed clinician",
    "rn": "Registered nurse",
    "staff": "Office staff",
}
# Every field there is, by the part it stands in; a site's own form may name any of them as {{key}}.
PARTS = {
    "The request": {
        "payer": "Payer",
        "payer_reference": "Payer's reference",
        "case_number": "Our case",
        "denied_on": "Denied on",
        "call_until": "The time for the call ends",
        "urgent": "Urgent",
    },
    "The patient": {
        "patient_name": "Patient",
        "patient_birth_date": "Born",
        "member_id": "Member ID",
        "plan": "Plan",
    },
    "The service": {
        "services": "Service",
        "diagnoses": "Diagnoses",
        "denial_codes": "Reason codes of the denial",
    },
    "Our clinician": {
        "clinician_name": "Takes the call",
        "clinician_credential": "Credential",
        "clinician_specialty": "Specialty",
        "clinician_npi": "NPI",
        "clinician_number": "Direct number",
    },
    "The call": {"times": "Times we offer"},
    "Asked by": {
        "contact_name": "Contact",
        "contact_number": "Contact's number",
        "filled_by": "Filled in by",
        "filled_at": "Filled in",
    },
}
KEYS = tuple(key for fields in PARTS.values() for key in fields)
# A payer finds the request and takes the call without these.
_MAY_BE_EMPTY = {"call_until", "urgent", "plan", "denial_codes", "clinician_specialty", "contact_number"}

_LINES = {"services", "times"}  # made here, a line each


@dataclass(frozen=True, slots=True)
class Filled:
    """What a person adds that the case does not hold; numbers checked by windows.ask.read_number."""

    number: str | None = None  # at which our clinician is reached
    contact_name: str | None = None
    contact_number: str | None = None


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. value: None where it is not known, lines where it is several; needed: to be found before sending."""

    key: str
    label: str
    value: str | None
    needed: bool

    @property
    def shown(self) -> str:
        """The value as the form says it."""
        return self.value or NOT_KNOWN

    @property
    def is_owed(self) -> bool:
        """Whether somebody must find it before the form goes."""
        return self.needed and self.value is None


@dataclass(frozen=True, slots=True)
class RequestForm:
    """The form of one case as it is filled now."""

    case_number: str
    payer: str
    parts: tuple[tuple[str, tuple[FormField, ...]], ...]
    made_at: datetime

    @property
    def fields(self) -> tuple[FormField, ...]:
        """Every field, in the form's order."""
        return tuple(each for _, fields in self.parts for each in fields)

    @property
    def to_do(self) -> tuple[str, ...]:
        """What must be found before it is sent, by label."""
        return tuple(each.label for each in self.fields if each.is_owed)


def request_form(
    case: Case, filled: Filled, *, rule: PayerRule | None, zone: str, by: User, now: datetime
) -> RequestForm:
    """
    Return the form that asks this payer for a call.

    zone: in which the payer reads a clock; times stand in it, our own beside them are the page's to show
    returns: every key of PARTS once, whatever is known of it. No field is guessed; nothing in it is markup
    """
    values = _values(case, filled, zone=zone, by=by, now=now)
    offers = rule is not None and bool(rule.windows_to_offer_min)
    may_be_empty = _MAY_BE_EMPTY if offers else _MAY_BE_EMPTY | {"times"}
    parts = tuple(
        (part, tuple(FormField(key, label, values.get(key), key not in may_be_empty) for key, label in fields.items()))
        for part, fields in PARTS.items()
    )
    return RequestForm(case.number, case.payer_name, parts, now)


def _values(case: Case, filled: Filled, *, zone: str, by: User, now: datetime) -> dict[str, str | None]:
    """Return what is known, by key; None and the empty text alike are not known."""
    denial, who = case.denial, case.clinician
    told = {
        "payer": case.payer_name,
        "payer_reference": _references(case),
        "case_number": case.number,
        "denied_on": _denied_on(case, zone),
        "call_until": _until(case, zone=zone, now=now),
        "urgent": {True: "Yes", False: "No"}.get(denial.urgent),
        "patient_name": case.patient.name,
        "patient_birth_date": case.patient.birth_date,
        "member_id": case.coverage.member_id,
        "plan": _plan(case),
        "services": "\n".join(_service(each) for each in _disputed(case)) or _line(case.service_label),
        "diagnoses": _codes(each for line in _disputed(case) for each in line.diagnoses),
        "denial_codes": _codes((*(each for line in _disputed(case) for each in line.reasons), *denial.reasons)),
        "clinician_name": who and who.name,
        "clinician_credential": who and _TITLES.get(who.credential or ""),
        "clinician_specialty": who and who.specialty,
        "clinician_npi": who and who.npi,
        "clinician_number": filled.number,
        "times": "\n".join(_when(each.interval.start, zone) for each in offered_in(case, now=now)),
        "contact_name": filled.contact_name or by.name,
        "contact_number": filled.contact_number,
        "filled_by": by.name,
        "filled_at": _when(now, zone),
    }
    return {key: (value if key in _LINES else _line(value)) or None for key, value in told.items()}


def _disputed(case: Case) -> tuple[DenialLine, ...]:
    """Return the lines that were not approved; all of them where the answer does not say."""
    approved = {each.sequence for each in case.routing.lines if each.decision is Decision.APPROVED}
    return tuple(each for each in case.denial.lines if each.sequence not in approved) or case.denial.lines


def _service(line: DenialLine) -> str:
    """Return "63047 Decompression, 1 asked for"; the label is the request's own, never a code list's."""
    code = line.service.code if line.service and line.service.code else ""
    asked = f", {line.quantity_requested:g} asked for" if line.quantity_requested else ""
    return _line(f"{code} {line.service_label or ''}") + asked


def _codes(codes: Iterator[Code] | tuple[Code, ...]) -> str:
    return ", ".join(dict.fromkeys(each.code for each in codes if each.code))


def _references(case: Case) -> str:
    """Return the numbers by which the payer finds the request: the whole answer's, else its lines'."""
    lines = (each.reference_number for each in _disputed(case))
    told = (case.denial.reference_number, *lines) if case.denial.reference_number else lines
    return ", ".join(dict.fromkeys(each for each in told if each))


def _denied_on(case: Case, zone: str) -> str | None:
    """Return the day as its writer wrote it, else the instant's day where the payer is."""
    if case.denial.created_on is not None:
        return f"{case.denial.created_on:%B %d, %Y}"
    at = case.denial.created_at
    return f"{at.astimezone(ZoneInfo(zone)):%B %d, %Y}" if at is not None else None


def _until(case: Case, *, zone: str, now: datetime) -> str | None:
    """Return when the payer's own time for the call ends; none of our own caution, nothing that is over."""
    ends = [e.ends_at for e in case.clocks if e.firm and e.name in ("p2p_window", "offer") and e.ends_at > now]
    return _when(min(ends), zone) if ends else None


def _plan(case: Case) -> str:
    line = LINES.get(case.coverage.line_of_business or "", "")
    return ", ".join(each for each in (case.coverage.plan, line) if each)


def _when(instant: datetime, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%A, %B %d, %Y, %I:%M %p %Z}"


def _line(value: str | None) -> str:
    """Return a value as one line: what came from outside adds no lines of its own to a form of ours."""
    return " ".join("".join(c if c.isprintable() else " " for c in value or "").split())
