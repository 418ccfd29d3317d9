"""Cases, bookings, effects and sessions; a test names only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.case import Booking, Case, CaseState, NextAction
from app.core.denial import Coverage, Decision, Denial, Lane, Path, Routing
from app.core.effects import TellPayer, WriteAppointment
from app.core.interval import Interval
from app.core.people import Clinician, Party, Patient
from app.edges.store.launches import LaunchSession, LaunchTransaction

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TENANT = "demo"
SURGEON = Clinician("Practitioner/surgeon", "Dr Example Surgeon", "America/Chicago")


def minutes(count: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=count)


def at(hour: int, minute: int = 0) -> datetime:
    """Return this time on the day of the tests, UTC."""
    return NOW.replace(hour=hour, minute=minute)


def a_case(id: str = "case-1", **changes: Any) -> Case:
    """Return a fresh case with its own denial and number."""
    patient = Patient(f"Patient/{id}", f"Synthetic {id}", "1970-01-01")
    denial = Denial(
        reference=f"ClaimResponse/{id}",
        use="preauthorization",
        status="active",
        outcome="complete",
        created_at=NOW,
        patient=patient.reference,
        insurer=Party("Example Mutual"),
    )
    case = Case(
        id=id,
        tenant=TENANT,
        number=f"P-{id}",
        patient=patient,
        denial=denial,
        coverage=Coverage(None, Party("Example Mutual")),
        routing=Routing(Decision.DENIED, Path.P2P, Lane.POST_DENIAL, (), ("because",), reason="not necessary"),
        service_label="spinal fusion",
        payer_key=None,
        payer_name="Example Mutual",
        state=CaseState.OPEN,
        next_action=NextAction("ask_windows", "Ask for call times", NOW + timedelta(days=2), "us"),
        opened_at=NOW,
        updated_at=NOW,
        clinician=SURGEON,
    )
    return replace(case, **changes)


def booked(
    case: Case,
    start: datetime,
    end: datetime,
    *,
    clinician: Clinician = SURGEON,
    payer_slot: str | None = None,
    **changes: Any,
) -> Case:
    """Return the case with a live booking from `start` to `end`."""
    booking = Booking(f"booking-{case.id}", Interval(start, end), clinician, payer_slot, NOW, "demo|me")
    return replace(case, state=CaseState.BOOKED, booking=replace(booking, **changes))


def an_effect(key: str = "demo/case-1/appointment/1", *, target: str = "booking-1") -> TellPayer:
    """Return an effect that carries nothing but its name."""
    return TellPayer(key, target, "https://payer.example/fhir/Slot/1", "P-1", target, "booked")


def an_appointment(case: Case) -> WriteAppointment:
    """Return the effect that writes the case's booking."""
    assert case.booking is not None
    return WriteAppointment(
        key=f"{case.tenant}/{case.id}/appointment/{case.booking.id}",
        target=case.booking.id,
        case_number=case.number,
        patient=case.patient,
        clinician=case.booking.clinician,
        booking=case.booking,
        payer_name=case.payer_name,
        about=(case.denial.reference,),
    )


def a_session(id: str = "session-1", **changes: Any) -> LaunchSession:
    """Return a session of one coordinator, opened from the worklist tab."""
    session = LaunchSession(
        id=id,
        secret_hash="s" * 64,
        issuer=TENANT,
        user_key="demo|coordinator",
        user_name="Example Coordinator",
        role="coordinator",
        scopes="openid fhirUser user/*.rs",
        csrf_secret="c" * 32,
        created_at=NOW,
        last_seen_at=NOW,
        idle_expires_at=NOW + timedelta(minutes=15),
        expires_at=NOW + timedelta(hours=10),
        token_box=b"encrypted",
        token_expires_at=NOW + timedelta(minutes=10),
    )
    return replace(session, **changes)


def a_transaction(id: str = "transaction-1", **changes: Any) -> LaunchTransaction:
    """Return a launch that has just left for the authorization server."""
    transaction = LaunchTransaction(
        id=id,
        state_hash=f"state-{id}",
        issuer=TENANT,
        nonce="n",
        verifier_encrypted=b"encrypted",
        binding_hash="b",
        want="/",
        created_at=NOW,
        expires_at=NOW + timedelta(minutes=10),
    )
    return replace(transaction, **changes)
