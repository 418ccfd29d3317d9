"""The note of an outcome, and its summary for the team's inbox."""

from zoneinfo import ZoneInfo

from app.core.acts import CALL
from app.core.call import attempt_sentence
from app.core.case import Case
from app.core.outcome.form import HELD, SAID, topic_of
from app.core.people import specialty_match


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
    if case.tries:
        parts += ["", "CONTACT LOG", *(attempt_sentence(each, zone=zone) for each in case.tries)]
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
