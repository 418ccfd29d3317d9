"""
MedicationRequest, MedicationStatement, MedicationDispense, MedicationAdministration -> a medicine.

Reads status, intent, doNotPerform, medication[x] (with Medication, contained or beside it), dosage, dates,
statusReason, reasonReference. Plans, proposals, drafts, cancelled, not-done, not-taken and entered-in-error ones are
no facts.
"""

from datetime import datetime, timedelta

from app.core.brief.facts import Evidence, Medicine
from app.core.brief.words import day_of, number
from app.core.denial import Code
from app.edges.fhir.around import Lookup
from app.edges.fhir.datatypes import as_dict, as_list, codings_of, dicts_of, number_of, reference_of, string_of
from app.edges.fhir.moment import first_moment, is_denied, label_of, moment_of, quote

_STATUSES = (None, "active", "completed", "stopped", "on-hold", "in-progress", "unknown")
_ORDERS = (None, "order", "original-order", "reflex-order", "filler-order", "instance-order")
_WHEN = {
    "MedicationRequest": ("dosageInstruction.0.timing.repeat.boundsPeriod.start", "authoredOn"),
    "MedicationStatement": ("effectivePeriod.start", "effectiveDateTime", "dateAsserted"),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "MedicationAdministration": ("effectivePeriod.start", "effectiveDateTime"),
}
_NOT_TAKEN = ("doNotPerform", "wasNotTaken", "wasNotGiven", "notGiven", "notDone")  # with those of DSTU2 and STU3
_PER = {"d": "a day", "wk": "a week", "mo": "a month", "h": "an hour", "a": "a year"}


def read_medicine(resource: dict, *, reference: str, lookup: Lookup) -> Medicine | None:
    """
    Return the medicine, or None where it was not ordered, taken, dispensed or given, or has no name.

    lookup: a reference -> (its "Type/ID", the resource), for medicationReference
    """
    if resource.get("status") not in _STATUSES or any(resource.get(each) is True for each in _NOT_TAKEN):
        return None
    if resource.get("taken") in ("n", "unk", "na"):  # STU3
        return None
    if resource.get("resourceType") == "MedicationRequest" and resource.get("intent") not in _ORDERS:
        return None
    named = _named(resource, reference=reference, lookup=lookup)
    if named is None or is_denied(named[0]):
        return None
    label, where, path, codes = named
    at, day, when = _started(resource)
    ended_at, ended_day, ended_path = _ended(resource, at)
    dose = _dose(resource)
    stopped = _stop_reason(resource)
    found: list[Evidence] = [quote(where, path, day, label)]
    found += [quote(reference, when, day, day)] if when and day else []
    found += [quote(reference, ended_path, ended_day, ended_day)] if ended_path and ended_day else []
    found += [quote(reference, each, day, words) for each, words in dose[1]] if dose else []
    found += [quote(reference, stopped[1], ended_day or day, stopped[0])] if stopped else []
    return Medicine(
        label=label,
        at=at,
        day=day,
        codes=codes,
        evidence=tuple(found),
        status=string_of(resource.get("status")) or "unknown",
        dose=dose[0] if dose else None,
        ended_at=ended_at,
        ended_day=ended_day,
        stop_reason=stopped[0] if stopped else None,
        reasons=tuple(one for each in dicts_of(resource.get("reasonReference")) if (one := reference_of(each))),
    )


def _named(resource: dict, *, reference: str, lookup: Lookup) -> tuple[str, str, str, tuple[Code, ...]] | None:
    """Return (name, resource that holds it, path, codes)."""
    concept = resource.get("medicationCodeableConcept")
    if named := label_of(concept, "medicationCodeableConcept"):
        return named[0], reference, named[1], codings_of(concept)
    pointer = as_dict(resource.get("medicationReference"))
    target = reference_of(pointer)
    if target and target.startswith("#"):
        for index, each in enumerate(as_list(resource.get("contained"))):
            if as_dict(each).get("id") == target[1:] and (
                named := label_of(each.get("code"), f"contained[{index}].code")
            ):
                return named[0], reference, named[1], codings_of(each.get("code"))
    elif target and (found := lookup(target)) and (named := label_of(found[1].get("code"), "code")):
        return named[0], found[0], named[1], codings_of(found[1].get("code"))
    display = string_of(pointer.get("display"))
    return (display, reference, "medicationReference.display", ()) if display else None


def _dosages(resource: dict) -> tuple[str, list[dict]]:
    key = "dosage" if "dosage" in resource else "dosageInstruction"
    return key, [each for each in as_list(resource.get(key)) if isinstance(each, dict)]


def _started(resource: dict) -> tuple[datetime | None, str | None, str | None]:
    for path in _WHEN.get(str(resource.get("resourceType")), ()):
        if ".0." in path:
            for key, period in _bounds(resource):
                if found := moment_of(period.get("start")):
                    return (*found, f"{key}.start")
        elif (found := first_moment(resource, path))[0]:
            return found
    return None, None, None


def _bounds(resource: dict) -> list[tuple[str, dict]]:
    key, dosages = _dosages(resource)
    return [
        (f"{key}[{index}].timing.repeat.boundsPeriod", period)
        for index, each in enumerate(dosages)
        if (period := as_dict(as_dict(as_dict(each.get("timing")).get("repeat")).get("boundsPeriod")))
    ]


def _ended(resource: dict, started: datetime | None) -> tuple[datetime | None, str | None, str | None]:
    for key, period in _bounds(resource):
        if found := moment_of(period.get("end")):
            return (*found, f"{key}.end")
    found = first_moment(resource, "effectivePeriod.end")
    if found[0]:
        return found
    supply = number_of(resource.get("daysSupply"))
    if started and supply and 0 < supply < 4000:
        ends = started + timedelta(days=supply)
        return ends, day_of(ends), None
    return None, None, None


def _dose(resource: dict) -> tuple[str, list[tuple[str, object]]] | None:
    """Return (dose in words, the (path, value) pairs it is made of)."""
    key, dosages = _dosages(resource)
    for index, each in enumerate(dosages):
        if text := string_of(each.get("text")):
            return text, [(f"{key}[{index}].text", each["text"])]
        built = _built_dose(each, f"{key}[{index}]")
        if built:
            return built
    dosage = as_dict(resource.get("dosage"))
    return (dosage["text"], [("dosage.text", dosage["text"])]) if string_of(dosage.get("text")) else None


def _built_dose(dosage: dict, path: str) -> tuple[str, list[tuple[str, object]]] | None:
    rate = next(iter(dicts_of(dosage.get("doseAndRate"))), {})
    quantity = as_dict(rate.get("doseQuantity"))
    amount = number_of(quantity.get("value"))
    if amount is None:
        return None
    words = [number(amount), string_of(quantity.get("unit")) or string_of(quantity.get("code")) or ""]
    told: list[tuple[str, object]] = [(f"{path}.doseAndRate[0].doseQuantity.value", quantity["value"])]
    repeat = as_dict(as_dict(dosage.get("timing")).get("repeat"))
    times, period, unit = number_of(repeat.get("frequency")), number_of(repeat.get("period")), repeat.get("periodUnit")
    if times and period == 1 and isinstance(unit, str) and unit in _PER:
        words.append(f"{number(times)} × {_PER[unit]}")
        told.append((f"{path}.timing.repeat.frequency", repeat["frequency"]))
    return " ".join(each for each in words if each), told


def _stop_reason(resource: dict) -> tuple[str, str] | None:
    reason = resource.get("statusReason")
    if isinstance(reason, list):
        for index, each in enumerate(reason):
            if named := label_of(each, f"statusReason[{index}]"):
                return named
        return None
    return label_of(reason, "statusReason")
