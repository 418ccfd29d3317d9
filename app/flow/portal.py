"""Portal: a call asked for on the payer's own site; the fields to paste, the form to send, the answer captured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.acts import is_replay, refusal_of
from app.core.call import refused_attempt
from app.core.case import Case
from app.core.effects import Effect
from app.core.interval import Interval
from app.core.people import Act
from app.core.windows.ask import read_number
from app.core.windows.form import Filled, RequestForm, request_form
from app.core.windows.told import ToldRow, is_told, keep_windows, read_rows, told_id, told_message, window_ids
from app.errors import Refused
from app.flow.cases import case_for, event, payer_zone, save_case, steady
from app.flow.guards import asked_for_call
from app.flow.ports import Event, Ports

KIND = "ask_for_call"
ANSWERS = ("offered", "waiting", "refused")
SAID = {"offered": "Times offered", "waiting": "Asked; its times are to come", "refused": "Refused"}


class NothingAnswered(Refused):
    """It was not said what the portal answered. `field` names the form's field."""

    say = "Say what the portal answered."
    next = "Choose one of the three; what you typed is kept."
    field = "answer"


@dataclass(frozen=True, slots=True)
class TypedForm:
    """What a person adds to the form, as typed."""

    number: str = ""
    contact_name: str = ""
    contact_number: str = ""


@dataclass(frozen=True, slots=True)
class PortalTask:
    """The task: where to ask, what to paste. portal: from the rule book alone; own_form: the payer's own is kept."""

    case: Case
    form: RequestForm
    portal: str | None
    own_form: bool
    refusal: Refused | None


@dataclass(frozen=True, slots=True)
class PortalAnswer:
    """What the portal answered, as typed. answer: of ANSWERS; why: why it was asked in spite of what it may cost."""

    answer: str
    rows: Sequence[ToldRow] = ()
    zone: str = ""
    reference: str | None = None
    note: str | None = None
    why: str | None = None


def task(ports: Ports, case_id: str, typed: TypedForm, *, now: datetime) -> PortalTask:
    """Return what is needed to ask on the payer's portal; nothing is kept. Raises NumberRefused."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    rule = ports.rules.payer_by_key(case.payer_key)
    portal = rule.portal if rule else None
    refusal = refusal_of(case, KIND, now=now)
    return PortalTask(case, _form(ports, case, typed, now=now), portal, ports.papers.has_form(case.payer_key), refusal)


def form_file(ports: Ports, case_id: str, typed: TypedForm, kind: str, *, now: datetime) -> tuple[Case, bytes]:
    """Return the request form as a file (docx | pdf); who took it, and when, is kept."""
    case = case_for(ports, case_id, Act.DOWNLOAD_FORM, now=now)
    form = _form(ports, case, typed, now=now)
    if kind == "pdf":
        return case, ports.papers.form_pdf(form)
    return case, ports.papers.form_docx(form, payer_key=case.payer_key)


@steady
def answer(ports: Ports, case_id: str, told: PortalAnswer, *, seen: int, now: datetime) -> Case:
    """Keep what the portal answered: its times as windows, or that the call was asked for, or that it was refused."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    if told.answer not in ANSWERS:
        raise NothingAnswered()
    intervals = read_rows(told.rows, zone=told.zone) if told.answer == "offered" else ()
    said = told_id(case, f"portal {told.answer}", by=ports.user, seen=seen)
    if is_told(case, said, intervals) or is_replay(case, KIND, by=ports.user, seen=seen):
        return case
    changed, effects, events = _changed(ports, case, told, intervals, said=said, seen=seen, now=now)
    kept = told_message(
        case,
        message_id=said,
        channel="portal",
        subject=f"Portal: {SAID[told.answer].lower()}",
        lines=[SAID[told.answer] + ".", f"Reference: {told.reference}." if told.reference else "", told.note or ""],
        kept=intervals,
        zone=payer_zone(ports, case),
        told_by=None,
        by=ports.user.name,
        now=now,
    )
    return save_case(ports, changed, seen=seen, effects=effects, events=events, messages=[kept], now=now)


def _changed(
    ports: Ports, case: Case, told: PortalAnswer, intervals: Sequence[Interval], *, said: str, seen: int, now: datetime
) -> tuple[Case, Sequence[Effect], Sequence[Event]]:
    if told.answer == "offered":
        ids, by = window_ids(said, intervals), ports.user.name
        changed = keep_windows(case, intervals, ids=ids, channel="portal", told_by=told.reference, by=by, now=now)
        return changed, (), [event(ports, "offered", at=now, channel="portal", count=len(intervals))]
    if told.answer == "refused":
        tried = refused_attempt(case, attempt_id=said, by=ports.user.name, note=told.note, now=now)
        told_of = {"result": "refused", "reached": "staff", "channel": "portal", "entry": said}
        return tried, (), [event(ports, "attempt", at=now, **told_of)]
    note = f"On its portal{f', reference {told.reference}' if told.reference else ''}"
    return asked_for_call(ports, case, note=note, channel="portal", why=told.why, seen=seen, now=now)


def _form(ports: Ports, case: Case, typed: TypedForm, *, now: datetime) -> RequestForm:
    filled = Filled(
        number=read_number(typed.number),
        contact_name=" ".join(typed.contact_name.split())[:120] or None,
        contact_number=read_number(typed.contact_number),
    )
    rule = ports.rules.payer_by_key(case.payer_key)
    return request_form(case, filled, rule=rule, zone=payer_zone(ports, case), by=ports.user, now=now)
