"""What comes from outside the EHR: files kept until a person has said whose they are, and forms typed in."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from app.core.denial import Offer, Way
from app.core.detect import route_denial
from app.core.detect.fields import ReadField, fields_of, missing_in, typed_before
from app.core.detect.letter import as_coverage, as_denial, read_letter
from app.core.detect.person import (
    AnswersTold,
    ToldAnswer,
    differences,
    is_named_in,
    person_in,
)
from app.core.detect.same import Same
from app.core.detect.typed import TypedForm, TypedRefused, complete_told, read_typed, without_typed
from app.core.people import Act, Patient
from app.errors import BadInput, Refused
from app.flow.cases import OtherPatient, demand
from app.flow.intake import Received, receive
from app.flow.ports import Arrival, DenialFound, Ports

FILES = (".json", ".txt", ".pdf", ".docx")
NEEDS_PATIENT = "needs a patient"


class WrongPerson(Refused):
    """What the payer wrote about its member does not fit the patient who was chosen."""

    say = "This denial is about somebody else."
    next = "Nothing was saved. Choose the right patient, or set the denial aside."


class NotSure(Refused):
    """The source does not name its patient well enough to be believed without a person's word."""

    say = "What came does not name this patient."
    next = "Read it, then say that it is about this patient."


@dataclass(frozen=True, slots=True)
class ArrivalView:
    """
    A denial that waits, as its page shows it. fields: all that a denial has, found or not

    missing: the form's fields that may be typed; typed: what was typed in them before
    forgotten_at: when it is let go if nobody settles it
    """

    arrival: Arrival
    fields: tuple[ReadField, ...]
    missing: tuple[str, ...]
    typed: Mapping[str, str]
    forgotten_at: datetime


def take_file(ports: Ports, name: str, data: bytes, *, now: datetime) -> tuple[tuple[Arrival, ...], AnswersTold]:
    """Read a file and keep each denial in it until a person has looked; raises BadInput, and keeps nothing then."""
    demand(ports, Act.TAKE_IN, now=now)
    way, told = _read(ports, name, data, now=now)
    kept = tuple(keep(ports, each, way=way, why=NEEDS_PATIENT, now=now) for each in told.answers)
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="take file in", case_id=None, patient=ports.patient)
    return kept, told


def _read(ports: Ports, name: str, data: bytes, *, now: datetime) -> tuple[Way, AnswersTold]:
    kind = "." + name.lower().rpartition(".")[2]
    if kind not in FILES or ports.sources is None:
        raise BadInput(f"not a file that is read here; give one of {', '.join(FILES)}", path="file")
    if kind == ".json":
        return Way.FILE, ports.sources.answers(data)
    text, warnings = ports.sources.text(data)
    told = letter_told(text, ports=ports, now=now)
    denial = replace(told.denial, warnings=(*warnings, *told.denial.warnings))
    return Way.LETTER, AnswersTold((replace(told, denial=denial),))


def letter_told(text: str, *, ports: Ports, now: datetime) -> ToldAnswer:
    """Return a letter as a denial, named by its words, so that the same letter is the same each time."""
    read = read_letter(text, rules=ports.rules.denials, now=now)
    name = "told:" + hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:32]
    return ToldAnswer(as_denial(read, reference=name), as_coverage(read), person_in(text), text=text)


def keep(ports: Ports, told: ToldAnswer, *, way: Way, why: str, again: bool = True, now: datetime) -> Arrival:
    """Keep a denial until a person has said whose it is. again: also one that a person has settled before."""
    new = Arrival(ports.ids.new_id(), told.denial.reference, way.value, now, ports.user.key, why, told)
    return ports.store.add_arrival(ports.tenant, new, again=again)


def waiting(ports: Ports, *, now: datetime) -> tuple[Arrival, ...]:
    """Return the denials that wait for a person, as far as this launch may see them."""
    demand(ports, Act.TAKE_IN, now=now)
    return tuple(each for each in ports.store.arrivals(ports.tenant) if _is_ours(ports, each))


def arrival_for(ports: Ports, arrival_id: str, *, now: datetime) -> Arrival:
    """Return a denial that waits; audited, for it tells of a patient."""
    demand(ports, Act.TAKE_IN, now=now)
    found = ports.store.arrival(ports.tenant, arrival_id)
    if not _is_ours(ports, found):
        raise OtherPatient()
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="see arrival", case_id=None, patient=ports.patient)
    return found


def view_of(ports: Ports, arrival_id: str, *, now: datetime) -> ArrivalView:
    """Return a denial that waits with every field, the words it rests on, and what a person may complete; audited."""
    found = arrival_for(ports, arrival_id, now=now)
    rules = ports.rules.denials
    bare = without_typed(found.told)
    missing = missing_in(fields_of(bare, _offer_in(ports, bare, now=now), rules=rules, now=now))
    shown = fields_of(found.told, _offer_in(ports, found.told, now=now), rules=rules, now=now)
    typed = typed_before(shown, zone=ports.site.zone)
    return ArrivalView(found, shown, missing, typed, forgotten_at(ports, found))


def complete(ports: Ports, arrival_id: str, form: TypedForm, *, now: datetime) -> None:
    """Keep what a person typed where nothing was found, marked as typed; raises TypedRefused naming the field."""
    found = arrival_for(ports, arrival_id, now=now)
    bare = without_typed(found.told)
    offer = _offer_in(ports, bare, now=now)
    missing = missing_in(fields_of(bare, offer, rules=ports.rules.denials, now=now))
    whole = complete_told(bare, form, offer, missing=missing, zone=ports.site.zone, now=now)
    ports.store.complete_arrival(ports.tenant, arrival_id, whole)
    who = ports.user.key
    ports.store.audit(ports.tenant, at=now, who=who, act="complete arrival", case_id=None, patient=ports.patient)


def forgotten_at(ports: Ports, arrival: Arrival) -> datetime:
    """Return when a denial that nobody settles is let go."""
    return arrival.at + timedelta(days=ports.site.arrivals_days)


def _offer_in(ports: Ports, told: ToldAnswer, *, now: datetime) -> Offer | None:
    return route_denial(told.denial, told.coverage, rules=ports.rules.denials, payer=None, now=now).offer


def _is_ours(ports: Ports, arrival: Arrival) -> bool:
    # A chart launch shows one patient: what others brought for others is not its to show.
    return ports.patient is None or arrival.by == ports.user.key


def find_patients(ports: Ports, *, mrn: str, name: str, birth_date: str, now: datetime) -> tuple[Patient, ...]:
    """Return who may be meant, as the EHR shows them to this user; from a chart, its patient alone."""
    demand(ports, Act.TAKE_IN, now=now)
    if ports.patient is not None:
        return (ports.ehr.patient(ports.patient),)
    return ports.ehr.patients(mrn=mrn or None, name=name or None, birth_date=birth_date or None)


def settle(
    ports: Ports, arrival_id: str, *, patient: str, sworn: bool, choice: str | None = None, now: datetime
) -> Received:
    """
    Make a waiting denial this patient's case.

    sworn: the person says that it is about this patient, where it names nobody. Raises WrongPerson, NotSure.
    """
    arrival = arrival_for(ports, arrival_id, now=now)
    if ports.patient not in (None, patient):
        raise OtherPatient()
    person = ports.ehr.patient(patient)
    check_person(arrival.told, person, sworn=sworn)
    received = receive_told(ports, arrival.told, person, way=Way(arrival.way), choice=choice, now=now)
    if received.how != "doubt":
        case_id = received.case.id if received.case else None
        ports.store.settle_arrival(ports.tenant, arrival.name, state="settled", case_id=case_id)
    return received


def check_person(told: ToldAnswer, person: Patient, *, sworn: bool) -> None:
    """Stop unless what was told of the patient fits this one, or nothing was told and a person answers for it."""
    if against := differences(told.patient, person):
        raise WrongPerson(f"This denial is about somebody else: {' and '.join(against)}.")
    named = is_named_in(told.text, person) if told.text is not None else bool(told.patient.name)
    if not named and not sworn:
        raise NotSure()


def receive_told(
    ports: Ports,
    told: ToldAnswer,
    person: Patient,
    *,
    way: Way,
    choice: str | None = None,
    known_as: Same | None = None,
    now: datetime,
) -> Received:
    """Take a denial from outside the EHR in for this patient. known_as: the case that it is surely about."""
    found = DenialFound(replace(told.denial, patient=person.reference), told.coverage, person, None)
    return receive(ports, found, way=way, choice=choice, known_as=known_as, now=now)


def typed_for(
    ports: Ports, form: TypedForm, *, mrn: str, name: str, birth_date: str, now: datetime
) -> tuple[Patient, ...]:
    """Check what was typed and return who may be meant, so that a person confirms whom it is about; saves nothing."""
    demand(ports, Act.TAKE_IN, now=now)
    read_typed(form, name="typed", zone=ports.site.zone, now=now)
    if ports.patient is None and not mrn.strip() and not (name.strip() and birth_date.strip()):
        raise TypedRefused("mrn", "Give the record number, or name and birth date.")
    people = find_patients(ports, mrn=mrn.strip(), name=name.strip(), birth_date=birth_date.strip(), now=now)
    if not people:
        raise TypedRefused("mrn", "The EHR shows no such patient to you.")
    return people


def type_in(ports: Ports, form: TypedForm, *, patient: str, choice: str | None = None, now: datetime) -> Received:
    """Take a denial in that a person typed, for the patient they chose; raises TypedRefused naming the field."""
    demand(ports, Act.TAKE_IN, now=now)
    if ports.patient not in (None, patient):
        raise OtherPatient()
    person = ports.ehr.patient(patient)
    said = json.dumps([patient, *(str(getattr(form, each.name)).split() for each in fields(form))])
    name = "told:" + hashlib.sha256(said.encode()).hexdigest()[:32]
    denial, coverage = read_typed(form, name=name, zone=ports.site.zone, now=now)
    found = DenialFound(replace(denial, patient=person.reference), coverage, person, None)
    return receive(ports, found, way=Way.TYPED, choice=choice, now=now)


def set_aside(ports: Ports, arrival_id: str, *, now: datetime) -> None:
    """Let a denial that is nobody's here wait no more; what it said is forgotten."""
    arrival = arrival_for(ports, arrival_id, now=now)
    ports.store.settle_arrival(ports.tenant, arrival.name, state="dropped", case_id=None)
    ports.store.audit(ports.tenant, at=now, who=ports.user.key, act="set arrival aside", case_id=None, patient=None)
