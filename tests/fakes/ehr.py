"""An EHR that keeps answers, people, calendars and charts as a test tells them, and remembers every question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.core.brief.sending import Submission
from app.core.effects import ChangeAppointment, Effect
from app.core.interval import Interval
from app.core.people import Clinician, Patient
from app.errors import Permanent, Temporary
from app.flow.ports import BusyRead, ChartRead, DenialFound, DenialsRead, RequestRead, Written

UNREADABLE = "The calendar could not be read whole."


@dataclass
class FakeEhr:
    """
    Implements flow.ports.Ehr. `patient` holds it to one chart, as a chart launch's token does.

    closed: patients whose chart this user may not open; unreadable: clinicians whose calendar cannot be read
    trouble: raised by every question, as by an EHR that is away
    """

    answers: list[DenialFound] = field(default_factory=list)
    people: dict[str, Patient] = field(default_factory=dict)
    calendars: dict[str, list[Interval]] = field(default_factory=dict)
    places: dict[Interval, str] = field(default_factory=dict)
    charts: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    submissions: dict[str, Submission] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    supported: bool = True
    staff: dict[str, Clinician] = field(default_factory=dict)
    shows_staff: bool = True
    closed: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    trouble: Exception | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    spans: list[Interval] = field(default_factory=list)  # of every calendar that was asked for
    written: dict[str, Effect] = field(default_factory=dict)
    on_question: Callable[[str], None] = lambda what: None

    def tell(self, *found: DenialFound) -> None:
        """Let the payer's answers stand in the EHR, each in place of an older one of the same name."""
        fresh = {each.denial.reference for each in found}
        self.answers = [each for each in self.answers if each.denial.reference not in fresh] + list(found)
        self.people |= {each.patient.reference: each.patient for each in found}

    def go_away(self) -> None:
        """Stop answering."""
        self.trouble = Temporary("The EHR does not answer.", next="Nothing is lost. It is tried again by itself.")

    def denials(self, *, patient: str | None, now: datetime) -> DenialsRead:
        """Return the answers of one patient, or of all."""
        self._ask("denials", patient)
        if not self.supported:
            return DenialsRead((), supported=False)
        found = tuple(each for each in self.answers if patient in (None, each.patient.reference))
        return DenialsRead(found, self.problems)

    def patient(self, reference: str) -> Patient:
        """Return the patient; Permanent where the chart is closed to this user or not there."""
        self._ask("patient", reference)
        if reference in self.closed or reference not in self.people:
            raise Permanent("The EHR refuses.", next="Ask for access in the EHR.")
        return self.people[reference]

    def patients(self, *, mrn: str | None, name: str | None, birth_date: str | None) -> tuple[Patient, ...]:
        """Return who has this record number, or this name and birth date."""
        self._ask("patients", mrn)
        return tuple(
            each
            for each in self.people.values()
            if (each.mrn == mrn if mrn else (each.name, each.birth_date) == (name, birth_date))
        )

    def busy(self, clinician: Clinician, span: Interval, *, now: datetime) -> BusyRead:
        """Return the clinician's busy time in the span, as the calendar is at this moment."""
        self.spans.append(span)
        self._ask("busy", clinician.reference)
        if clinician.reference in self.unreadable:
            return BusyRead((), False, now, (UNREADABLE,))
        taken = self.calendars.get(clinician.reference, [])
        return BusyRead(tuple(sorted(each for each in taken if each.overlaps(span))), True, now, places=self.places)

    def clinicians(self, *, name: str) -> tuple[Clinician, ...]:
        """Return the staff whose name holds these words; Permanent where nobody may be looked for."""
        self._ask("clinicians", name)
        if not self.shows_staff:
            raise Permanent("The EHR does not let Parley look for clinicians.", next="Let the clinician take it.")
        words = name.casefold().split()
        return tuple(each for each in self.staff.values() if all(word in each.name.casefold() for word in words))

    def clinician(self, reference: str) -> Clinician:
        """Return one of the staff; Permanent for anybody else."""
        self._ask("clinician", reference)
        if reference not in self.staff:
            raise Permanent("The EHR knows no such clinician.", next="Look for them by name.")
        return self.staff[reference]

    def request(self, reference: str, *, patient: str) -> RequestRead:
        """Return the request of an answer; Permanent when it is not this patient's."""
        self._ask("request", reference)
        if (reference, patient) not in {(each.denial.request, each.patient.reference) for each in self.answers}:
            raise Permanent("The request in the EHR is another patient's.", next="Look in the EHR.")
        id_ = reference.partition("/")[2]
        claim = {"resourceType": "Claim", "id": id_, "patient": {"reference": patient}}
        return RequestRead(claim, {}, "https://ehr.example/fhir", (("urn:request", id_),))

    def chart(self, patient: str, *, now: datetime) -> ChartRead:
        """Return what the chart holds."""
        self._ask("chart", patient)
        return ChartRead(self.charts.get(patient, {}), self.left_out)

    def sent(self, patient: str, *, about: tuple[str, ...], payers: tuple[str, ...]) -> Submission:
        """Return what is told of the request; a request that nobody told of is not known."""
        self._ask("sent", patient)
        return self.submissions.get(patient, Submission(names=frozenset(about)))

    def perform(self, effect: Effect, *, seen: bool, wrote: Mapping[str, str], may_send: bool = True) -> Written:
        """Keep the effect; a change stands where its appointment stands."""
        self._ask("perform", getattr(effect, "key", None))
        self.written[effect.key] = effect
        root = effect.appointment_key if isinstance(effect, ChangeAppointment) else effect.key
        return Written(f"{type(effect).__name__}/{root}", how="created")

    def _ask(self, what: str, about: str | None) -> None:
        self.asked.append((what, about))
        self.on_question(what)
        if self.trouble is not None:
            raise self.trouble
