"""
ServiceRequest -> that something was ordered; never that it was done.

Reads status, intent, doNotPerform, code, occurrence[x], authoredOn. Proposals, plans, drafts, revoked ones and orders
not to do something are left out. Its reasons are not read: the reason of the request that was denied is the claim to
be proved, not a proof of it.
"""

from app.core.brief.facts import Procedure
from app.edges.fhir.datatypes import codings_of
from app.edges.fhir.moment import first_moment, is_denied, label_of, quote

_STATUSES = (None, "active", "on-hold", "completed")
_ORDERS = (None, "order", "original-order", "reflex-order", "filler-order", "instance-order")
_WHEN = ("authoredOn", "occurrenceDateTime", "occurrencePeriod.start")


def read_order(resource: dict, *, reference: str) -> Procedure | None:
    """Return the order (kind "order"), or None where nothing was ordered or it has no name."""
    named = label_of(resource.get("code"), "code")
    if named is None or is_denied(named[0]) or resource.get("doNotPerform") is True:
        return None
    if resource.get("status") not in _STATUSES or resource.get("intent") not in _ORDERS:
        return None
    at, day, path = first_moment(resource, *_WHEN)
    evidence = [quote(reference, named[1], day, named[0])]
    if path and day:
        evidence.append(quote(reference, path, day, day))
    codes = codings_of(resource.get("code"))
    return Procedure(label=named[0], at=at, day=day, codes=codes, evidence=tuple(evidence), kind="order")
