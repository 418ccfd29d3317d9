"""
Condition -> a problem; AllergyIntolerance -> an allergy.

Reads clinicalStatus, verificationStatus, code, onset[x], abatement[x], recordedDate, reaction. Only what is confirmed
(or has no verification status) is a fact: refuted, provisional, differential and entered-in-error ones are not, nor is
what its own name or code calls none, suspected, a risk, screened for, or of the family (ICD-10-CM Z80 to Z84; Z03 ruled
out, Z11 to Z13 screening). "No known allergies" is no allergy.
"""

import re

from app.core.brief.facts import Allergy, Problem
from app.core.denial import Code
from app.edges.fhir.datatypes import codings_of, dicts_of
from app.edges.fhir.moment import first_moment, is_denied, is_of_family, label_of, quote, statuses_of

_NOT_HAD = re.compile(
    r"^\W*(?:suspected|suspicion of|possible|probable|presumed|questionable|query|concern for|rule[- ]out|"
    r"ruled out|r/o|at risk|(?:increased |high )?risk (?:of|for)|(?:encounter for )?screening for|exposure to|\?)",
    re.I,
)
_MAYBE = re.compile(
    r"\((?:suspected|possible|probable|provisional|ruled out|differential)\)|\bruled out\W*$|\?\W*$", re.I
)
_NOT_OF_PATIENT = re.compile(r"Z8[0-4]|Z03|Z1[123]")
_ICD10 = ("icd-10", "2.16.840.1.113883.6.90")
_ACTIVE = frozenset(("active", "recurrence", "relapse"))


def read_condition(resource: dict, *, reference: str) -> Problem | None:
    """Return the problem, or None where it is not a confirmed one or has no name."""
    named = label_of(resource.get("code"), "code")
    codes = codings_of(resource.get("code"))
    if named is None or not _is_confirmed(resource) or _is_not_had(named[0]):
        return None
    if any(_is_icd10(each) and _NOT_OF_PATIENT.match(each.code or "") for each in codes):
        return None
    at, day, path = first_moment(resource, "onsetDateTime", "onsetPeriod.start", "recordedDate")
    evidence = [quote(reference, named[1], day, named[0])]
    if path and day:
        evidence.append(quote(reference, path, day, day))
    return Problem(
        label=named[0],
        at=at,
        day=day,
        codes=codes,
        evidence=tuple(evidence),
        active=_is_active(resource) and not _has_ended(resource),
    )


def _is_confirmed(resource: dict) -> bool:
    """Whether it is confirmed, or nobody says; a status that says two things is neither."""
    return statuses_of(resource.get("verificationStatus")) <= {"confirmed"}


def _is_active(resource: dict) -> bool:
    return statuses_of(resource.get("clinicalStatus")) <= _ACTIVE


def _is_not_had(label: str) -> bool:
    return bool(_NOT_HAD.match(label) or _MAYBE.search(label) or is_denied(label) or is_of_family(label))


def _is_icd10(code: Code) -> bool:
    return any(each in (code.system or "").lower() for each in _ICD10)


def _has_ended(resource: dict) -> bool:
    """Whether an end is told, in whatever form: day, age, words, or that there was one."""
    return any(value not in (None, False, "", {}) for key, value in resource.items() if key.startswith("abatement"))


def read_allergy(resource: dict, *, reference: str) -> Allergy | None:
    """Return the allergy with the reaction first told, or None where it is resolved, not confirmed or has no name."""
    named = label_of(resource.get("code"), "code")
    if named is None or not _is_confirmed(resource) or not _is_active(resource) or _is_not_had(named[0]):
        return None
    at, day, _ = first_moment(resource, "onsetDateTime", "recordedDate", "lastOccurrence")
    evidence = [quote(reference, named[1], day, named[0])]
    reaction = None
    for index, each in enumerate(dicts_of(resource.get("reaction"))):
        for place, manifestation in enumerate(dicts_of(each.get("manifestation"))):
            told = label_of(manifestation, f"reaction[{index}].manifestation[{place}]")
            if told and reaction is None:
                reaction = told[0]
                evidence.append(quote(reference, told[1], day, told[0]))
    codes = codings_of(resource.get("code"))
    return Allergy(label=named[0], at=at, day=day, codes=codes, evidence=tuple(evidence), reaction=reaction)
