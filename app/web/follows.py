"""Follows: the letter that came is recorded or put aside by a person; an appeal filed elsewhere is linked back."""

from datetime import date

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.afterwards import DECIDING, marks
from app.core.outcome import Contradiction
from app.core.outcome.appeal.choice import LONGEST
from app.core.outcome.filing import WAYS
from app.core.outcome.letter import APPEAL
from app.core.outcome.linked import AppealTold
from app.core.people import Act
from app.errors import Refused
from app.flow import cases as flow_cases
from app.flow import follows as flow_follows
from app.flow import telling as flow_telling
from app.web.act import MOST
from app.web.case import case_view
from app.web.guard import may
from app.web.outcome import form_page
from app.web.session import now, ports, version_seen
from app.web.show import show, status_of_form, to_case

bp = Blueprint("follows", __name__)


@bp.post("/cases/<case_id>/letter")
@may(Act.RECORD_OUTCOME)
def record(case_id: str) -> Response:
    """Record the letter that waits; what cannot be recorded as it is goes to the outcome's form."""
    try:
        flow_follows.record_letter(ports(), case_id, seen=version_seen(), now=now())
    except Contradiction as error:
        return form_page(flow_telling.telling(ports(), case_id, now=now()), error=error)
    return to_case(case_id, "lettered")


@bp.post("/cases/<case_id>/letter/aside")
@may(Act.RECORD_OUTCOME)
def aside(case_id: str) -> Response:
    """Put aside what was taken for a letter."""
    flow_follows.put_aside(ports(), case_id, seen=version_seen(), now=now())
    return to_case(case_id, "aside")


@bp.get("/cases/<case_id>/linked")
@may(Act.SEE_CASE)
def linked(case_id: str) -> Response:
    """Show the form of an appeal that was filed elsewhere."""
    return linked_page(case_id)


@bp.post("/cases/<case_id>/linked")
@may(Act.RECORD_OUTCOME)
def link(case_id: str) -> Response:
    """Link the appeal; a contradiction is shown beside its field."""
    try:
        flow_follows.link(ports(), case_id, told_appeal(), seen=version_seen(), now=now())
    except Contradiction as error:
        return linked_page(case_id, error=error)
    return to_case(case_id, "linked")


def linked_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Show the page, with the form as typed when it was refused."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    filed = next(iter(marks(found, APPEAL)), None)
    told = {
        "error": error,
        "typed": request.form if error else {},
        "filed": filed,
        "appeal_ways": WAYS,
        **case_view(found),
    }
    return show("follows/page.html", "follows/_linked.html", status=status_of_form(error), **told)


def told_appeal() -> AppealTold:
    """Return what the form tells of an appeal; raises Contradiction naming the field."""
    filed_on = told_day("filed_on")
    if filed_on is None:
        raise Contradiction("filed_on", "Say when the appeal was filed.")
    result = request.form.get("result", "")
    if result and result not in DECIDING:
        raise Contradiction("result", "Say what was decided on the appeal.")
    note = request.form.get("note", "").strip()[:MOST] or None
    way, number = request.form.get("filed_way", ""), request.form.get("confirmation", "").strip()[:LONGEST]
    told = {"filed_way": way if way in WAYS else "", "number": number or None}
    return AppealTold(filed_on, result=result or None, decided_on=told_day("decided_on"), note=note, **told)


def told_day(name: str) -> date | None:
    """Return a day of the form, None where none is typed; raises Contradiction."""
    typed = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise Contradiction(name, "This is no date.") from error
