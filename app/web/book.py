"""Book: one button a slot; who came second is told what is free next."""

from datetime import datetime, timedelta

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.acts import AtStake
from app.core.people import Act
from app.errors import BadInput, Refused
from app.flow import book as flow_book
from app.flow import cases as flow_cases
from app.flow import slots as flow_slots
from app.web.act import reason, stopped
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports, version_seen
from app.web.show import show, to_case
from app.web.strips import strips_of

bp = Blueprint("book", __name__)
HOLD_HOURS = ("1", "4", "24", "48")


@bp.get("/cases/<case_id>/book")
@may(Act.SEE_CASE)
def book(case_id: str) -> Response:
    """Show the booking."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    return show("book/page.html", "book/_book.html", **case_view(found))


@bp.post("/cases/<case_id>/book")
@may(Act.BOOK)
def make(case_id: str) -> Response:
    """Book one slot, or say what took it."""
    try:
        flow_book.book(ports(), case_id, wanted_slot(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return taken(case_id, error)
    return to_case(case_id, "booked")


@bp.post("/cases/<case_id>/book/move")
@may(Act.BOOK)
def move(case_id: str) -> Response:
    """Move the booking to another slot."""
    try:
        flow_book.move(ports(), case_id, wanted_slot(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return taken(case_id, error)
    return to_case(case_id, "moved")


@bp.post("/cases/<case_id>/book/cancel")
@may(Act.BOOK)
def cancel(case_id: str) -> Response:
    """Cancel the booking."""
    given = request.form.get("reason", "").strip() or "cancelled by us"
    try:
        flow_book.cancel(ports(), case_id, reason=given[:200], why=reason(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    return to_case(case_id, "cancelled")


@bp.post("/cases/<case_id>/book/hold")
@may(Act.BOOK)
def hold(case_id: str) -> Response:
    """Hold the chosen times until somebody answers; all of them or none."""
    chosen = [wanted_slot(each) for each in request.form.getlist("slot")]
    hours = request.form.get("hours", "")
    if not chosen or hours not in HOLD_HOURS:
        say = "Choose the times to hold." if not chosen else "Say how long to hold them."
        return taken(case_id, Refused(say, next="Nothing was held."), status=422)
    whose = "payer" if request.form.get("waits_on") == "payer" else "clinician"
    until, seen = now() + timedelta(hours=int(hours)), version_seen()
    try:
        flow_book.hold(ports(), case_id, chosen, until=until, waits_on=whose, seen=seen, now=now())
    except Refused as error:
        return taken(case_id, error)
    return to_case(case_id, "held")


@bp.post("/cases/<case_id>/book/holds/<hold_id>")
@may(Act.BOOK)
def pick(case_id: str, hold_id: str) -> Response:
    """Book a held time; the others are given back."""
    told = {"speaker": request.form.get("speaker") or None, "why": reason()}
    told["accept_unverified"] = request.form.get("accept_unverified") == "yes"
    try:
        flow_book.pick(ports(), case_id, hold_id, **told, seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return taken(case_id, error)
    return to_case(case_id, "booked")


@bp.post("/cases/<case_id>/book/release")
@may(Act.BOOK)
def release(case_id: str) -> Response:
    """Give a held time back, or all of them."""
    flow_book.release(ports(), case_id, hold_id=request.form.get("hold") or None, seen=version_seen(), now=now())
    return to_case(case_id, "released")


def wanted_slot(told: str | None = None) -> flow_book.Wanted:
    """Return the slot that the form names, "start/end" in ISO 8601 with offsets."""
    start, _, end = (request.form.get("slot", "") if told is None else told).partition("/")
    try:
        wanted = flow_book.Wanted(
            start=datetime.fromisoformat(start),
            end=datetime.fromisoformat(end),
            accept_unverified=request.form.get("accept_unverified") == "yes",
            speaker=request.form.get("speaker") or None,
            why=reason(),
            clinician=request.form.get("clinician") or None,
        )
    except ValueError as error:
        raise BadInput("is not a time of this page", path="slot", next="Choose a time from the list.") from error
    if wanted.start.tzinfo is None or wanted.end.tzinfo is None or wanted.end <= wanted.start:
        raise BadInput("is not a time of this page", path="slot", next="Choose a time from the list.")
    return wanted


def taken(case_id: str, error: Refused, *, status: int = 409) -> Response:
    """Say why it was not booked, with the times that are free now."""
    proposal = flow_slots.propose_slots(ports(), case_id, now=now())
    view = case_view(proposal.case)
    view["strips"] = strips_of(proposal, zone=view["zone"], now=now())
    return show("book/refused.html", "book/_refused.html", status=status, proposal=proposal, error=error, **view)
