"""
Observation -> measures (numbers) and findings (words).

Reads status, code, effective[x], issued, value[x], component; profile: US Core observations, and looser ones.
Panels are split into their components; LOINC names the series where it is among the codings, never the display.
"""

from collections.abc import Iterator

from app.core.brief.facts import Finding, Measure
from app.core.denial import Code
from app.edges.fhir.datatypes import as_dict, as_list, codings_of, number_of, string_of
from app.edges.fhir.moment import first_moment, label_of, quote

LOINC = "http://loinc.org"
_STATUSES = (None, "final", "amended", "corrected", "preliminary")
_MOST_COMPONENTS = 500  # the largest panels have a tenth; each is weighed against every criterion
_WHEN = ("effectiveDateTime", "effectiveInstant", "effectivePeriod.start", "issued")


def read_observation(resource: dict, *, reference: str) -> Iterator[Measure | Finding]:
    """Yield what an Observation holds; nothing for one that is registered, cancelled or entered in error."""
    if resource.get("status") not in _STATUSES:
        return
    at, day, _ = first_moment(resource, *_WHEN)
    for element, path in _parts(resource):
        named = label_of(element.get("code"), "code")
        if named is None:
            continue
        label = named[0] + (" (preliminary)" if resource.get("status") == "preliminary" else "")
        codes = codings_of(element.get("code"))
        value = _value(element)
        if value is None:
            continue
        key, said, unit = value
        evidence = (quote(reference, path + key, day, said),)
        if unit is None:
            yield Finding(label=label, at=at, day=day, codes=codes, evidence=evidence, words=str(said))
        else:
            quantity = as_dict(element.get(key.split(".")[0]))
            yield Measure(
                label=label,
                at=at,
                day=day,
                codes=codes,
                evidence=evidence,
                value=number_of(said),
                unit=unit,
                series=_series(codes, named[0], unit=string_of(quantity.get("code")) or unit),
                comparator=string_of(quantity.get("comparator")),
            )


def _parts(resource: dict) -> Iterator[tuple[dict, str]]:
    yield resource, ""
    for index, each in enumerate(as_list(resource.get("component"))[:_MOST_COMPONENTS]):
        if isinstance(each, dict):
            yield each, f"component[{index}]."


def _value(element: dict) -> tuple[str, object, str | None] | None:
    """Return (path, value as it stands, unit or None for words)."""
    quantity = as_dict(element.get("valueQuantity"))
    if number_of(quantity.get("value")) is not None:
        return (
            "valueQuantity.value",
            quantity["value"],
            string_of(quantity.get("unit")) or string_of(quantity.get("code")) or "",
        )
    if number_of(element.get("valueInteger")) is not None:
        return "valueInteger", element["valueInteger"], ""
    if string_of(element.get("valueString")):
        return "valueString", element["valueString"], None
    if named := label_of(element.get("valueCodeableConcept"), "valueCodeableConcept"):
        return named[1], named[0], None
    return None


def _series(codes: tuple[Code, ...], label: str, *, unit: str) -> tuple[str | None, str, str]:
    coded = [each for each in codes if each.system and each.code]
    best = next((each for each in coded if each.system == LOINC), coded[0] if coded else None)
    return (best.system, best.code or "", unit) if best else (None, label, unit)
