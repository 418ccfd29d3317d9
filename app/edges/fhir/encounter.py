"""
Encounter -> a visit that took place, and the reason told for it; and whether a note may be filed under it.

Reads status, type (else serviceType, else class), class, period, reasonCode, subject, meta.security.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.core.brief.facts import Procedure, Remark
from app.core.denial import Code
from app.edges.fhir.datatypes import as_dict, as_list, codings_of, dicts_of, instant_of, reference_of, string_of
from app.edges.fhir.moment import first_moment, label_of, quote
from app.edges.fhir.sensitive import why_held

_CLASSES = {  # v3-ActCode, where a server sends the bare code
    **{"AMB": "ambulatory visit", "EMER": "emergency visit", "HH": "home visit", "VR": "virtual visit"},
    **{"IMP": "inpatient stay", "ACUTE": "inpatient acute stay", "NONAC": "inpatient stay", "SS": "short stay"},
    **{"OBSENC": "observation stay", "PRENC": "visit before admission", "FLD": "visit in the field"},
}
_STATUSES = (None, "finished", "in-progress", "onleave")
_BEGUN = frozenset({"arrived", "triaged", "in-progress", "onleave", "finished"})
NOT_LONG_AGO = timedelta(days=180)  # a visit that ended before is of another matter


def read_visit(resource: dict, *, reference: str) -> Iterator[Procedure | Remark]:
    """Yield the visit, and each reason for it as a remark; nothing for one that is planned, cancelled or an error."""
    if resource.get("status") not in _STATUSES:
        return
    at, day, _ = first_moment(resource, "period.start")
    if called := next(_called(resource), None):
        label, path, codes = called
        evidence = (quote(reference, path, day, label),)
        label = _CLASSES.get(label, label)
        yield Procedure(label=label, at=at, day=day, codes=codes, evidence=evidence, kind="visit")
    for index, each in enumerate(dicts_of(resource.get("reasonCode"))):
        if named := label_of(each, f"reasonCode[{index}]"):
            evidence = (quote(reference, named[1], day, named[0]),)
            yield Remark(label="Reason for visit", at=at, day=day, evidence=evidence, words=named[0], is_reason=True)


def _called(resource: dict) -> Iterator[tuple[str, str, tuple[Code, ...]]]:
    """Yield (words, path, codes) of what a visit may be called, the most telling first; its class is a bare Coding."""
    concepts = [(each, f"type[{index}]") for index, each in enumerate(as_list(resource.get("type")))]
    for concept, place in (*concepts, (resource.get("serviceType"), "serviceType")):
        if named := label_of(concept, place):
            yield *named, codings_of(concept)
    held = as_dict(resource.get("class"))
    for key in ("display", "code"):
        if words := string_of(held.get(key)):
            yield words, f"class.{key}", codings_of(held)


def begun_at(resource: dict, *, patient: str, at: datetime) -> datetime | None:
    """
    Return when a visit began under which a note of `at` may be filed; None where it may not.

    It is this patient's, had begun by then, goes on or ended not long ago, and is none that a chart keeps apart from
    the rest: a note filed there would be read by too few, and would tell of it.
    """
    if reference_of(resource.get("subject")) != patient or string_of(resource.get("status")) not in _BEGUN:
        return None
    period = as_dict(resource.get("period"))
    begun, ended = instant_of(period.get("start")), instant_of(period.get("end"))
    if begun is None or begun > at or why_held(resource):
        return None
    goes_on = ended is None and resource.get("status") != "finished"
    return begun if goes_on or (ended or begun) >= at - NOT_LONG_AGO else None
