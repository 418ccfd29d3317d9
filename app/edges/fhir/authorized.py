"""
The days in which an authorization may be used: PAS says them by line, plain R4 and EOB for the whole answer.

Source: http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-itemPreAuthPeriod
"""

from collections.abc import Iterator
from datetime import date

from app.edges.fhir.adjudication import extensions_by_name
from app.edges.fhir.datatypes import as_dict, as_list, date_of, dicts_of, value_of


def authorized_days(resource: dict) -> tuple[date | None, date | None]:
    """
    Return the first and the last day on which all that is authorized may be used, both included; None where not told.

    errs: narrow. Lines with other days count together as the latest first and the earliest last day; days that leave
    none at all are told by nobody
    """
    periods = [each for each in _periods(resource) if each]
    first = max((day for each in periods if (day := date_of(each.get("start")))), default=None)
    last = min((day for each in periods if (day := date_of(each.get("end")))), default=None)
    return (first, last) if first is None or last is None or first <= last else (None, None)


def _periods(resource: dict) -> Iterator[dict]:
    for name in ("preAuthPeriod", "preAuthRefPeriod"):
        value = resource.get(name)
        yield from map(as_dict, as_list(value) if isinstance(value, list) else [value])
    for name in ("item", "addItem"):
        for each in dicts_of(resource.get(name)):
            yield as_dict(value_of(extensions_by_name(each).get("itemPreAuthPeriod")))
