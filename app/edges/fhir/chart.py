"""
A patient's resources -> the chart: facts of this patient only, each with where it stands.

One resource that cannot be read hides only itself. What is of another patient or without a patient is left out and
counted; what is sensitive is held back until a person adds it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.core.brief.facts import Allergy, Chart, Fact, Finding, Measure, Medicine, Problem, Procedure, Remark
from app.core.brief.shorthand import hear
from app.core.brief.words import tidy
from app.edges.fhir.around import Around, lookup_in
from app.edges.fhir.attachment import FileReader, Files
from app.edges.fhir.condition import read_allergy, read_condition
from app.edges.fhir.datatypes import as_list, dicts_of, local_reference, reference_of
from app.edges.fhir.diagnostic_report import read_report
from app.edges.fhir.encounter import read_visit
from app.edges.fhir.medication import read_medicine
from app.edges.fhir.moment import first_moment, quote
from app.edges.fhir.note import read_note
from app.edges.fhir.observation import read_observation
from app.edges.fhir.procedure import read_procedure
from app.edges.fhir.sensitive import held_in
from app.edges.fhir.service_request import read_order
from app.errors import BadInput

_NOTED = {"Condition": "recordedDate", "Observation": "effectiveDateTime", "MedicationRequest": "authoredOn"}
_WHEN = ("date", "effectiveDateTime", "period.start", "performedDateTime", "authoredOn", "recordedDate", "issued")


def read_chart(
    resources: Mapping[str, dict[str, Any]],
    *,
    patient: str | None,
    added: frozenset[str] = frozenset(),
    read_file: FileReader | None = None,
) -> Chart:
    """
    Return the facts of one patient.

    resources: by "Type/ID"; further keys (full URLs, urn:uuid:…) for the same resources are welcome
    patient: "Patient/ID", or a full URL; None where the resources hold exactly one Patient
    added: references of what is sensitive and a person added all the same (sensitive.py)
    read_file: who reads PDFs and Word files, each in a process of its own; without one they are refused by name
    raises: BadInput where it is None and they hold several
    """
    around = Around(lookup_in(resources), added, Files(read_file))
    facts: list[Fact] = []
    ours = sorted(ours_in(resources, patient=patient, around=around), key=_written, reverse=True)
    for reference, resource in ours:  # the latest first, as no more than some of the files are read
        facts.extend(facts_in(resource, reference=reference, around=around))
    return chart_of(facts, patient=patient or _only_patient(resources), around=around)


def _written(named: tuple[str, dict[str, Any]]) -> str:
    resource = named[1]
    return next(
        (told for each in ("date", "effectiveDateTime", "issued") if isinstance(told := resource.get(each), str)), ""
    )


def ours_in(
    resources: Mapping[str, dict[str, Any]], *, patient: str | None, around: Around
) -> Iterator[tuple[str, dict[str, Any]]]:
    """
    Yield each resource that may be read for this patient, once: not another's, not held back, not replaced.

    raises: BadInput as read_chart; around: is told what was left out, by why
    """
    ours = _names_of(resources, patient)
    replaced = _replaced(resources)
    held = held_in(resources)
    for resource in {id(each): each for each in resources.values() if isinstance(each, dict)}.values():
        reference = local_reference(resource)
        if reference is None or resource["resourceType"] not in READ:
            continue
        if ours is not None and not _is_of(resource, ours):
            around.problems["a resource of another patient, or of none"] += 1
        elif reference in held and reference not in around.added:
            around.hold(reference, day=first_moment(resource, *_WHEN)[1], why=held[reference])
        elif reference not in replaced:
            yield reference, resource


def _only_patient(resources: Mapping[str, dict[str, Any]]) -> str | None:
    ours = _names_of(resources, None)
    return min(ours) if ours else None


def _names_of(resources: Mapping[str, dict], patient: str | None) -> set[str] | None:
    """Return every reference that means the patient; None where there is no Patient to tell apart."""
    patients = {
        reference: each
        for each in resources.values()
        if isinstance(each, dict) and each.get("resourceType") == "Patient" and (reference := local_reference(each))
    }
    if patient is None:
        if len(patients) > 1:
            raise BadInput("more than one Patient, and none was named", next="Say which patient is meant.")
        if not patients:
            return None
        patient = next(iter(patients))
    wanted = reference_of(patient) or patient
    names = {wanted}
    for key, each in resources.items():
        if isinstance(each, dict) and each.get("resourceType") == "Patient":
            named = {key, local_reference(each) or key}
            if wanted in named or patient in named:
                names |= named | {f"urn:uuid:{each.get('id')}"}
    return names


def _is_of(resource: dict, ours: set[str]) -> bool:
    pointer = resource.get("subject") or resource.get("patient")
    return reference_of(pointer) in ours


def _replaced(resources: Mapping[str, dict]) -> set[str]:
    """Return the documents that a later one of the chart replaces: what they say no longer stands."""
    return {
        target
        for each in resources.values()
        if isinstance(each, dict) and each.get("resourceType") == "DocumentReference"
        for relation in dicts_of(each.get("relatesTo"))
        if relation.get("code") == "replaces" and (target := reference_of(relation.get("target")))
    }


_ONE = {
    "Condition": read_condition,
    "AllergyIntolerance": read_allergy,
    "Procedure": read_procedure,
    "ServiceRequest": read_order,
}
_MANY = {"Observation": read_observation, "Encounter": read_visit}
_MEDICINES = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration")
READ = (*_ONE, *_MANY, *_MEDICINES, "DiagnosticReport", "DocumentReference")


def facts_in(resource: dict, *, reference: str, around: Around) -> Iterator[Fact]:
    """Yield what one resource tells of the patient; one that says nothing of them yields nothing."""
    kind = resource["resourceType"]
    if kind in _MANY:
        yield from _MANY[kind](resource, reference=reference)
    elif kind in _ONE:
        fact = _ONE[kind](resource, reference=reference)
        yield from [fact] if fact else []
    elif kind in _MEDICINES:
        medicine = read_medicine(resource, reference=reference, lookup=around.lookup)
        yield from [medicine] if medicine else []
    elif kind == "DiagnosticReport":
        yield from read_report(resource, reference=reference, around=around)
    else:
        yield from read_note(resource, reference=reference, around=around)
    if kind in _NOTED:
        yield from _annotations(resource, reference=reference)


def _annotations(resource: dict, *, reference: str) -> Iterator[Remark]:
    at, day, _ = first_moment(resource, _NOTED[resource["resourceType"]])
    for index, note in enumerate(as_list(resource.get("note"))):
        text = note.get("text") if isinstance(note, dict) else None
        if isinstance(text, str) and tidy(text) and len(text) < 600 and resource.get("status") != "entered-in-error":
            evidence = (quote(reference, f"note[{index}].text", day, text),)
            yield Remark(label="Remark", at=at, day=day, evidence=evidence, words=text)


def chart_of(facts: Iterable[Fact], *, patient: str | None, around: Around) -> Chart:
    """Return facts as a chart, in its order."""
    ordered = sorted(facts, key=lambda one: (one.at is not None, one.at and one.at.timestamp(), one.cite.reference))
    held = tuple(around.held[each] for each in sorted(around.held))

    def of(kind: type) -> tuple:
        return tuple(each for each in ordered if isinstance(each, kind))

    return Chart(
        patient=patient,
        problems=of(Problem),
        measures=of(Measure),
        findings=of(Finding),
        medicines=of(Medicine),
        procedures=of(Procedure),
        remarks=_distinct(of(Remark)),
        allergies=of(Allergy),
        left_out=tuple(_left_out(around)),
        held_back=held,
    )


def _left_out(around: Around) -> Iterator[str]:
    """Yield what was left out, in sentences; of what is held back the number alone, which says nothing of it."""
    for what, count in sorted(around.problems.items()):
        yield f"Not used: {what}" + (f" ({count} times)" if count > 1 else "") + "."
    if count := len(around.held):
        things, them = ("1 thing", "it") if count == 1 else (f"{count} things", "them")
        yield f"Held back as sensitive: {things} in the chart; a person may add {them}."


def _distinct(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Return the remarks without those that a second document of the same day repeats word for word."""
    once = {(each.day, tidy(each.words)): each for each in remarks}.values()
    return tuple(replace(each, heard=hear(each.words)) for each in once)  # every criterion searches every sentence
