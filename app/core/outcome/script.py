"""What to say on the telephone about an outcome: the call, who decided, what was said; ready to be read aloud."""

from app.core.afterwards import CHASE, DISPUTE, authorization_of, marks
from app.core.case import Case, Outcome
from app.core.deadlines.counting import day_words
from app.core.outcome.follows import WORSE, Difference
from app.core.outcome.letter import letter_differences

_RESULTS = {
    "approved": "approved",
    "partial": "partly approved",
    "modified": "approved with changes",
    "upheld": "the denial upheld",
}
_THINGS = {
    "result": "result",
    "quantity": "quantity",
    "change": "change",
    "number": "authorization number",
    "starts_on": "first day",
    "ends_on": "last day",
    "reference": "reference number",
}


def script_of(case: Case, *, zone: str) -> str:
    """Return what to say: our case and theirs, what was told, when and by whom, and what the letter says instead."""
    outcome = case.outcome
    if outcome is None:
        return ""
    told = outcome.told or outcome
    parts = [_numbers(case, told), _told(told, zone)]
    parts += _authorized(case)
    asked = marks(case, CHASE)
    if asked and not outcome.final:
        days = ", ".join(day_words(each.at, zone) for each in asked)
        parts.append(f"Asked for on {days}.")
    parts += [_against(each) for each in letter_differences(case) if each.bearing == WORSE]
    if marks(case, DISPUTE):
        parts.append("Disputed by us.")
    return " ".join(parts)


def thing_words(difference: Difference) -> str:
    """Return what differs, as a row's title: "Line 2, quantity"."""
    what = _THINGS[difference.what]
    if difference.line is None:
        return what[:1].upper() + what[1:]
    return f"Line {difference.line}, {what}" if difference.what != "result" else f"Line {difference.line}"


def _numbers(case: Case, told: Outcome) -> str:
    reference = told.reference_number or case.denial.reference_number
    return f"Reference {reference}." if reference else f"No reference number was given; our case is {case.number}."


def _told(told: Outcome, zone: str) -> str:
    when = day_words(told.held_at or told.recorded_at, zone, hour=told.held_at is not None)
    who = told.reviewer.name if told.reviewer and told.reviewer.name else None
    lines = [
        f"line {each.sequence} {each.result}" + (f", {each.quantity:g}" if each.quantity is not None else "")
        for each in told.lines
        if len(told.lines) > 1 or each.quantity is not None
    ]
    said = _RESULTS.get(told.result, told.result)
    what = f"{said} ({'; '.join(lines)})" if lines else said
    return f"Told {what} on {when}{f' by {who}' if who else ''}."


def _authorized(case: Case) -> list[str]:
    known = authorization_of(case)
    if known is None or known.number is None:
        return []
    until = f", until {known.ends_on.day} {known.ends_on:%b %Y}" if known.ends_on else ""
    return [f"Authorization {known.number}{until}."]


def _against(each: Difference) -> str:
    what = thing_words(each)
    return f"{what}: told {each.said or 'nothing'}, the letter says {each.wrote or 'nothing'}."
