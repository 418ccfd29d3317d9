"""
Condition -> a problem; AllergyIntolerance -> an allergy.

Reads clinicalStatus, verificationStatus, code, onset[x], recordedDate, reaction. Only what is confirmed (or has no
verification status) is a fact: refuted, provisional, differential and entered-in-error ones are not, nor is what its
own name or code calls suspected, a risk, or of the family (ICD-10-CM Z80 to Z84).
"""

import re

from app.core.brief.facts import Allergy, Problem
from app.edges.fhir.datatypes import codings_of, dicts_of
from app.edges.fhir.moment import first_moment, label_of, quote, status_of

_NOT_HAD = re.compile(
    r"^\W*(?:suspected|possible|probable|rule[- ]out|at risk|risk of|screening for|family history|fh\b)", re.I
)
_OF_FAMILY = re.compile(r"Z8[0-4]")
_VERIFIED = (None, "confirmed")
_ACTIVE = (None, "active", "recurrence", "relapse")


def read_condition(resource: dict, *, reference: str) -> Problem | None:
    """Return the problem, or None where it is not a confirmed one or has no name."""
    named = label_of(resource.get("code"), "code")
    codes = codings_of(resource.get("code"))
    if named is None or status_of(resource.get("verificationStatus")) not in _VERIFIED or _NOT_HAD.match(named[0]):
        return None
    if any(each.system and "icd-10" in each.system and _OF_FAMILY.match(each.code or "") for each in codes):
        return None
    at, day, path = first_moment(resource, "onsetDateTime", "onsetPeriod.start", "recordedDate")
    ended = first_moment(resource, "abatementDateTime", "abatementPeriod.start")[0]
    evidence = [quote(reference, named[1], day, named[0])]
    if path and day:
        evidence.append(quote(reference, path, day, day))
    return Problem(
        label=named[0],
        at=at,
        day=day,
        codes=codes,
        evidence=tuple(evidence),
        active=status_of(resource.get("clinicalStatus")) in _ACTIVE and ended is None,
    )


def read_allergy(resource: dict, *, reference: str) -> Allergy | None:
    """Return the allergy with the reaction first told, or None where it is resolved, not confirmed or has no name."""
    named = label_of(resource.get("code"), "code")
    verified = status_of(resource.get("verificationStatus")) in _VERIFIED
    if named is None or not verified or status_of(resource.get("clinicalStatus")) not in _ACTIVE:
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
