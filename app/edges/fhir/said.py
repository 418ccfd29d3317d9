"""
Any element -> what it says, in one line of its own words, numbers and codes: for a person who reads it in the chart.

Reads the data types that chart resources are made of: text, CodeableConcept, Reference, Annotation, Quantity, Period,
Range, Dosage, and an allergy's reaction.
"""

from typing import Any

from app.edges.fhir.datatypes import as_dict, codings_of, dicts_of, reference_of, string_of, text_of
from app.edges.fhir.moment import label_of


def words_of_element(element: object) -> str:
    """Return what an element says, in one line of its own words and codes."""
    if isinstance(element, list):
        return "; ".join(dict.fromkeys(words for each in element if (words := words_of_element(each))))
    if isinstance(element, bool):
        return "true" if element else "false"
    if not isinstance(element, dict):
        return "" if element is None else str(element)
    for read in (_quantity, _period, _range, _dosage, _reaction):
        if words := read(element):
            return words
    return _named(element) or ""


def _named(element: dict[str, Any]) -> str | None:
    """Return the words of a concept, reference or annotation, with its codes behind them."""
    label = label_of(element, "")
    words = label[0] if label else text_of(element) or reference_of(element)
    codes = [each.code for each in codings_of(element) if "coding" in element and each.code and each.code != words]
    return f"{words} ({', '.join(dict.fromkeys(codes))})" if words and codes else words


def _quantity(element: dict[str, Any]) -> str | None:
    if "value" not in element or isinstance(element["value"], dict | list):
        return None
    unit = string_of(element.get("unit")) or string_of(element.get("code")) or ""
    return f"{string_of(element.get('comparator')) or ''}{element['value']} {unit}".strip()


def _period(element: dict[str, Any]) -> str | None:
    start, end = string_of(element.get("start")), string_of(element.get("end"))
    return f"{start or '…'} to {end or '…'}" if start and end else start or end


def _range(element: dict[str, Any]) -> str | None:
    low, high = (_quantity(as_dict(element.get(each))) for each in ("low", "high"))
    return f"{low or ''} – {high or ''}".strip(" –") or None


def _dosage(element: dict[str, Any]) -> str | None:
    if not {"doseAndRate", "dose", "timing"} & element.keys():
        return None
    rates = [each.get("doseQuantity") for each in (*dicts_of(element.get("doseAndRate")), element)]
    bounds = as_dict(as_dict(as_dict(element.get("timing")).get("repeat")).get("boundsPeriod"))
    told = (string_of(element.get("text")), *(_quantity(as_dict(each)) for each in rates), _period(bounds))
    return ", ".join(each for each in told if each)


def _reaction(element: dict[str, Any]) -> str | None:
    return words_of_element(element["manifestation"]) if "manifestation" in element else None
