"""
Slots of the EHR's own, into which some calendars (Oracle) book and into nothing else.

A slot is taken for a call only where everything is known of it: it is free, of the type that the site named for such
calls, holds the whole call, and its schedule is this clinician's. Servers ignore parameters and send all.
source: shared rules of SMART, §2.1 (Oracle: service-type and both ends of start)
"""

from datetime import timedelta
from typing import Any

from app.core.interval import Interval
from app.core.people import Clinician
from app.edges.ehr.reading import Params, Query, Reading
from app.edges.fhir.appointment import fhir_instant
from app.edges.fhir.datatypes import codings_of, dicts_of, local_reference, reference_of
from app.edges.fhir.slot import read_slot
from app.edges.http import Down

_LONGEST = timedelta(hours=4)  # a slot that is longer is no time for a call


def slots_around(reading: Reading, clinician: Clinician, call: Interval) -> list[dict[str, Any]]:
    """
    Return the clinician's slots for calls that hold the whole call, free or not, the shortest first.

    raises: SignInNeeded, Down where the look failed for now
    """
    kind = reading.profile.slot_type
    begun = (f"ge{fhir_instant(call.start - _LONGEST)}", f"lt{fhir_instant(call.start + timedelta(minutes=1))}")
    params: Params = (("service-type", kind), *(("start", each) for each in begun))
    if reading.capability.searches_by("Slot", "schedule.actor"):
        params = (*params, ("schedule.actor", clinician.reference))
    found = reading.search_all([Query("Slot", params)])[0]
    if found.problem and not found.refused:
        raise Down(f"Parley could not look for a slot of the EHR's calendar: {found.problem}")
    fitting = [(each, when) for each in found.matches if (when := _holds(each, call)) and _is_of(each, kind)]
    schedules = {where for each, _ in fitting if (where := reading.local(each.get("schedule")))}
    whose = dict(found.others) | reading.read_all(sorted(schedules - found.others.keys()))
    own = [pair for pair in fitting if _is_whose(whose.get(reading.local(pair[0].get("schedule")) or ""), clinician)]
    return [each for each, _ in sorted(own, key=lambda pair: (pair[1].length, pair[1].start, local_reference(pair[0])))]


def is_free(slot: dict[str, Any]) -> bool:
    """Whether a slot may be booked."""
    return read_slot(slot).status == "free"


def _holds(slot: dict[str, Any], call: Interval) -> Interval | None:
    when = read_slot(slot).interval
    fits = when is not None and when.start <= call.start and call.end <= when.end and when.length <= _LONGEST
    return when if fits else None


def _is_of(slot: dict[str, Any], kind: str) -> bool:
    system, _, code = kind.rpartition("|")
    found = (one for each in dicts_of(slot.get("serviceType")) for one in codings_of(each))
    return any(each.code == code and (not system or each.system == system) for each in found)


def _is_whose(schedule: dict[str, Any] | None, clinician: Clinician) -> bool:
    actors = [reference_of(each) for each in dicts_of((schedule or {}).get("actor"))]
    return clinician.reference in actors
