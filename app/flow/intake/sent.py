"""What an interface sends: each denial to its patient's case where the EHR leaves no doubt, else to a person."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from app.core.denial import Way
from app.core.detect.person import ToldAnswer, is_borne_out
from app.core.people import Patient
from app.errors import BadInput, ParleyError
from app.flow.intake.arrivals import NEEDS_PATIENT, keep, receive_told
from app.flow.ports import Ports

_UNASKED = "the EHR could not be asked who it is"
_IN_DOUBT = "may be a case that is there already"
_FAILED = "could not be saved as a case just now"


@dataclass(frozen=True, slots=True)
class SentEntry:
    """What became of one denial. path: where it stood; result: opened, joined, known, quiet, aside or waiting."""

    path: str
    result: str
    case: str | None = None  # the number that may be said aloud
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one document. id: the same for the same denials of the same sender."""

    id: str
    entries: tuple[SentEntry, ...]
    faults: tuple[tuple[str, str], ...]


def take_sent(ports: Ports, data: bytes, *, now: datetime) -> Sent:
    """Take in what an interface sent; one entry that fails hides no other. Raises BadInput when nothing can be read."""
    if ports.sources is None:
        raise BadInput("no document is read here")
    told = ports.sources.answers(data)
    entries = tuple(_take_one(ports, each, now=now) for each in told.answers)
    names = "|".join((ports.user.key, *sorted({each.denial.reference for each in told.answers})))
    return Sent(hashlib.sha256(names.encode()).hexdigest()[:32], entries, told.faults)


def _take_one(ports: Ports, told: ToldAnswer, *, now: datetime) -> SentEntry:
    try:
        person = _person(ports, told)
    except ParleyError:
        return _wait(ports, told, _UNASKED, now=now)
    if person is None:
        return _wait(ports, told, NEEDS_PATIENT, now=now)
    try:
        received = receive_told(ports, told, person, way=Way.SENT, now=now)
    except ParleyError:
        return _wait(ports, told, _FAILED, now=now)
    if received.how == "doubt":
        return _wait(ports, told, _IN_DOUBT, now=now)
    case = received.case
    ports.store.settle_arrival(ports.tenant, told.denial.reference, state="settled", case_id=case.id if case else None)
    return SentEntry(told.path, received.how, case.number if case else None, received.problem)


def _person(ports: Ports, told: ToldAnswer) -> Patient | None:
    """Return the one patient of the EHR whose name and birth date are told, None when there is none or several."""
    who = told.patient
    if not who.name or not who.birth_date:
        return None
    people = ports.ehr.patients(mrn=who.mrn, name=who.name, birth_date=who.birth_date)
    fitting = [each for each in people if is_borne_out(who, each)]
    return fitting[0] if len(fitting) == 1 else None


def _wait(ports: Ports, told: ToldAnswer, why: str, *, now: datetime) -> SentEntry:
    keep(ports, told, way=Way.SENT, why=why, now=now)
    return SentEntry(told.path, "waiting", why=why)
