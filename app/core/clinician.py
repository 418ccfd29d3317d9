"""Who takes the call on our side: chosen by a person, never guessed; another clinician's times are never kept."""

import re
from dataclasses import replace
from datetime import datetime

from app.core.book.holds import release_holds
from app.core.case import Case, CaseState
from app.core.people import Clinician
from app.errors import Refused

_NPI = re.compile(r"\d{10}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_TITLES = frozenset("dr md do mr ms mrs np pa rn dpm dds dmd phd pharmd facs jr sr ii iii".split())


class CallBooked(Refused):
    """A call is promised in the name of the clinician before."""

    say = "The call is booked with another clinician."
    next = "Cancel the call first; then choose who takes it and book again."


class CaseOver(Refused):
    """The case is closed."""

    say = "The case is closed; nobody takes its call any more."
    next = "Go back to the worklist."


def choose_clinician(case: Case, clinician: Clinician, *, now: datetime) -> Case:
    """
    Return the case with its call in this clinician's hands; what was held in another's calendar is given back.

    raises: CallBooked while a call is booked with another, CaseOver for a closed case
    """
    if case.state is CaseState.CLOSED:
        raise CaseOver()
    before = case.clinician.reference if case.clinician else None
    if before != clinician.reference and case.booking is not None and case.booking.is_live:
        raise CallBooked(f"The call is booked with {case.booking.clinician.name}.")
    freed = release_holds(case, now=now) if case.holds and before != clinician.reference else case
    return replace(freed, clinician=clinician, updated_at=now)


def npi_in(text: str) -> str | None:
    """Return the ten digits of an NPI when that is all that was typed."""
    typed = re.sub(r"[\s-]", "", text)
    return typed if _NPI.fullmatch(typed) else None


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a person's name, folded, without titles and degrees."""
    words = (each.casefold() for each in _WORD.findall(text.replace(".", "")))
    return tuple(each for each in words if each not in _TITLES)


def is_called(clinician: Clinician, name: str) -> bool:
    """Whether every word of `name` begins a word of the clinician's own; never for a name without words."""
    own = name_words(clinician.name)
    asked = name_words(name)
    return bool(asked) and all(any(each.startswith(word) for each in own) for word in asked)
