"""One call for several reviews: those that the same payer has open of the same patient and clinician (source 004)."""

from collections.abc import Iterable
from dataclasses import replace

from app.core.case import Attempt, Case


def open_together(case: Case, others: Iterable[Case]) -> tuple[Case, ...]:
    """
    Return the other cases that the same call could cover, by their number.

    None where this one has no call to come, or nobody knows who takes it: two unknown clinicians are not one.

    others: of any patient; a payer whose rule is known is the same by that, else by its name
    """
    if not case.is_call_open or case.clinician is None:
        return ()
    found = (each for each in others if each.id != case.id and each.is_call_open and _about(each) == _about(case))
    return tuple(sorted(found, key=lambda each: each.number))


def _about(case: Case) -> tuple[str, ...]:
    clinician = case.clinician.reference if case.clinician else ""
    payer = case.payer_key or case.payer_name.casefold().strip()
    return case.tenant, case.patient.reference, clinician, payer


def shared_entry(attempt: Attempt, *, entry_id: str, with_number: str) -> Attempt:
    """
    Return the entry of the same call in another case that it covered.

    Its minutes stand in the first case alone: time was spent once, and is counted once. with_number: of that case
    """
    said = f"One call with case {with_number}, where its minutes are kept."
    note = f"{attempt.note}\n{said}" if attempt.note else said
    return replace(attempt, id=entry_id, hold_minutes=None, talk_minutes=None, note=note, one_call=attempt.id)


def same_call(case: Case, entry: Attempt, others: Iterable[Case]) -> tuple[Case, ...]:
    """Return the other cases in whose log a call stands that this entry tells of, by their number."""
    about = {entry.one_call or entry.id, *_before(case, entry)}

    def tells(each: Attempt) -> bool:
        return each.one_call in about or each.id in about

    return tuple(
        sorted(
            (other for other in others if other.id != case.id and any(map(tells, other.attempts))),
            key=lambda other: other.number,
        )
    )


def _before(case: Case, entry: Attempt) -> set[str]:
    """Return the ids of the entries that this one took the place of."""
    by_id, found = {each.id: each for each in case.attempts}, set()
    while entry.corrects in by_id:
        entry = by_id[entry.corrects]
        found.add(entry.id)
    return found
