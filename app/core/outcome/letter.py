"""The payer's written answer, read as an outcome that a person may record: never recorded by itself (decision 0053)."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.core.acts import CALL
from app.core.afterwards import DECIDING, GRANTED, authorized_by
from app.core.case import Authorization, Case, CaseState, Letter, LineOutcome, Outcome
from app.core.denial import Decision, Denial, DenialLine, Routing, Way
from app.core.outcome.follows import Difference, differences
from app.core.outcome.form import BEFORE_CALL, OutcomeForm

_LINE = {
    Decision.APPROVED: "approved",
    Decision.PARTIAL: "modified",
    Decision.MODIFIED: "modified",
    Decision.DENIED: "upheld",
}
_WHOLE = {
    Decision.APPROVED: "approved",
    Decision.PARTIAL: "partial",
    Decision.MODIFIED: "modified",
    Decision.MIXED: "partial",
    Decision.DENIED: "upheld",
}
APPEAL = "file_appeal"
IN_WORDS = frozenset({Way.LETTER, Way.TYPED})
# Of what was told on the call, what a letter does not tell.
_KEPT = (
    "held_at", "reviewer", "reviewer_reason", "new_information", "not_held_reason", "note", "criterion", "next_step",
    "notice_told", "appeal_told", "prep_minutes",
)  # fmt: skip
_STANDS = (CaseState.DECIDED, CaseState.CONFIRMED)
_OVER = (CaseState.CLOSED, CaseState.WITHDRAWN)
# A written answer may be dated by its day alone, and in its writer's zone.
_A_DAY = timedelta(days=1)


def letter_come(before: Case, read: Case, *, way: Way, by: str, now: datetime) -> Letter | None:
    """
    Return the written answer that has come for a case with an outcome; None where what came decides nothing anew.

    before: the case without it; read: what came, as a case reads it. A coded answer is new when it decides otherwise
    than the one before, or is dated after the call. What came in words may be the first denial's own letter, late: it
    is new when it is dated after the call, or grants what was denied. One that says what was recorded from a letter
    already needs nobody
    """
    told = before.outcome
    if told is None or told.result not in DECIDING:
        return early_letter(before, read, way=way, by=by, now=now) or before.letter
    if before.state not in _STANDS or not _is_new(before, read, way):
        return before.letter
    of = before.awaited.kind if before.awaited is not None else told.way
    found = written_outcome(read, told, by=by, now=now)
    written = replace(found, way=of) if found is not None else None
    known = told.final and of == told.way and written is not None and not differences(told, written)
    if written is None or known:
        return before.letter
    return Letter(written, way, now, read.denial.created_on)


def early_letter(before: Case, read: Case, *, way: Way, by: str, now: datetime) -> Letter | None:
    """
    Return an answer that came before anybody told what was decided, until a person records it; None where it asks more.

    before: the case without it; read: what came, as a case reads it. It is the decision on an appeal that was filed; or
    it approves all, and then no call, no appeal and no waiting is needed any more. A further denial keeps its own way
    """
    act, whole = before.awaited, _WHOLE.get(read.routing.decision)
    untouched = before.state is CaseState.OPEN and act is None  # it is closed without a word of ours
    if untouched or before.state in _OVER or whole is None:
        return None
    of, came, had = act.kind if act is not None else CALL, read.denial.created_at, before.denial.created_at
    is_later = came is not None and (had is None or came > had)
    if not is_later and _decisions(before) == _decisions(read):
        return None
    of_appeal = act is not None and act.kind == APPEAL and (came is None or came > act.at - _A_DAY)
    if whole != "approved" and not of_appeal:
        return None
    found = written_outcome(read, Outcome("", "upheld", False, now, by), by=by, now=now)
    if found is None:
        return None
    told = before.outcome
    spoke = told.was_held if told is not None else any(each.is_held for each in before.tries)
    early = None if of != CALL or spoke else BEFORE_CALL
    return Letter(replace(found, way=of, not_held_reason=early), way, now, read.denial.created_on)


def same_request_letter(
    case: Case, denial: Denial, routing: Routing, *, way: Way, by: str, now: datetime
) -> Letter | None:
    """Return a further answer to the case's own request as its early letter; None where it was seen before as it is."""
    known = {case.denial.reference, *(each.denial.reference for each in case.tellings)}
    is_told = case.outcome is not None and case.outcome.result in DECIDING
    if is_told or denial.request not in requests_of(case) or denial.reference in known:
        return None
    if seen_as(denial, routing) in case.linked:
        return None
    return early_letter(case, replace(case, denial=denial, routing=routing), way=way, by=by, now=now)


def continued_letter(
    case: Case, denial: Denial, routing: Routing, *, way: Way, by: str, now: datetime
) -> Letter | None:
    """
    Return an answer to a later request that takes this case's up, as one to its appeal, until a person says; else None.

    None while a call may still be had, where it decides nothing, and where it was seen before as it is. It is the
    answer to what is awaited, and to an appeal that was filed elsewhere where nothing is
    """
    continues = set(denial.continues) & requests_of(case)
    if not continues or case.is_call_open or seen_as(denial, routing) in case.linked:
        return None
    told = case.outcome or Outcome("", "upheld", True, now, by)
    read = written_outcome(replace(case, denial=denial, routing=routing), told, by=by, now=now)
    if read is None:
        return None
    of = case.awaited.kind if case.awaited is not None else APPEAL
    return Letter(replace(read, id="", way=of), way, now, denial.created_on)


def requests_of(case: Case) -> set[str]:
    """Return the requests of a case in this EHR, "Claim/ID"."""
    told = (case.denial.request, *(each.denial.request for each in case.tellings))
    return {each for each in told if each}


def seen_as(denial: Denial, routing: Routing) -> str:
    """Return by what an answer is known as seen: the same one is news again once it decides otherwise."""
    return f"{denial.reference} {routing.decision.value}"


def written_outcome(case: Case, told: Outcome, *, by: str, now: datetime) -> Outcome | None:
    """Return what the payer's answer says, as an outcome in writing; None where it decides nothing we can read."""
    whole = _WHOLE.get(case.routing.decision)
    if whole is None:
        return None
    lines = _numbered(_lines(case), told)
    authorization = authorized_by(case.denial)
    granted = whole != "upheld" and authorization != Authorization()
    return Outcome(
        id=told.id,
        result=_result(lines) or whole,
        final=True,
        recorded_at=now,
        recorded_by=by,
        lines=lines,
        reference_number=case.denial.reference_number,
        authorization=authorization if granted else None,
        way=told.way,
    )


def letter_differences(case: Case) -> tuple[Difference, ...]:
    """Return in what the letter that waits, or the one that was recorded, differs from what was said on the phone."""
    outcome, letter = case.outcome, case.letter
    if outcome is None:
        return ()
    if letter is not None:
        return differences(outcome, letter.outcome) if letter.outcome.way == outcome.way else ()
    return differences(outcome.told, outcome) if outcome.told is not None else ()


def form_of(case: Case) -> OutcomeForm:
    """Return the letter that waits as the form that records it; what was told of the call stays as it was told."""
    told, letter = case.outcome, case.letter
    assert letter is not None  # noqa: S101 asked where a letter waits
    written = letter.outcome
    of_call = told if told is not None and written.way == told.way and not written.not_held_reason else None
    kept = {name: getattr(of_call or written, name) for name in _KEPT}
    return OutcomeForm(
        result=written.result,
        final=True,
        lines={each.sequence: (each.result, each.quantity) for each in written.lines},
        reference_number=written.reference_number or (of_call.reference_number if of_call else None),
        authorization=_authorized(of_call, written),
        way=written.way,
        **kept,
    )


def _authorized(told: Outcome | None, written: Outcome) -> Authorization | None:
    """Return what the letter authorizes; what it is silent on stands as it was told."""
    if written.result not in GRANTED:
        return None
    said, wrote = ((each and each.authorization) or Authorization() for each in (told, written))
    found = Authorization(wrote.number or said.number, wrote.starts_on or said.starts_on, wrote.ends_on or said.ends_on)
    return found if found != Authorization() else None


def is_whole(case: Case, letter: Letter) -> bool:
    """Whether a letter says enough to be recorded as it is: how much less, for each line that it changed."""
    written, asked = letter.outcome, {each.sequence: each.quantity_requested for each in case.denial.lines}
    changed = (each for each in written.lines if each.result == "modified")
    lacking = any(each.quantity is None or each.quantity == asked.get(each.sequence) for each in changed)
    return not lacking and (bool(written.lines) or written.result in ("approved", "upheld"))


def _is_new(before: Case, read: Case, way: Way) -> bool:
    told = before.outcome
    assert told is not None  # noqa: S101 asked by letter_come only
    if way in IN_WORDS:
        differs = _WHOLE.get(read.routing.decision) in GRANTED and before.routing.decision is Decision.DENIED
    else:
        differs = _decisions(before) != _decisions(read)
    came, had = read.denial.created_at, before.denial.created_at
    since = told.held_at or told.recorded_at
    return differs or (came is not None and came != had and came > since - _A_DAY)


def _decisions(case: Case) -> tuple:
    quantities = tuple((each.sequence, each.quantity_approved) for each in case.denial.lines)
    return case.routing.decision, tuple((each.sequence, each.decision) for each in case.routing.lines), quantities


def _lines(case: Case) -> tuple[LineOutcome, ...]:
    of = {each.sequence: each for each in case.denial.lines}
    found = (
        (each.sequence, _LINE.get(each.decision), of.get(each.sequence)) for each in case.routing.lines if each.sequence
    )
    return tuple(_line(number, result, line) for number, result, line in found if result is not None)


def _numbered(lines: tuple[LineOutcome, ...], told: Outcome) -> tuple[LineOutcome, ...]:
    """Return the lines under the numbers of the call's: a letter does not number its one line."""
    if len(lines) == 1 == len(told.lines):
        return (replace(lines[0], sequence=told.lines[0].sequence),)
    return lines


def _line(number: int, result: str, line: DenialLine | None) -> LineOutcome:
    asked, got = (line.quantity_requested, line.quantity_approved) if line is not None else (None, None)
    if result == "approved" and asked is not None and got is not None and 0 < got < asked:
        return LineOutcome(number, "modified", got)
    return LineOutcome(number, result, got if result == "modified" and got else None)


def _result(lines: tuple[LineOutcome, ...]) -> str | None:
    found = {each.result for each in lines}
    if len(found) == 1:
        return next(iter(found))
    return "partial" if found else None
