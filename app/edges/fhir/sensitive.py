"""
What the law, or its own label, keeps apart from the rest of a chart: held back until a person adds it.

Labels: HL7 confidentiality R and V, and the sensitivity codes of v3-ActCode that name what is specially protected, in
meta.security and DocumentReference.securityLabel. Without labels: records of a substance use program (42 CFR Part 2)
and psychotherapy notes (45 CFR 164.501) by what they, their setting or their author are called, by a procedure's code,
and by the notice that travels with such records (42 CFR 2.32). A diagnosis or a test of a general chart is neither.
errs: towards holding back; who knows the record adds it with one click
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.core.brief.held import PROGRAM, PSYCHOTHERAPY
from app.core.brief.words import fold
from app.edges.fhir.datatypes import as_dict, as_list, codings_of, dicts_of, local_reference, reference_of, string_of

RESTRICTED, SENSITIVE = "labelled restricted", "labelled sensitive"
_LABELS = {
    **dict.fromkeys(("R", "V"), RESTRICTED),
    **dict.fromkeys(("ETH", "ETHUD", "OPIOIDUD", "SUD", "42CFRPART2", "42CFRPART2CD"), PROGRAM),
    **dict.fromkeys(("PSYTHPN", "HIPAAPSYNOTES"), PSYCHOTHERAPY),
    **dict.fromkeys(("PSY", "MH", "HIV", "STD", "SDV", "DVD", "SEX", "GDIS", "TITLE38SECTION7332"), SENSITIVE),
}
_PROGRAM = re.compile(
    r"\b(?:substance (?:use|abuse|misuse)(?: disorder)?|chemical dependency|addiction|"
    r"(?:drug|alcohol) (?:and|&|/|or) (?:drug|alcohol)|alcoholism|"
    r"(?:alcohol|opioid) (?:use disorder|dependence|addiction) (?:treat|program|clinic|serv|counsel|ther)\w*|"
    r"opioid treatment (?:program|service)|methadone (?:clinic|maintenance|program)|"
    r"detox(?:ification)? (?:unit|program|center|admission|service))"
    r"(?!(?: \w+)? (?:screen|risk|questionnaire|history|education))\b"
)
_PSYCHOTHERAPY = re.compile(
    r"\bpsychotherapy\b(?! (?:referral|order))|\b(?:psychotherapist|analyst)'?s? (?:\w+ )?notes?\b"
)
_NOTICE = re.compile(r"\b42 c\.?f\.?r\.? (?:part|pt\.?|§)? ?2\b")
_PROGRAM_CODES = re.compile(r"H00(?:0[1-9]|1[0-6]|20|47)|H203[456]|T10(?:06|07|12)|G20(?:6[7-9]|7[0-9]|80)")  # HCPCS
_NAMED_BY = {
    "DocumentReference": ("type", "category", "description", "author", "custodian"),
    "DiagnosticReport": ("code", "category", "performer"),
    "Encounter": ("type", "serviceType", "class", "serviceProvider"),
    "Procedure": ("code", "category", "performer"),
    "ServiceRequest": ("code", "category", "performer", "performerType"),
}
_OF_THERAPIST = ("DocumentReference", "DiagnosticReport")


def why_held(resource: Mapping[str, Any]) -> str | None:
    """Return why a resource is held back, None where nothing on it says so."""
    if why := why_labelled(resource):
        return why
    kind = resource.get("resourceType")
    if kind not in _NAMED_BY:
        return None
    if kind == "Procedure" and any(_PROGRAM_CODES.fullmatch(each.code) for each in codings_of(resource.get("code"))):
        return PROGRAM
    called = fold(" . ".join(_names(resource, _NAMED_BY[kind])))
    if _PROGRAM.search(called):
        return PROGRAM
    return PSYCHOTHERAPY if kind in _OF_THERAPIST and _PSYCHOTHERAPY.search(called) else None


def why_labelled(resource: Mapping[str, Any]) -> str | None:
    """Return why a resource's own labels keep it back; of several, what asks for most goes first."""
    labels = [*codings_of(as_dict(resource.get("meta")).get("security")), *codings_of(resource.get("securityLabel"))]
    told = {why for each in labels if (why := _LABELS.get((each.code or "").upper()))}
    return next((each for each in (PROGRAM, PSYCHOTHERAPY, RESTRICTED, SENSITIVE) if each in told), None)


def why_titled(heading: str) -> str | None:
    """Return why what stands under a folded heading is held back."""
    if _PROGRAM.search(heading):
        return PROGRAM
    return PSYCHOTHERAPY if _PSYCHOTHERAPY.search(heading) and "note" in heading else None


def has_notice(text: str) -> bool:
    """Whether a text carries the notice under which records of a program are handed on."""
    return "42" in text and _NOTICE.search(fold(text)) is not None


def held_in(resources: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """
    Return why, by "Type/ID", each of these resources is held back that is, with all that goes with it.

    What was written during a visit that is held back, the results of such a report, and the file of such a document
    (another document may name it too) are no less sensitive than it. errs: towards holding back
    """
    named = {name: each for each in resources.values() if isinstance(each, dict) and (name := local_reference(each))}
    held = {reference: why for reference, each in named.items() if (why := why_held(each))}
    found = dict(held)
    for reference, resource in named.items():
        about = as_list(resource.get("encounter") or as_dict(resource.get("context")).get("encounter"))
        if why := next((held[each] for one in about if (each := reference_of(one)) in held), None):
            found.setdefault(reference, why)
    for reference, resource in named.items():
        if reference in found:
            for each in _parts(resource):
                found.setdefault(each, found[reference])
    for reference, resource in named.items():
        if why := next(
            (found[each] for each in _parts(resource) if each.startswith("Binary/") and each in found), None
        ):
            found.setdefault(reference, why)
    return found


def _parts(resource: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a report or document consists of: its results, and the Binaries that hold its text."""
    yield from (each for one in as_list(resource.get("result")) if (each := reference_of(one)))
    forms = [as_dict(each.get("attachment")) for each in dicts_of(resource.get("content"))]
    for form in (*forms, *dicts_of(resource.get("presentedForm"))):
        if target := reference_of(string_of(form.get("url"))):
            yield target


def _names(resource: Mapping[str, Any], elements: tuple[str, ...]) -> Iterator[str]:
    """Yield every word by which a resource says what it is, where it was written, and by whom."""
    setting = as_dict(resource.get("context"))
    values = [resource.get(each) for each in elements] + [setting.get("practiceSetting"), setting.get("facilityType")]
    values += [as_dict(each.get("attachment")).get("title") for each in dicts_of(resource.get("content"))]
    values += [as_dict(each.get("location")) for each in dicts_of(resource.get("location"))]
    for value in values:
        for each in as_list(value):
            if isinstance(each, str):
                yield each
            for inner in (as_dict(each), as_dict(as_dict(each).get("actor"))):
                told = [inner.get("text"), inner.get("display")]
                told += [coding.get("display") for coding in dicts_of(inner.get("coding"))]
                yield from (words for words in told if isinstance(words, str))
