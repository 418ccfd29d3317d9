"""Outcome: what was decided."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.acts import CALL, AtStake
from app.core.case import Case
from app.core.outcome import (
    NOT_HELD,
    RESULTS,
    SAID,
    Contradiction,
    OutcomeForm,
    disputed_lines,
    topic_of,
    way_of,
)
from app.core.people import Act
from app.errors import Refused
from app.flow import cases as flow_cases
from app.flow import drafts as flow_drafts
from app.flow import outcome as flow_outcome
from app.web.act import reason, stopped
from app.web.call import told_reviewer
from app.web.case import case_view
from app.web.guard import may
from app.web.session import here, now, ports, version_seen, whole
from app.web.show import show, status_of_form, to_case

bp = Blueprint("outcome", __name__)


@bp.get("/cases/<case_id>/outcome")
@may(Act.SEE_CASE)
def outcome(case_id: str) -> Response:
    """Show the outcome or its form."""
    return form_page(case_id)


@bp.post("/cases/<case_id>/outcome")
@may(Act.RECORD_OUTCOME)
def record(case_id: str) -> Response:
    """Keep the outcome; a contradiction is shown beside its field; what was typed stays, whatever is refused."""
    try:
        flow_outcome.record_outcome(ports(), case_id, told(), why=reason(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return form_page(case_id, error=error)
    return to_case(case_id, "settled")


@bp.post("/cases/<case_id>/close")
@may(Act.RECORD_OUTCOME)
def close(case_id: str) -> Response:
    """Close the case."""
    try:
        flow_outcome.close_case(ports(), case_id, why=reason(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    return to_case(case_id, "closed")


def form_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Show the page, with the form as typed when it was refused."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    way = told_way(found)
    return show(
        "outcome/page.html",
        "outcome/_outcome.html",
        status=status_of_form(error),
        error=error,
        typed=request.form if error else {},
        results=RESULTS,
        result_words=SAID,
        not_held=NOT_HELD,
        disputed=disputed_lines(found),
        way=way,
        topic=topic_of(way),
        known=flow_drafts.known_call(ports(), found, now=now()),
        **case_view(found),
    )


def told_way(case: Case) -> str:
    """Return what the form is about: as typed, as the link said, else what is most likely."""
    asked = request.form.get("way") or request.args.get("way", "")
    return asked if asked == CALL or any(each.kind == asked for each in case.acts) else way_of(case)


def told() -> OutcomeForm:
    """Return the form's fields as core takes them; raises Contradiction naming the field."""
    form = request.form
    words = {
        name: form.get(name, "").strip() or None
        for name in ("reference_number", "reviewer_reason", "new_information", "not_held_reason", "note")
    }
    return OutcomeForm(
        result=form.get("result", ""),
        final=form.get("final") == "final",
        lines=told_lines(),
        held_at=told_instant(form.get("held_at", "")),
        reviewer=told_reviewer(),
        way=form.get("way") or CALL,
        **words,
    )


def told_lines() -> dict[int, tuple[str, float | None]]:
    """Return what was said of each line; lines left alone are not in it."""
    lines: dict[int, tuple[str, float | None]] = {}
    for name, result in request.form.items():
        number = name.removeprefix("line_")
        sequence = whole(number)
        if name == number or sequence is None or not result:
            continue
        lines[sequence] = (result, quantity(number))
    return lines


def quantity(number: str) -> float | None:
    """Return the approved quantity of a line; raises Contradiction."""
    text = request.form.get(f"quantity_{number}", "").strip()
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise Contradiction(f"quantity_{number}", "An approved quantity is a number.")
    return found


def told_instant(text: str) -> datetime | None:
    """Return the wall time of the site's zone as an instant; raises Contradiction."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(here().session.zone))
    except ValueError as error:
        raise Contradiction("held_at", "Say when the call was, as date and time.") from error
