"""
Observation -> measures (numbers) and findings (words).

Reads status, code, effective[x], issued, value[x], dataAbsentReason, component, focus; profile: US Core observations,
and looser ones. Panels are split into their components; LOINC names the series where it is among the codings, never
the display. A value that is said to be absent is none, whatever stands beside it; what is of the family, or observed
of somebody else than the patient (focus), is no fact of the patient.
"""

from collections.abc import Iterator

from app.core.brief.facts import Finding, Measure
from app.core.brief.words import number
from app.core.denial import Code
from app.edges.fhir.datatypes import as_dict, as_list, codings_of, number_of, reference_of, string_of
from app.edges.fhir.moment import first_moment, is_of_family, label_of, moment_of, quote

LOINC = "http://loinc.org"
_STATUSES = (None, "final", "amended", "corrected", "preliminary")
_MOST_COMPONENTS = 500  # the largest panels have a tenth; each is weighed against every criterion
_SOMEBODY = ("Patient/", "RelatedPerson/", "Group/")
_WHEN = ("effectiveDateTime", "effectiveInstant", "effectivePeriod.start", "issued")


def read_observation(resource: dict, *, reference: str) -> Iterator[Measure | Finding]:
    """Yield what an Observation holds; nothing for one that is registered, cancelled or entered in error."""
    if resource.get("status") not in _STATUSES or _is_of_another(resource):
        return
    at, day, _ = first_moment(resource, *_WHEN)
    for element, path in _parts(resource):
        named = label_of(element.get("code"), "code")
        if named is None or is_of_family(named[0]) or element.get("dataAbsentReason"):
            continue
        label = named[0] + (" (preliminary)" if resource.get("status") == "preliminary" else "")
        codes = codings_of(element.get("code"))
        if amount := _amount(element):
            key, value, unit, coded, comparator = amount
            yield Measure(
                label=label,
                at=at,
                day=day,
                codes=codes,
                evidence=(quote(reference, path + key, day, value),),
                value=number_of(value),
                unit=unit,
                series=_series(codes, named[0], unit=coded or unit),
                comparator=comparator,
            )
        elif told := _told(element):
            words, found = told
            evidence = tuple(quote(reference, path + key, day, said) for key, said in found)
            yield Finding(label=label, at=at, day=day, codes=codes, evidence=evidence, words=words)


def _is_of_another(resource: dict) -> bool:
    """Whether it was observed of somebody or something else than its subject: a fetus, a donor, a relative."""
    about = {each for one in as_list(resource.get("focus")) if (each := reference_of(one))}
    subject = reference_of(resource.get("subject"))
    return any(each != subject and each.startswith(_SOMEBODY) for each in about)


def _parts(resource: dict) -> Iterator[tuple[dict, str]]:
    yield resource, ""
    for index, each in enumerate(as_list(resource.get("component"))[:_MOST_COMPONENTS]):
        if isinstance(each, dict):
            yield each, f"component[{index}]."


def _amount(element: dict) -> tuple[str, object, str, str | None, str | None] | None:
    """Return (path, value as it stands, unit as shown, coded unit, comparator) of a number; None without one."""
    quantity = as_dict(element.get("valueQuantity"))
    if number_of(quantity.get("value")) is not None:
        coded = string_of(quantity.get("code"))
        shown = string_of(quantity.get("unit")) or coded or ""
        return "valueQuantity.value", quantity["value"], shown, coded, string_of(quantity.get("comparator"))
    if number_of(element.get("valueInteger")) is not None:
        return "valueInteger", element["valueInteger"], "", None, None
    return None


def _told(element: dict) -> tuple[str, list[tuple[str, object]]] | None:
    """Return (words, the (path, value) pairs they are made of) of a value that is no single number."""
    if string_of(element.get("valueString")):
        return element["valueString"], [("valueString", element["valueString"])]
    if named := label_of(element.get("valueCodeableConcept"), "valueCodeableConcept"):
        return named[0], [(named[1], named[0])]
    if isinstance(yes := element.get("valueBoolean"), bool):
        return ("yes" if yes else "no"), [("valueBoolean", "true" if yes else "false")]
    for key in ("valueDateTime", "valueTime"):
        if (words := string_of(element.get(key))) and (key == "valueTime" or moment_of(words)):
            return words, [(key, words)]
    return _between(element, "valueRange", " to ") or _between(element, "valueRatio", ":")


def _between(element: dict, key: str, joiner: str) -> tuple[str, list[tuple[str, object]]] | None:
    """Return a Range ("3 to 5 mm", "at least 3 mm") or a Ratio ("1:128") in words."""
    names = ("low", "high") if key == "valueRange" else ("numerator", "denominator")
    ends = [(name, as_dict(as_dict(element.get(key)).get(name))) for name in names]
    told = [(name, each, value) for name, each in ends if (value := number_of(each.get("value"))) is not None]
    if not told or (len(told) < 2 and key == "valueRatio"):
        return None
    units = list(dict.fromkeys(string_of(each.get("unit")) or string_of(each.get("code")) or "" for _, each, _ in told))
    if len(units) == 1:
        words = f"{joiner.join(number(value) for *_, value in told)} {units[0]}".strip()
    else:
        words = joiner.join(f"{number(value)} {unit}".strip() for (*_, value), unit in zip(told, units, strict=True))
    if len(told) < 2:
        words = f"{'at least' if told[0][0] == 'low' else 'at most'} {words}"
    return words, [(f"{key}.{name}.value", each["value"]) for name, each, _ in told]


def _series(codes: tuple[Code, ...], label: str, *, unit: str) -> tuple[str | None, str, str]:
    coded = [each for each in codes if each.system and each.code]
    best = next((each for each in coded if each.system == LOINC), coded[0] if coded else None)
    return (best.system, best.code or "", unit) if best else (None, label, unit)
