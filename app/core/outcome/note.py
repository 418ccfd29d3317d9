"""The note of an outcome, and its summary for the team's inbox."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from app.core.acts import CALL
from app.core.afterwards import EXTENDED, marks
from app.core.call import attempt_sentence
from app.core.call.talk import npi_doubt
from app.core.case import Attempt, Authorization, Case, LineOutcome, Outcome
from app.core.denial import DenialLine
from app.core.outcome.filing import filed_words
from app.core.outcome.form import BEFORE_CALL, SAID, SPOKEN, topic_of
from app.core.people import Reviewer, specialty_match

_IN_WRITING = {
    True: " It must be sent in writing.",
    False: " It need not be sent in writing.",
    None: "",
}
_ANSWERS = {"accepted": " We accept it.", "appealed": " We appeal it."}


def summary_of(case: Case) -> str:
    """Return the result in a few lines, for the team's inbox."""
    outcome = case.outcome
    assert outcome is not None  # noqa: S101 called after settle only
    lines = [
        f"{topic_of(outcome.way)} {case.number} with {case.payer_name} for {case.service_label}: "
        f"{SAID[outcome.result]}{_how_told(outcome)}."
    ]
    lines += _line_sentences(case)
    if outcome.authorization:
        lines.append(_authorized(outcome.authorization))
    if outcome.reference_number:
        lines.append(f"Payer reference: {outcome.reference_number}.")
    if outcome.in_writing:
        lines.append(f"To be sent in writing: {outcome.new_information}")
    if outcome.next_step:
        lines.append(f"Agreed next step: {outcome.next_step}")
    return "\n".join(lines)


def note_of(case: Case, *, zone: str) -> str:
    """
    Return the post-call note as plain text.

    Fields in the order of domain facts F.4: call, numbers, participants, denial, facts told, the reviewer's reason and
    criterion, result, what was said of the letter and of an appeal, next step, time spent, author, contact log. Verbal
    is kept apart from written: only the notice closes a case.
    """
    outcome = case.outcome
    assert outcome is not None  # noqa: S101 called after settle only
    parts = [topic_of(outcome.way).upper(), f"Case {case.number}, {case.payer_name}: {case.service_label}", ""]
    parts += _call_part(case, zone=zone)
    parts += ["", "DENIAL AS THE PAYER WROTE IT", *(_denial_words(case) or ["No reason was given."])]
    parts += _told_part(outcome)
    parts += ["", "RESULT", *_result_part(case)]
    if follows := _follows_part(outcome):
        parts += ["", "WHAT FOLLOWS", *follows]
    if outcome.note:
        parts += ["", "NOTE", outcome.note]
    if spent := _spent(case):
        parts += ["", f"Time spent: {spent}."]
    if case.tries:
        parts += ["", "CONTACT LOG", *(attempt_sentence(each, zone=zone) for each in case.tries)]
    return "\n".join([*parts, "", *_signed(outcome, zone=zone)])


def _call_part(case: Case, *, zone: str) -> list[str]:
    outcome = case.outcome
    assert outcome is not None  # noqa: S101 called after settle only
    lines = [f"Filed: {filed_words(each.filing)}" for each in case.acts if each.id == outcome.answers and each.filing]
    attempt = _attempt_of(case, outcome)
    if outcome.held_at:
        lines.append(f"Held: {_span(outcome, attempt, zone=zone)}")
    if attempt is not None:
        placed = "We called the payer" if attempt.direction == "ours" else "The payer called us"
        lines.append(f"{placed}{f' at {attempt.number}' if attempt.number else ''}.")
    numbers = [f"payer reference {outcome.reference_number}"] if outcome.reference_number else []
    if case.denial.reference_number:
        numbers.append(f"denial reference {case.denial.reference_number}")
    if numbers:
        lines.append("Numbers: " + ", ".join(numbers))
    if case.clinician:
        lines.append(f"For us: {', '.join(filter(None, (case.clinician.name, case.clinician.specialty)))}")
    if theirs := _theirs(case, outcome):
        lines.append(f"For the payer: {theirs}")
    return lines


def _attempt_of(case: Case, outcome: Outcome) -> Attempt | None:
    """Return the logged call that the outcome came out of, None where nobody logged it."""
    if outcome.held_at is None:
        return None
    reached = (each for each in reversed(case.tries) if each.is_held and each.at <= outcome.held_at)
    near = (each for each in reached if outcome.held_at - each.at < timedelta(hours=4))
    return next(near, None)


def _span(outcome: Outcome, attempt: Attempt | None, *, zone: str) -> str:
    begun = outcome.held_at
    assert begun is not None  # noqa: S101 asked for a call that was held only
    local = begun.astimezone(ZoneInfo(zone))
    if attempt is None or not attempt.talk_minutes:
        return f"{local:%d %b %Y %H:%M %Z}"
    ended = (begun + timedelta(minutes=attempt.talk_minutes)).astimezone(ZoneInfo(zone))
    return f"{local:%d %b %Y %H:%M} to {ended:%H:%M %Z}"


def _theirs(case: Case, outcome: Outcome) -> str | None:
    """Return who spoke for the payer, with what they would not tell; None where no call was held."""
    reviewer = outcome.reviewer
    if reviewer is None or not any((reviewer.name, reviewer.credential, reviewer.specialty, reviewer.npi)):
        asked = "would not say who they are" if reviewer is not None and reviewer.withheld else "not disclosed"
        spoke = outcome.result in SPOKEN and outcome.way == CALL and outcome.not_held_reason is None
        return asked if spoke else None
    told = [reviewer.name or "name not given", reviewer.credential, reviewer.specialty, _npi(reviewer)]
    match = specialty_match(case.clinician.specialty if case.clinician else None, reviewer.specialty)
    same = {True: "same specialty", False: "other specialty", None: "specialty match not known"}[match]
    rest = "; asked for the rest, and would not say" if reviewer.withheld else ""
    return f"{', '.join(each for each in told if each)} ({same}{rest})"


def _npi(reviewer: Reviewer) -> str | None:
    if not reviewer.npi:
        return None
    return f"NPI {reviewer.npi}{' as told, which does not check' if npi_doubt(reviewer.npi) else ''}"


def _denial_words(case: Case) -> list[str]:
    said = [f"“{note.text}”" for note in case.denial.notes]
    if case.denial.disposition:
        said.append(f"“{case.denial.disposition.text}”")
    codes = sorted({code.code for line in case.denial.lines for code in line.reasons if code.code})
    if codes:
        said.append("Reason codes: " + ", ".join(codes))
    return said


def _told_part(outcome: Outcome) -> list[str]:
    """Return what either side told: facts that the request did not hold, the reviewer's reason and criterion."""
    told = []
    if outcome.new_information:
        written = _IN_WRITING[outcome.in_writing]
        told.append(f"Told on the call and not in the request: {_stopped(outcome.new_information)}{written}")
    if outcome.reviewer_reason:
        told.append(f"Reviewer's stated reason: {outcome.reviewer_reason}")
    if outcome.criterion:
        told.append(f"Criterion named: {outcome.criterion}")
    return ["", "WHAT WAS SAID", *told] if told else []


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _result_part(case: Case) -> list[str]:
    outcome = case.outcome
    assert outcome is not None  # noqa: S101 called after settle only
    told = ""
    if outcome.result in SPOKEN - {"informational"}:
        told = " Final, in writing." if outcome.final else " Told on the phone; the written notice is awaited."
    early = " It was decided before the call, and none was held." if outcome.not_held_reason == BEFORE_CALL else ""
    parts = [f"{SAID[outcome.result].capitalize()}.{told}{early}", *_line_sentences(case)]
    if outcome.authorization:
        parts.append(_authorized(outcome.authorization))
    for each in marks(case, EXTENDED):
        number = f", number {each.extends.number}" if each.extends and each.extends.number else ""
        until = f"{each.extends.ends_on:%d %b %Y}" if each.extends and each.extends.ends_on else "a day not told"
        parts.append(f"Extended by the payer to {until}{number}.")
    if outcome.told is not None:
        parts.append(f"Told on the phone before the letter: {SAID[outcome.told.result]}.")
    if outcome.not_held_reason and not early:
        parts.append(f"Not held because: {outcome.not_held_reason.replace('_', ' ')}.")
    return parts


def _how_told(outcome: Outcome) -> str:
    if outcome.result not in SPOKEN - {"informational"}:
        return ""
    return " (final, in writing)" if outcome.final else " (told on the phone, written notice awaited)"


def _line_sentences(case: Case) -> list[str]:
    services = {line.sequence: line.service_label or (line.service and line.service.code) for line in case.denial.lines}
    asked = {line.sequence: line for line in case.denial.lines}
    said = []
    for line in case.outcome.lines if case.outcome else ():
        what = services.get(line.sequence)
        amount = _amount(line, asked.get(line.sequence))
        answer = _ANSWERS.get(line.answer or "", "")
        said.append(f"Line {line.sequence}{f' ({what})' if what else ''}: {line.result}{amount}.{answer}")
    return said


def _amount(line: LineOutcome, asked: DenialLine | None) -> str:
    of = f" of {asked.quantity_requested:g}" if asked and asked.quantity_requested else ""
    of += f" {asked.unit}" if asked and asked.unit else ""
    quantity = f", {line.quantity:g}{of} approved" if line.quantity is not None else ""
    return f"{quantity}{f'; {line.change}' if line.change else ''}"


def _authorized(told: Authorization) -> str:
    days = _days(told.starts_on, told.ends_on)
    return f"Authorization{f' {told.number}' if told.number else ''}{f', {days}' if days else ''}."


def _days(start: date | None, end: date | None) -> str:
    first, last = (f"{day:%d %b %Y}" if day else "" for day in (start, end))
    if first and last:
        return f"valid {first} to {last}"
    return f"valid from {first}" if first else f"valid to {last}" if last else ""


def _follows_part(outcome: Outcome) -> list[str]:
    told = (
        ("Written notice, as told", outcome.notice_told),
        ("Appeal rights, as told", outcome.appeal_told),
        ("Agreed next step", outcome.next_step),
    )
    return [f"{what}: {words}" for what, words in told if words]


def _spent(case: Case) -> str:
    """Return the minutes that were told: of preparation, on hold, of talk."""
    outcome = case.outcome
    minutes = (
        ("preparation", (outcome and outcome.prep_minutes) or 0),
        ("on hold", sum(each.hold_minutes or 0 for each in case.tries)),
        ("talk", sum(each.talk_minutes or 0 for each in case.tries)),
    )
    return ", ".join(f"{what} {count} min" for what, count in minutes if count)


def _signed(outcome: Outcome, *, zone: str) -> list[str]:
    at = outcome.recorded_at.astimezone(ZoneInfo(zone))
    signed = [f"Recorded and signed by {outcome.recorded_by}, {at:%d %b %Y %H:%M %Z}."]
    if outcome.revision:
        signed.append(f"Version {outcome.revision + 1} of this note; it replaces the one before.")
    return signed
