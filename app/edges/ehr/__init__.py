"""
The EHR as seen with one token: payers' answers, patient, calendar and chart read; calls, notes and messages written.

May import app.core, app.errors, app.flow.ports, app.edges.fhir and app.edges.http.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from app.core.brief.sending import Submission
from app.core.effects import (
    ChangeAppointment,
    Effect,
    TellClinician,
    WriteAppointment,
    WriteCommunication,
    WriteDocument,
)
from app.core.interval import Interval
from app.core.people import Clinician, Patient
from app.edges.ehr.booked import Calls
from app.edges.ehr.calendar import read_busy
from app.edges.ehr.chart import read_chart_resources
from app.edges.ehr.clinicians import find_clinicians, read_clinician_at
from app.edges.ehr.denials import read_denials
from app.edges.ehr.learned import Learned, under_which
from app.edges.ehr.metadata import fetch_capability
from app.edges.ehr.notes import Notes
from app.edges.ehr.notice import tell
from app.edges.ehr.people import find_patients
from app.edges.ehr.planner import Facts, Plan, Told, plan_of
from app.edges.ehr.profile import SiteProfile
from app.edges.ehr.reading import Reading
from app.edges.ehr.request import read_request_held
from app.edges.ehr.scopes import read_scopes
from app.edges.ehr.submission import read_sent
from app.edges.ehr.writeback import NotOffered
from app.edges.fhir.capability import Capability
from app.edges.fhir.communication import MessageStyle
from app.edges.fhir.document_reference import NoteStyle
from app.edges.fhir.operation_outcome import explain_outcome
from app.edges.fhir.patient import read_patient
from app.edges.http import Counterpart, Token, Transport
from app.errors import Permanent
from app.flow.ports import BusyRead, ChartRead, DenialsRead, RequestRead, Written

__all__ = ["FhirEhr", "NotOffered", "SiteProfile", "WrongPatient", "fetch_capability"]


Learns = Callable[[str], Learned]


class WrongPatient(Permanent):
    """The token is for one patient's chart, the act for another's. Nothing was read or written."""

    say = "This was opened from another patient's chart."
    next = "Open Parley from this patient's chart. Nothing was written."


class FhirEhr:
    """
    flow.ports.Ehr over FHIR R4.

    token: called before every request, from several threads at once, and after a 401 with the token that was refused;
        raises SignInNeeded when a person must launch
    scopes: as the token response said them. patient: "Patient/ID" of a chart launch, to which all is then held
    zone: IANA name in which days and working hours are read
    launch_url: at which an EHR opens Parley from a task
    encounter: "Encounter/ID" of a chart launch: notes are filed under it where the request names none
    print_note: makes a note's PDF, raises Permanent where none can be made; None: none is made here
    refusals: gives what this EHR refused lately under such circumstances; None: nothing is remembered
    """

    def __init__(
        self,
        base: str,
        transport: Transport,
        token: Token,
        *,
        capability: Capability,
        scopes: str,
        profile: SiteProfile,
        fhir_user: str | None,
        patient: str | None,
        zone: str,
        encounter: str | None = None,
        launch_url: str | None = None,
        refusals: Learns | None = None,
        print_note: Callable[[WriteDocument], bytes] | None = None,
    ) -> None:
        counterpart = Counterpart(base, transport, token=token, explain=explain_outcome)
        granted = read_scopes(scopes)
        learned = refusals(under_which(capability, granted, profile)) if refusals else None
        self._reading = Reading(counterpart, capability=capability, scopes=granted, profile=profile, learned=learned)
        self._profile = profile
        self._print_note = print_note
        self._fhir_user = fhir_user
        self._patient = _patient_reference(patient)
        self._zone = zone
        self._launch_url = launch_url
        self._encounter = encounter if patient else None

    def denials(self, *, patient: str | None, now: datetime) -> DenialsRead:
        """Return payers' answers of one patient, or of all that the token shows. raises: SignInNeeded, WrongPatient."""
        wanted = _patient_reference(patient) or self._patient
        self._hold_to_patient(wanted)
        return read_denials(self._reading, patient=wanted, zone=self._zone, now=now)

    def patient(self, reference: str) -> Patient:
        """Return the patient as the EHR names them. raises: WrongPatient and the errors of app.edges.http."""
        self._hold_to_patient(reference)
        return read_patient(self._reading.counterpart.get(reference), reference=reference)

    def patients(self, *, mrn: str | None, name: str | None, birth_date: str | None) -> tuple[Patient, ...]:
        """Return who this record number, or this name and birth date, may mean. raises: NoPatientSearch."""
        found = find_patients(self._reading, mrn=mrn, name=name, birth_date=birth_date)
        return tuple(each for each in found if self._patient in (None, each.reference))

    def clinicians(self, *, name: str) -> tuple[Clinician, ...]:
        """Return whom this name or NPI may mean. raises: SignInNeeded, NoClinicianSearch."""
        return find_clinicians(self._reading, name=name, zone=self._zone)

    def clinician(self, reference: str) -> Clinician:
        """Return the clinician at "Practitioner/ID". raises: NotAClinician and the errors of app.edges.http."""
        return read_clinician_at(self._reading, reference, zone=self._zone)

    def busy(self, clinician: Clinician, span: Interval, *, now: datetime) -> BusyRead:
        """Return a clinician's busy time in `span`, not merged; `verified` says whether it may be relied on."""
        return read_busy(self._reading, clinician, span, now=now)

    def chart(self, patient: str, *, now: datetime) -> ChartRead:
        """Return the raw resources that the brief reads. raises: SignInNeeded, WrongPatient."""
        self._hold_to_patient(patient)
        return read_chart_resources(self._reading, patient, now=now)

    def request(self, reference: str, *, patient: str) -> RequestRead:
        """Return the request at "Claim/ID" with what it names. raises: WrongPatient, OtherPatientsRequest."""
        self._hold_to_patient(patient)
        return read_request_held(self._reading, reference, patient=patient)

    def sent(self, patient: str, *, about: tuple[str, ...], payers: tuple[str, ...]) -> Submission:
        """Return what went to the payer with the request and since. raises: SignInNeeded, WrongPatient."""
        self._hold_to_patient(patient)
        return read_sent(self._reading, patient, about=about, payers=payers)

    def perform(self, effect: Effect, *, seen: bool, wrote: Mapping[str, str], may_send: bool = True) -> Written:
        """Make `effect` true in the EHR by its plan (edges.ehr.planner); see flow.ports.Ehr.perform."""
        self._reading.begin()
        if isinstance(effect, TellClinician):  # of nobody's chart
            return tell(
                self._reading, effect, sender=self._fhir_user, style=self._message_style(), seen=seen, may_send=may_send
            )
        self._hold_to_patient(getattr(getattr(effect, "patient", None), "reference", None))
        if isinstance(effect, ChangeAppointment):
            return self._calls.change(effect, wrote=wrote, seen=seen, may_send=may_send)
        if isinstance(effect, WriteAppointment):
            return self._calls.write(effect, seen=seen, may_send=may_send)
        if isinstance(effect, WriteDocument):
            return self._notes.write_note(effect, seen=seen, wrote=wrote, may_send=may_send)
        if isinstance(effect, WriteCommunication):
            return self._notes.write_message(effect, seen=seen, wrote=wrote, may_send=may_send)
        raise NotOffered(type(effect).__name__)

    @property
    def _calls(self) -> Calls:
        style = replace(self._note_style(), loinc=self._profile.call_document, mimes=("",))
        documents = replace(self._notes, notes=style, told=Told.CHANGE)
        return Calls(self._reading, self._message_style(), self._zone, self._fhir_user, documents, self._launch_url)

    @property
    def _notes(self) -> Notes:
        styles = self._note_style(), self._message_style()
        return Notes(self._reading, *styles, self._fhir_user, self._print_note, self._encounter, self._launch_url)

    def plan(self, told: Told, facts: Facts) -> Plan:
        """Return where a thing of this kind would stand; `perform` does just that."""
        return plan_of(told, self._reading.allowed, facts)

    def _hold_to_patient(self, reference: str | None) -> None:
        if self._patient is not None and reference != self._patient:
            raise WrongPatient

    def _note_style(self) -> NoteStyle:
        profile = self._profile
        return NoteStyle(profile.document_type, profile.document_category, profile.document_mimes, profile.bare)

    def _message_style(self) -> MessageStyle:
        profile = self._profile
        return MessageStyle(
            category=profile.communication_category,
            sender=profile.communication_sender,
            recipient=profile.communication_recipient,
            files=profile.communication_files,
            bare=profile.bare,
        )


def _patient_reference(patient: str | None) -> str | None:
    """Return "Patient/ID" of an id or a reference."""
    return None if not patient else patient if "/" in patient else f"Patient/{patient}"
