"""
What a payer tells when it is asked about one request: which of it is about that request, and since when it holds.

A payer looks requests up by what names them, so it may tell of another request of the same member or, by its own
mistake, of another person. What is not surely about the request never reaches the request's case.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from app.core.case import Case
from app.core.denial import Denial, Way
from app.core.detect.joined import only_waits
from app.core.detect.person import ToldAnswer, differences, is_borne_out
from app.core.detect.same import numbers_of, tellings_of

Names = Iterable[tuple[str | None, str]]


class Whose(StrEnum):
    """Whose an answer is."""

    OURS = "ours"  # about the request that was asked about
    PATIENTS = "patients"  # about another request of this patient
    UNNAMED = "unnamed"  # nobody can tell
    STRANGERS = "strangers"  # about somebody else


def whose_answer(told: ToldAnswer, case: Case, *, names: Names) -> Whose:
    """
    Return whose an answer is to a question about the request of `case`.

    names: (system, value) of the request's identifiers, and (None, its absolute URL)
    errs: away from the case. A name, birth date or record number that differs outweighs every number that fits
    """
    if differences(told.patient, case.patient):
        return Whose.STRANGERS
    known = tellings_of(case)
    ours = _exact(names) | {each for telling in known for each in _exact(telling.denial.identifiers)}
    if ours & (_exact(told.request) | _exact(told.denial.identifiers)):
        return Whose.OURS
    numbers = {number for telling in known for number in numbers_of(telling.denial)}
    says_who = bool(told.patient.name or told.patient.birth_date)
    if says_who and numbers & numbers_of(told.denial):
        return Whose.OURS
    return Whose.PATIENTS if is_borne_out(told.patient, case.patient) else Whose.UNNAMED


def is_no_answer(denial: Denial) -> bool:
    """Whether the payer only says that it could not look the request up: that decides nothing about it."""
    decided = denial.actions or denial.reasons or any(each.actions or each.reasons for each in denial.lines)
    return denial.outcome == "error" and not decided


def as_first_told(denial: Denial, case: Case) -> Denial:
    """
    Return an answer under the name of the payer's earlier one, and of the day on which its decision was first told.

    errs: early. Some servers date an answer by when they are asked; a window counted from there would be too long
    """
    known = tellings_of(case)
    same = [each.denial for each in known if _decision(each.denial) == _decision(denial)]
    dated = [each for each in (*same, denial) if each.created_at is not None]
    first = min(dated, key=lambda each: each.created_at, default=denial)
    earlier = next((each.denial.reference for each in known if each.way is Way.INQUIRY), denial.reference)
    return replace(denial, reference=earlier, created_at=first.created_at, created_on=first.created_on)


def _exact(names: Names) -> set[tuple[str | None, str]]:
    """Return the names that mean one thing everywhere: identifiers with their system, and absolute URLs."""
    return {(system, value) for system, value in names if system or "://" in value}


def _decision(denial: Denial) -> object:
    if only_waits(denial):
        return "waits"  # for whatever reason: nothing is decided, so nothing begins anew
    lines = {each.sequence: _codes(each.actions, each.reasons, each.added) for each in denial.lines}
    return _codes(denial.actions, denial.reasons), lines


def _codes(*lists) -> frozenset:
    return frozenset((each.system, each.code) for codes in lists for each in codes)
