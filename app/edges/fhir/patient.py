"""
Patient: whom a case is about, as the EHR names them.

We read: name (usual or official first), birthDate, gender, identifier of type MR.
source: https://hl7.org/fhir/R4/patient.html, US Core Patient
"""

from typing import Any

from app.core.people import Patient
from app.edges.fhir.datatypes import as_list, codings_of, dicts_of, local_reference, string_of

_NAME_ORDER = ("official", "usual", None)


def name_of(value: object) -> str | None:
    """Return a person's name from HumanNames: the text as given, else given names and family; None without any."""
    names = [each for each in dicts_of(value) if string_of(each.get("use")) not in ("old", "nickname", "maiden")]
    names.sort(key=lambda each: _NAME_ORDER.index(use) if (use := string_of(each.get("use"))) in _NAME_ORDER else 9)
    for each in names:
        given = [part for raw in as_list(each.get("given")) if (part := string_of(raw))]
        family = string_of(each.get("family"))
        words = string_of(each.get("text")) or " ".join((*given, *([family] if family else ())))
        if words:
            return words
    return None


def read_patient(resource: dict[str, Any], *, reference: str) -> Patient:
    """Return the Patient that stood at `reference`; a patient without a name is called so, never guessed."""
    return Patient(
        reference=local_reference(resource) or reference,
        name=name_of(resource.get("name")) or "Name not given",
        birth_date=string_of(resource.get("birthDate")),
        sex=string_of(resource.get("gender")),
        mrn=_mrn(resource),
    )


def _mrn(resource: dict[str, Any]) -> str | None:
    for each in dicts_of(resource.get("identifier")):
        if any(code.code == "MR" for code in codings_of(each.get("type"))) and string_of(each.get("use")) != "old":
            return string_of(each.get("value"))
    return None
