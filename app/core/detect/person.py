"""
Whether a denial from outside the EHR is about this patient: the guard against the wrong chart.

A payer names its member in its own way, so names are compared by their words; the birth date and our own record number
admit no difference.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from app.core.denial import Coverage, Denial
from app.core.people import Patient

_WORD = re.compile(r"[^\W\d_]+")
_BORN = re.compile(
    r"(?:date of birth|birth ?date|d\.?o\.?b\.?|born)\W{0,4}"
    r"(\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|[a-z]{3,9}\.? \d{1,2},? \d{4})",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENOUGH_WORDS = 2


@dataclass(frozen=True, slots=True)
class ToldPatient:
    """The patient as a source outside the EHR names them; None where it does not. mrn: our own record number."""

    name: str | None = None
    birth_date: str | None = None  # YYYY-MM-DD
    mrn: str | None = None


@dataclass(frozen=True, slots=True)
class ToldAnswer:
    """
    One denial from outside the EHR. path: where it stood in its document; text: the letter, where it is one.

    request: (system, value) by which it names the request that it answers; an absolute URL without a system
    """

    denial: Denial
    coverage: Coverage
    patient: ToldPatient
    path: str = ""
    text: str | None = None
    request: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AnswersTold:
    """What a document told. faults: (path, what is wrong) of what could not be read."""

    answers: tuple[ToldAnswer, ...]
    faults: tuple[tuple[str, str], ...] = ()


def differences(told: ToldPatient, patient: Patient) -> tuple[str, ...]:
    """Return what speaks against the two being one person, in words without the values; empty when nothing does."""
    born = bool(told.birth_date and patient.birth_date)
    found = []
    if born and not told.birth_date.startswith(patient.birth_date):
        found.append("the birth date differs")
    if told.mrn and patient.mrn and _folded(told.mrn) != _folded(patient.mrn):
        found.append("the record number differs")
    if told.name:
        ours, theirs = _words(patient.name), _words(told.name)
        shared = len(ours & theirs)
        enough = 1 if born and not found else min(_ENOUGH_WORDS, len(ours), len(theirs))
        if shared < max(enough, 1):
            found.append("the name differs")
    return tuple(found)


def is_borne_out(told: ToldPatient, patient: Patient) -> bool:
    """Whether the source names this very patient: name and whole birth date both told, neither differing."""
    whole = told.birth_date and patient.birth_date and told.birth_date == patient.birth_date
    return bool(told.name and whole and not differences(told, patient))


def person_in(text: str) -> ToldPatient:
    """Return what a letter says of its member by labels that admit no doubt: the birth date alone."""
    found = {day for each in _BORN.finditer(text) if (day := _day_of(each[1]))}
    return ToldPatient(birth_date=found.pop() if len(found) == 1 else None)


def is_named_in(text: str, patient: Patient) -> bool:
    """Whether a letter speaks of this patient by at least two words of the name, or all when there are fewer."""
    words = _words(patient.name)
    return bool(words) and len(words & _words(text)) >= min(_ENOUGH_WORDS, len(words))


def _day_of(words: str) -> str | None:
    parts = re.findall(r"\d+|[a-z]+", words.lower())
    try:
        if parts[0].isalpha():
            month = next(n for n, name in enumerate(_MONTHS, 1) if parts[0].startswith(name))
            return date(int(parts[2]), month, int(parts[1])).isoformat()
        year, month, day = (parts[0], parts[1], parts[2]) if len(parts[0]) == 4 else (parts[2], parts[0], parts[1])
        if len(year) != 4:
            return None  # 02/03/60: which century is not said
        return date(int(year), int(month), int(day)).isoformat()
    except (ValueError, StopIteration, IndexError):
        return None


def _words(text: str) -> set[str]:
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return {each for each in _WORD.findall(plain.casefold()) if len(each) > 1}


def _folded(number: str) -> str:
    return re.sub(r"\W", "", number).casefold().lstrip("0")
