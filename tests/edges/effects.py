"""Effects as a case would have them: only what matters to a test is said."""

from dataclasses import replace
from datetime import timedelta

from app.core.case import Booking
from app.core.effects import ChangeAppointment, TellPayer, WriteAppointment, WriteCommunication, WriteDocument
from app.core.interval import Interval
from app.core.people import Clinician, Patient
from tests.edges.ehr_server import NOW

ANN = Patient("Patient/pat-1", "Ann Family-pat-1", "1980-05-06")
DOC = Clinician("Practitioner/doc-1", "José Müller", "America/Chicago")
ABOUT = ("ClaimResponse/cr-1", "Claim/claim-1")
KEY = "demo/case-1/appointment/b-1"


def a_booking(**more) -> Booking:
    start = NOW + timedelta(hours=20)
    booking = Booking("b-1", Interval(start, start + timedelta(minutes=20)), DOC, None, NOW, "Office")
    return replace(booking, **more)


def write_appointment(**more) -> WriteAppointment:
    return replace(WriteAppointment(KEY, "b-1", "4821", ANN, DOC, a_booking(), "Payer A", ABOUT), **more)


def change_appointment(change: str, **more) -> ChangeAppointment:
    effect = ChangeAppointment(f"{KEY}/{change}", "b-1", KEY, change, ANN, a_booking(), "4821", "Payer A", ABOUT)
    return replace(effect, **more)


def write_document(**more) -> WriteDocument:
    effect = WriteDocument(
        key="demo/case-1/document/o-1/0",
        target="o-1/document",
        case_number="4821",
        patient=ANN,
        author=DOC.reference,
        author_name=DOC.name,
        title="Peer-to-peer review 4821",
        text="Result: overturned – approved.",
        at=NOW,
        about=ABOUT,
    )
    return replace(effect, **more)


def write_communication(**more) -> WriteCommunication:
    effect = WriteCommunication(
        key="demo/case-1/communication/o-1/0",
        target="o-1/communication",
        case_number="4821",
        patient=ANN,
        sender=DOC.reference,
        sender_name=DOC.name,
        recipients=(DOC.reference,),
        topic="Peer-to-peer review",
        text="Overturned.",
        at=NOW,
        about=ABOUT,
    )
    return replace(effect, **more)


def tell_payer(slot: str, change: str = "booked", **more) -> TellPayer:
    return replace(TellPayer(f"demo/case-1/payer/{change}", "b-1/payer", slot, "4821", "b-1", change), **more)


def the_chart() -> tuple[dict, ...]:
    """Return what the effects point to."""
    return (
        {"resourceType": "Patient", "id": "pat-1", "name": [{"family": "Family-pat-1", "given": ["Ann"]}]},
        {"resourceType": "Patient", "id": "pat-2", "name": [{"family": "Family-pat-2", "given": ["Bob"]}]},
        {"resourceType": "Practitioner", "id": "doc-1", "name": [{"family": "Müller", "given": ["José"]}]},
        {"resourceType": "Organization", "id": "payer-a", "name": "Payer A"},
        {
            "resourceType": "Encounter",
            "id": "enc-1",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": "Patient/pat-1"},
        },
        a_claim(),
        an_answer(),
        {
            "resourceType": "Coverage",
            "id": "cov-1",
            "status": "active",
            "beneficiary": {"reference": "Patient/pat-1"},
            "payor": [{"reference": "Organization/payer-a"}],
        },
    )


def a_claim(key: str = "claim-1", of: str = "pat-1", **more) -> dict:
    return {
        "resourceType": "Claim",
        "id": key,
        "status": "active",
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "professional"}]},
        "use": "preauthorization",
        "patient": {"reference": f"Patient/{of}"},
        "created": "2026-02-20",
        "provider": {"reference": "Organization/payer-a"},
        "priority": {"coding": [{"code": "normal"}]},
        "careTeam": [{"sequence": 1, "provider": {"reference": "Practitioner/doc-1"}, "responsible": True}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/cov-1"}}],
        "item": [
            {
                "sequence": 1,
                "productOrService": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "22612"}]},
                "encounter": [{"reference": "Encounter/enc-1"}],
            }
        ],
        **more,
    }


def an_answer(key: str = "cr-1", of: str = "pat-1", **more) -> dict:
    return {
        "resourceType": "ClaimResponse",
        "id": key,
        "status": "active",
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "professional"}]},
        "use": "preauthorization",
        "patient": {"reference": f"Patient/{of}"},
        "created": "2026-02-28T10:00:00Z",
        "insurer": {"reference": "Organization/payer-a"},
        "request": {"reference": "Claim/claim-1"},
        "outcome": "complete",
        "disposition": "Denied: not medically necessary",
        **more,
    }
