"""The outcome: what was decided, checked against itself; the note that says so; and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

from app.core.acts import ACTS, CALL, COMPLETES
from app.core.call import attempt_sentence
from app.core.case import Booking, Case, CaseState, LineOutcome, Outcome, TakenAct, move_case
from app.core.effects import ChangeAppointment, Effect, TellPayer, WriteCommunication, WriteDocument
from app.core.people import Reviewer, User, specialty_match
from app.errors import Refused

RESULTS = ("approved", "partial", "modified", "upheld", "withdrawn", "not_held")
LINE_RESULTS = ("approved", "modified", "upheld", "withdrawn")
NOT_HELD = (
    "window_expired",
    "payer_no_show",
    "our_no_show",
    "attempts_exhausted",
    "cancelled_by_payer",
    "declined_by_us",
    "blocked_by_appeal",
)
HELD = frozenset({"approved", "partial", "modified", "upheld"})
# What a decision on the call leaves nothing to wait for; an appeal or an exception is decided by itself.
_ANSWERED_BY_A_CALL = {"send_new_information", "wait_for_written", "ask_reason"}
SAID = {
    "approved": "overturned: approved as requested",
    "partial": "partly overturned",
    "modified": "modified",
    "upheld": "denial upheld",
    "withdrawn": "request withdrawn by us",
    "not_held": "call not held",
}


class Contradiction(Refused):
    """The form contradicts itself. `field` names where."""

    next = "Correct the field and save again; what you typed is kept."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


@dataclass(frozen=True, slots=True)
class OutcomeForm:
    """What the person told. lines: line sequence → (result, quantity); empty when the whole answer is meant."""

    result: str
    final: bool = False
    lines: Mapping[int, tuple[str, float | None]] | None = None
    held_at: datetime | None = None
    reviewer: Reviewer | None = None
    reference_number: str | None = None
    reviewer_reason: str | None = None
    new_information: str | None = None
    not_held_reason: str | None = None
    note: str | None = None
    way: str = CALL  # what decided: the call, or the act that this answers (core.acts.ACTS)


def way_of(case: Case) -> str:
    """Return what an outcome told now is of: the act that is watched for, what it was of before, the path, a call."""
    if case.awaited is not None and case.next_action.kind == "await_answer":
        return case.awaited.kind
    if case.outcome is not None:
        return case.outcome.way
    if case.state is CaseState.OPEN and not case.is_call_open:
        return COMPLETES.get(case.next_action.kind, CALL)
    return CALL


def topic_of(way: str) -> str:
    """Return what was decided on, as a title: "Peer-to-peer review", "Appeal"."""
    return ACTS[way].title if way in ACTS else "Peer-to-peer review"


def settle(
    case: Case, form: OutcomeForm, *, by: User, outcome_id: str, zone: str, now: datetime
) -> tuple[Case, tuple[Effect, ...]]:
    """
    Return the case with its outcome and the writes that tell the EHR.

    A second settling amends: the note is written as a new version that replaces the old, never beside it. The answer to
    an act (an appeal's decision) is an outcome of its own; what was decided before stands in `earlier`.
    raises: Contradiction naming the field; MoveRefused when the case is closed
    """
    _check(case, form, now=now)
    before = None if case.outcome is None or _is_news(case, form.way) else case.outcome
    outcome = Outcome(
        id=before.id if before else outcome_id,
        result=form.result,
        final=form.final,
        recorded_at=now,
        recorded_by=by.name,
        lines=_lines(case, form),
        held_at=form.held_at or _held_at(case, now=now) if form.result in HELD and form.way == CALL else None,
        reviewer=form.reviewer,
        reference_number=form.reference_number,
        reviewer_reason=form.reviewer_reason,
        new_information=form.new_information,
        not_held_reason=form.not_held_reason,
        note=form.note,
        revision=before.revision + 1 if before else 0,
        way=form.way,
    )
    booking = _closed_booking(case.booking, form)
    earlier = case.earlier if before == case.outcome else (*case.earlier, case.outcome)
    acts = _answered(case, form, now=now)
    settled = replace(case, outcome=outcome, earlier=earlier, booking=booking, acts=acts, updated_at=now)
    settled = move_case(settled, _state_after(outcome))
    return settled, _writes(case, settled, by=by, zone=zone, now=now)


def _is_news(case: Case, way: str) -> bool:
    """Whether an outcome of this way is the answer to an act, and no amendment of what was told."""
    return any(each.awaits and each.kind == way for each in case.acts)


def _answered(case: Case, form: OutcomeForm, *, now: datetime) -> tuple[TakenAct, ...]:
    """Return the acts, without those that this outcome leaves nothing to wait for."""
    over = form.result in ("approved", "withdrawn")
    kinds = {form.way} | (_ANSWERED_BY_A_CALL if form.way == CALL and form.result in HELD else set())
    return tuple(
        replace(each, answered_at=now) if each.awaits and (over or each.kind in kinds) else each for each in case.acts
    )


def _state_after(outcome: Outcome) -> CaseState:
    if outcome.result == "withdrawn":
        return CaseState.WITHDRAWN
    if outcome.result == "not_held":
        return CaseState.LAPSED
    return CaseState.CONFIRMED if outcome.final else CaseState.DECIDED


def _lines(case: Case, form: OutcomeForm) -> tuple[LineOutcome, ...]:
    if form.lines:
        return tuple(LineOutcome(n, result, quantity) for n, (result, quantity) in sorted(form.lines.items()))
    if form.result in ("approved", "upheld", "withdrawn"):
        return tuple(LineOutcome(n, form.result) for n in disputed_lines(case))
    return ()


def disputed_lines(case: Case) -> tuple[int, ...]:
    """Return the sequences of the lines that a call is about: not those approved, pended or cancelled."""
    return tuple(
        line.sequence
        for line in case.routing.lines
        if line.decision.value in ("denied", "partial", "modified", "conflict", "unknown") and line.sequence
    )


def _check(case: Case, form: OutcomeForm, *, now: datetime) -> None:
    if form.result not in RESULTS:
        raise Contradiction("result", "Say what was decided.")
    lines = form.lines or {}
    known = {line.sequence for line in case.routing.lines}
    for number, (result, quantity) in lines.items():
        if number not in known:
            raise Contradiction(f"line_{number}", f"The payer's answer has no line {number}.")
        if result not in LINE_RESULTS:
            raise Contradiction(f"line_{number}", f"Say what became of line {number}.")
        if result == "modified" and (quantity is None or not 0 < quantity < inf):  # nan is no quantity either
            raise Contradiction(f"quantity_{number}", f"Line {number} is modified: say how much was approved.")
        if result != "modified" and quantity is not None:
            raise Contradiction(f"quantity_{number}", f"A quantity belongs to a modified line; line {number} is not.")
    results = {result for result, _ in lines.values()}
    _check_way(case, form)
    _check_whole(form, results)
    if form.result == "not_held" and form.not_held_reason not in NOT_HELD:
        raise Contradiction("not_held_reason", "Say why the call was not held.")
    if form.result != "not_held" and form.not_held_reason:
        raise Contradiction("not_held_reason", "A reason for not holding the call belongs to a call not held.")
    if form.held_at is not None and form.held_at > now:
        raise Contradiction("held_at", "The call lies in the future.")


def _check_way(case: Case, form: OutcomeForm) -> None:
    told = case.outcome.way if case.outcome is not None else CALL
    if form.way not in (told, way_of(case)) and not _is_news(case, form.way):
        raise Contradiction("way", "Nothing is awaited that this would answer.")
    if form.way != CALL and form.result == "not_held":
        raise Contradiction("result", "Only a call is not held; say what was decided.")


def _check_whole(form: OutcomeForm, results: set[str]) -> None:
    if form.result == "approved" and results - {"approved"}:
        raise Contradiction("result", "“Approved” and a line that is not: choose “partly approved”.")
    if form.result == "upheld" and results - {"upheld"}:
        raise Contradiction("result", "“Upheld” and a line that is not: choose “partly approved” or “modified”.")
    if form.result == "partial":
        if not results:
            raise Contradiction("result", "Partly approved: say it line by line.")
        if len(results) == 1 and results != {"modified"}:
            raise Contradiction("result", f"Every line is {results.pop()}; that is not “partly approved”.")
    if form.result == "modified" and "modified" not in results:
        raise Contradiction("result", "Modified: say which line, and how much of it.")
    if form.result in ("withdrawn", "not_held") and results - {"withdrawn"}:
        raise Contradiction("result", "Lines are decided on a call that was held; clear them or choose another result.")


def _held_at(case: Case, *, now: datetime) -> datetime | None:
    for attempt in reversed(case.attempts):
        if attempt.result == "connected":
            return attempt.at
    booking = case.booking
    # A call told of before its booked time was held at another, which nobody has said.
    stood = booking is not None and booking.state in ("booked", "fulfilled") and booking.interval.start <= now
    return booking.interval.start if stood else None


def _held_to(case: Case) -> datetime | None:
    """Return the booked end, where the call was held at the booked time."""
    booking, held_at = case.booking, case.outcome and case.outcome.held_at
    within = booking and held_at and booking.interval.start <= held_at < booking.interval.end
    return booking.interval.end if within else None


def _closed_booking(booking: Booking | None, form: OutcomeForm) -> Booking | None:
    if booking is None or not booking.is_live:
        return booking
    if form.result in HELD and form.way == CALL:
        return replace(booking, state="fulfilled")
    if form.not_held_reason in ("payer_no_show", "our_no_show"):
        return replace(booking, state="noshow")
    return replace(booking, state="cancelled")


def _writes(before: Case, after: Case, *, by: User, zone: str, now: datetime) -> tuple[Effect, ...]:
    outcome = after.outcome
    assert outcome is not None  # noqa: S101 settle has just set it
    root = f"{after.tenant}/{after.id}"
    about = after.about
    document_key = f"{root}/document/{outcome.id}/{outcome.revision}"
    message_key = f"{root}/communication/{outcome.id}/{outcome.revision}"
    text, topic = note_of(after, zone=zone), topic_of(outcome.way)
    first = outcome.revision == 0
    effects: list[Effect] = [
        WriteDocument(
            key=document_key,
            target=f"{outcome.id}/document",
            case_number=after.number,
            patient=after.patient,
            author=by.reference,
            author_name=by.name,
            title=f"{topic} {after.number}: {SAID[outcome.result]}",
            text=text,
            at=now,
            about=about,
            encounter=after.encounter,
            held_from=outcome.held_at,
            held_to=_held_to(after),
            replaces_key=None if first else f"{root}/document/{outcome.id}/{outcome.revision - 1}",
            topic=topic,
        ),
        WriteCommunication(
            key=message_key,
            target=f"{outcome.id}/communication",
            case_number=after.number,
            patient=after.patient,
            sender=by.reference,
            sender_name=by.name,
            recipients=(after.clinician.reference,) if after.clinician else (),
            topic=topic,
            text=summary_of(after),
            at=now,
            about=about,
            encounter=after.encounter,
            replaces_key=None if first else f"{root}/communication/{outcome.id}/{outcome.revision - 1}",
        ),
    ]
    change = _appointment_change(before, after, root=root, about=about)
    if change is None:
        return tuple(effects)
    return (*effects, change, *_given_back(after, change))


def _appointment_change(before: Case, after: Case, *, root: str, about: tuple[str, ...]) -> ChangeAppointment | None:
    booking = after.booking
    if booking is None or booking == before.booking:
        return None
    return ChangeAppointment(
        key=f"{root}/appointment/{booking.id}/{booking.state}",
        target=booking.id,
        appointment_key=f"{root}/appointment/{booking.id}",
        change=booking.state,
        patient=after.patient,
        booking=booking,
        case_number=after.number,
        payer_name=after.payer_name,
        about=about,
    )


def _given_back(after: Case, change: ChangeAppointment) -> tuple[TellPayer, ...]:
    """Return the word to the payer that its published slot is free again, so that no reviewer waits for nobody."""
    booking = change.booking
    if change.change != "cancelled" or booking.payer_slot is None:
        return ()
    return (
        TellPayer(
            key=f"{after.tenant}/{after.id}/payer-slot/{booking.id}/{booking.revision}/settled",
            target=f"{booking.id}/payer",
            payer_slot=booking.payer_slot,
            case_number=after.number,
            booking_id=booking.id,
            change="cancelled",
            payer_reference=after.denial.reference_number,
        ),
    )


def summary_of(case: Case) -> str:
    """Return the result in three lines, for the team's inbox."""
    outcome = case.outcome
    assert outcome is not None  # noqa: S101 called after settle only
    told = "final, in writing" if outcome.final else "told on the phone, written notice awaited"
    lines = [
        f"{topic_of(outcome.way)} {case.number} with {case.payer_name} for {case.service_label}: "
        f"{SAID[outcome.result]} ({told})."
    ]
    lines += _line_sentences(case)
    if outcome.reference_number:
        lines.append(f"Payer reference: {outcome.reference_number}.")
    return "\n".join(lines)


def _line_sentences(case: Case) -> list[str]:
    outcome = case.outcome
    services = {line.sequence: line.service_label or (line.service and line.service.code) for line in case.denial.lines}
    said = []
    for line in outcome.lines if outcome else ():
        what = services.get(line.sequence)
        amount = f", {line.quantity:g} approved" if line.quantity is not None else ""
        said.append(f"Line {line.sequence}{f' ({what})' if what else ''}: {line.result}{amount}.")
    return said


def note_of(case: Case, *, zone: str) -> str:
    """
    Return the post-call note as plain text.

    Fields in the order of domain facts F.4: call, numbers, participants, denial, result, new information, follow-up,
    contact log. Verbal is kept apart from written: only the notice closes a case.
    """
    outcome = case.outcome
    assert outcome is not None  # noqa: S101 called after settle only
    parts = [topic_of(outcome.way).upper(), f"Case {case.number}, {case.payer_name}: {case.service_label}", ""]
    parts += _call_part(case, zone=zone)
    parts += ["", "DENIAL AS THE PAYER WROTE IT", *(_denial_words(case) or ["No reason was given."])]
    told = "Final, in writing." if outcome.final else "Told on the phone; the written notice is awaited."
    parts += ["", "RESULT", f"{SAID[outcome.result].capitalize()}. {told}", *_line_sentences(case)]
    if outcome.not_held_reason:
        parts.append(f"Not held because: {outcome.not_held_reason.replace('_', ' ')}.")
    if outcome.reviewer_reason:
        parts.append(f"Reviewer's stated reason: {outcome.reviewer_reason}")
    if outcome.new_information:
        parts.append(f"Told on the call and not in the request: {outcome.new_information}")
    if outcome.note:
        parts += ["", "NOTE", outcome.note]
    if case.attempts:
        parts += ["", "CONTACT LOG", *(attempt_sentence(each, zone=zone) for each in case.attempts)]
    at = outcome.recorded_at.astimezone(ZoneInfo(zone))
    parts += ["", f"Recorded by {outcome.recorded_by}, {at:%d %b %Y %H:%M %Z}."]
    return "\n".join(parts)


def _call_part(case: Case, *, zone: str) -> list[str]:
    outcome = case.outcome
    assert outcome is not None  # noqa: S101 called after settle only
    lines = []
    if outcome.held_at:
        lines.append(f"Held: {outcome.held_at.astimezone(ZoneInfo(zone)):%d %b %Y %H:%M %Z}")
    numbers = [f"payer reference {outcome.reference_number}"] if outcome.reference_number else []
    if case.denial.reference_number:
        numbers.append(f"denial reference {case.denial.reference_number}")
    if numbers:
        lines.append("Numbers: " + ", ".join(numbers))
    if case.clinician:
        lines.append(f"For us: {case.clinician.name}")
    reviewer = outcome.reviewer
    if reviewer and any((reviewer.name, reviewer.credential, reviewer.specialty, reviewer.npi)):
        told = [reviewer.name or "name not given", reviewer.credential, reviewer.specialty]
        match = specialty_match(case.clinician.specialty if case.clinician else None, reviewer.specialty)
        same = {True: "same specialty", False: "other specialty", None: "specialty match not known"}[match]
        lines.append(f"For the payer: {', '.join(each for each in told if each)} ({same})")
    elif outcome.result in HELD and outcome.way == CALL:
        lines.append("For the payer: not disclosed")
    return lines


def _denial_words(case: Case) -> list[str]:
    said = [f"“{note.text}”" for note in case.denial.notes]
    if case.denial.disposition:
        said.append(f"“{case.denial.disposition.text}”")
    codes = sorted({code.code for line in case.denial.lines for code in line.reasons if code.code})
    if codes:
        said.append("Reason codes: " + ", ".join(codes))
    return said
