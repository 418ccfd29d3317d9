"""A case with only what the test cares about; everything else is plain and synthetic."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.core.case import Attempt, Booking, Case, CaseState, Clock, NextAction
from app.core.denial import (
    Code,
    Coverage,
    Decision,
    Denial,
    DenialLine,
    Lane,
    LineRouting,
    Path,
    Quote,
    Routing,
)
from app.core.interval import Interval
from app.core.people import Clinician, Party, Patient, Role, User

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 09:00 in Chicago
CLINICIAN = Clinician(
    "Practitioner/doc", "Dr Test", "America/Chicago", specialty="Orthopaedic surgery", credential="physician"
)
COORDINATOR = User("sandbox|coord", "Coordinator Test", Role.COORDINATOR, "Practitioner/coord")
PATIENT = Patient("Patient/p1", "Test Patient", "1960-02-03", "female", "MRN-1")
NECESSITY = Code("https://codesystem.x12.org/external/886", "0F")


def hours(amount: float) -> timedelta:
    """Return so many hours."""
    return timedelta(hours=amount)


def a_denial(**more) -> Denial:
    """Return a denial of two lines, the first not medically necessary."""
    base = Denial(
        reference="ClaimResponse/cr1",
        use="preauthorization",
        status="active",
        outcome="complete",
        created_at=MONDAY - hours(4),
        patient=PATIENT.reference,
        insurer=Party("Payer Test"),
        request="Claim/c1",
        lines=(
            DenialLine(1, reasons=(NECESSITY,), service_label="Lumbar fusion", quantity_requested=1),
            DenialLine(2, service_label="Brace", quantity_requested=24),
        ),
        notes=(Quote("Six weeks of therapy not shown.", "processNote[0].text", "ClaimResponse/cr1"),),
        reference_number="REF-1",
    )
    return replace(base, **more)


def a_routing(*, route: Path = Path.P2P, lane: Lane | None = Lane.POST_DENIAL) -> Routing:
    """Return a routing of both lines."""
    return Routing(
        decision=Decision.DENIED,
        route=route,
        lane=lane,
        lines=(
            LineRouting(1, Decision.DENIED, route, (NECESSITY,), ("not necessary",)),
            LineRouting(2, Decision.DENIED, route, (), ("not necessary",)),
        ),
        because=("Denied for a clinical reason.",),
        reason="not medically necessary",
        reason_kind="clinical",
    )


def a_case(**more) -> Case:
    """Return an open case of the denial."""
    denial = more.pop("denial", None) or a_denial()
    base = Case(
        id="case1",
        tenant="sandbox",
        number="P-TEST22",
        patient=PATIENT,
        denial=denial,
        coverage=Coverage("Coverage/cov1", Party("Payer Test")),
        routing=a_routing(),
        service_label="Lumbar fusion",
        payer_key=None,
        payer_name="Payer Test",
        state=CaseState.OPEN,
        next_action=NextAction("book", "Book a time", None, "us"),
        opened_at=MONDAY - hours(2),
        updated_at=MONDAY - hours(2),
        clinician=CLINICIAN,
        clocks=(
            Clock("p2p_window", None, MONDAY + hours(48), "rule", "source", "because"),
            Clock("appeal", None, MONDAY + hours(24 * 180), "rule", "source", "because"),
        ),
        last_safe_at=MONDAY + hours(46),
    )
    return replace(base, **more)


def a_booking(**more) -> Booking:
    """Return a live booking of twenty minutes, two hours from Monday's start."""
    base = Booking(
        id="booking1",
        interval=Interval(MONDAY + hours(2), MONDAY + hours(2) + timedelta(minutes=20)),
        clinician=CLINICIAN,
        payer_slot=None,
        made_at=MONDAY,
        made_by="Coordinator Test",
        who_calls="payer",
    )
    return replace(base, **more)


def a_booked_case(**more) -> Case:
    """Return a case whose call is booked."""
    return a_case(state=CaseState.BOOKED, booking=a_booking(), **more)


def an_attempt(**more) -> Attempt:
    """Return a call of ours that reached the reviewer."""
    base = Attempt(
        id="a1",
        at=MONDAY,
        by="Coordinator Test",
        direction="ours",
        number="800-555-0100",
        reached="reviewer",
        reached_name="Dr Reviewer",
        result="connected",
        hold_minutes=12,
    )
    return replace(base, **more)
