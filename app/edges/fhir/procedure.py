"""
Procedure -> something done. Reads status, code, performed[x], outcome, note.

Only what was done or is being done is a fact: planned, not-done, stopped before the end and entered-in-error are not.
"""

from app.core.brief.facts import Procedure
from app.edges.fhir.datatypes import codings_of, dicts_of
from app.edges.fhir.moment import first_moment, is_denied, label_of, quote

_STATUSES = (None, "completed", "in-progress")
_UNDONE = ("notPerformed", "notDone")  # how DSTU2 and STU3 servers say it
_WHEN = ("performedDateTime", "performedPeriod.start", "performedString")


def read_procedure(resource: dict, *, reference: str) -> Procedure | None:
    """Return the procedure with how it went, or None where it was not done or has no name."""
    named = label_of(resource.get("code"), "code")
    if named is None or resource.get("status") not in _STATUSES or is_denied(named[0]):
        return None
    if any(resource.get(each) is True for each in _UNDONE):
        return None
    at, day, _ = first_moment(resource, *_WHEN)
    evidence = [quote(reference, named[1], day, named[0])]
    told = label_of(resource.get("outcome"), "outcome")
    for index, note in enumerate(dicts_of(resource.get("note"))):
        if told is None and isinstance(note.get("text"), str) and note["text"].strip():
            told = note["text"], f"note[{index}].text"
    if told:
        evidence.append(quote(reference, told[1], day, told[0]))
    codes = codings_of(resource.get("code"))
    outcome = told[0] if told else None
    return Procedure(label=named[0], at=at, day=day, codes=codes, evidence=tuple(evidence), outcome=outcome)
