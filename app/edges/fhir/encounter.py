"""
Encounter -> a visit that took place, and the reason told for it. Reads status, type, period, reasonCode.

Orders (ServiceRequest) are not read: the reason of the denied request is the claim to be proved, not a proof of it.
"""

from collections.abc import Iterator

from app.core.brief.facts import Procedure, Remark
from app.edges.fhir.datatypes import as_list, codings_of, dicts_of
from app.edges.fhir.moment import first_moment, label_of, quote

_STATUSES = (None, "finished", "in-progress", "onleave")


def read_visit(resource: dict, *, reference: str) -> Iterator[Procedure | Remark]:
    """Yield the visit, and each reason for it as a remark; nothing for one that is planned, cancelled or an error."""
    if resource.get("status") not in _STATUSES:
        return
    at, day, _ = first_moment(resource, "period.start")
    for index, each in enumerate(as_list(resource.get("type"))):
        if named := label_of(each, f"type[{index}]"):
            evidence = (quote(reference, named[1], day, named[0]),)
            yield Procedure(label=named[0], at=at, day=day, codes=codings_of(each), evidence=evidence, kind="visit")
            break
    for index, each in enumerate(dicts_of(resource.get("reasonCode"))):
        if named := label_of(each, f"reasonCode[{index}]"):
            evidence = (quote(reference, named[1], day, named[0]),)
            yield Remark(label="Reason for visit", at=at, day=day, evidence=evidence, words=named[0], is_reason=True)
