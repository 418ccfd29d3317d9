"""
Whether a denial that arrives is one that is known already: the same denial told in two ways is one case.

Only cases of the same patient are compared. What two sources both say settles it; what is merely alike is for a person.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.case import Case, CaseState
from app.core.denial import Coverage, Denial, Telling, Way

# A server that names its answers itself tells them apart; two names there are two answers.
_NAMES_ITS_OWN = frozenset({Way.EHR, Way.INQUIRY})
_IN_WORDS = frozenset({Way.LETTER, Way.TYPED})
_SHORTEST_NUMBER = 5  # "12" is printed on every page
_DAYS_APART = timedelta(days=3)  # a notice is written a day or two after the decision
_NOT_NUMBERS = re.compile(r"[^0-9a-z]")


@dataclass(frozen=True, slots=True)
class Same:
    """A known case that a denial may be. sure: the two sources say so themselves; `because` names no number."""

    case_id: str
    number: str
    sure: bool
    because: str


def same_denials(
    denial: Denial,
    coverage: Coverage,
    cases: Sequence[Case],
    *,
    way: Way,
    payer_key: str | None,
    now: datetime,
) -> tuple[Same, ...]:
    """
    Return the cases that this denial may be, the sure ones first.

    cases: all cases of the same patient. payer_key: the rule book's name of the denial's payer, None unknown
    errs: apart. Two cases for one denial cost a look; one case for two denials loses a window
    """
    found = []
    arrived = Telling(way, denial, coverage, now, "")
    for case in cases:
        reasons = [each for telling in tellings_of(case) for each in _reasons(arrived, telling, case, payer_key)]
        if reasons:
            sure, because = max(reasons, key=lambda each: each[0])
            found.append(Same(case.id, case.number, sure and not _came_after(denial, case), because))
    return tuple(sorted(found, key=lambda each: not each.sure))


def tellings_of(case: Case) -> tuple[Telling, ...]:
    """Return each way in which a case's denial came; a case that tells of none came through the EHR."""
    return case.tellings or (Telling(Way.EHR, case.denial, case.coverage, case.opened_at, "EHR"),)


def _reasons(arrived: Telling, known: Telling, case: Case, payer_key: str | None) -> Iterator[tuple[bool, str]]:
    """Yield (sure, why) for each thing that speaks for the two being one."""
    ours, theirs = arrived.denial, known.denial
    if ours.reference == theirs.reference:
        yield True, "it is the same document"
        return
    if arrived.way is known.way and arrived.way in _NAMES_ITS_OWN:
        if _is_letter_of(ours, theirs, case):
            yield True, "it answers the same request, after the call"
        return
    if _identifiers(ours) & _identifiers(theirs):
        yield True, "both carry the same identifier of the payer's answer"
    other_payer = _is_other_payer(arrived, known, case, payer_key)
    if numbers_of(ours) & numbers_of(theirs):
        told = "both name the same reference or authorization number"
        # A vendor decides for a payer, so two names may be one sender; that is for a person to know.
        yield not other_payer, f"{told}, but not the same payer" if other_payer else told
    if _is_same_request(arrived, known) and not other_payer:
        yield True, "both answer the same lines of the same request"
    if not other_payer and _is_alike(ours, theirs):
        yield False, "the same payer decided about the same service within days"


def _came_after(denial: Denial, case: Case) -> bool:
    """Whether the case was closed before this was written: then it may be news of the same, or something new."""
    written = denial.created_on or (denial.created_at.date() if denial.created_at else None)
    return case.state is CaseState.CLOSED and written is not None and written > case.updated_at.date()


def _is_letter_of(ours: Denial, theirs: Denial, case: Case) -> bool:
    """Whether one server's further answer is the one that a decision waits for: of the same request, after the call."""
    outcome = case.outcome
    if outcome is None or case.state not in (CaseState.DECIDED, CaseState.CONFIRMED) or ours.created_at is None:
        return False
    since = outcome.held_at or outcome.recorded_at
    return ours.request is not None and ours.request == theirs.request and ours.created_at > since


def _identifiers(denial: Denial) -> set[tuple[str, str]]:
    return {(system, value) for system, value in denial.identifiers if system}


def numbers_of(denial: Denial) -> set[str]:
    """Return the reference and authorization numbers that a denial names, folded; none that is too short to tell."""
    told = [denial.reference_number, denial.authorization_number]
    told += [number for each in denial.lines for number in (each.reference_number, each.authorization_number)]
    told += [value for _, value in denial.identifiers]
    folded = {_NOT_NUMBERS.sub("", each.lower()) for each in told if each}
    return {each for each in folded if len(each) >= _SHORTEST_NUMBER and any(sign.isdigit() for sign in each)}


def _is_other_payer(arrived: Telling, known: Telling, case: Case, payer_key: str | None) -> bool:
    if payer_key and case.payer_key:
        return payer_key != case.payer_key
    ours, theirs = (_payer_name(each) for each in (arrived, known))
    return bool(ours and theirs and ours != theirs)


def _payer_name(telling: Telling) -> str:
    return _NOT_NUMBERS.sub("", (telling.coverage.payer.name or telling.denial.insurer.name or "").lower())


def _is_same_request(arrived: Telling, known: Telling) -> bool:
    if {arrived.way, known.way} & _IN_WORDS or arrived.denial.request is None:
        return False
    ours, theirs = ({each.sequence for each in telling.denial.lines} for telling in (arrived, known))
    return arrived.denial.request == known.denial.request and bool(ours) and ours == theirs


def _is_alike(ours: Denial, theirs: Denial) -> bool:
    if ours.created_on and theirs.created_on and abs(ours.created_on - theirs.created_on) > _DAYS_APART:
        return False
    if ours.reference_number and theirs.reference_number:
        return False  # both tell a number, and not the same one
    return bool(_services(ours) & _services(theirs))


def _services(denial: Denial) -> set[str]:
    told = [each.service_label for each in denial.lines]
    told += [each.service.code for each in denial.lines if each.service]
    return {folded for each in told if each and (folded := _NOT_NUMBERS.sub("", each.lower()))}
