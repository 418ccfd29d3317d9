"""Escalate: the call rules that were broken in a case, and the steps of their ladders."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow import cases as flow_cases
from app.flow import escalate as flow_escalate
from app.flow.escalate import WhyLeft
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports, version_seen, whole
from app.web.show import show, status_of_form, to_case

bp = Blueprint("escalate", __name__)


@bp.get("/cases/<case_id>/escalate")
@may(Act.SEE_CASE)
def escalate(case_id: str) -> Response:
    """Show what was broken, and how far each ladder has gone."""
    return ladders_page(case_id)


@bp.post("/cases/<case_id>/escalate")
@may(Act.LOG_ATTEMPT)
def settle(case_id: str) -> Response:
    """Keep that a step was taken, or that a ladder is left at that."""
    about, rule, do, told, why = (request.form.get(each, "") for each in ("about", "rule", "do", "told", "why"))
    if do == "take":
        step = whole(request.form.get("step", ""))
        step = -1 if step is None else step
        flow_escalate.take(ports(), case_id, about, rule, step, told=told, seen=version_seen(), now=now())
        return to_case(case_id, "stepped")
    try:
        flow_escalate.leave(ports(), case_id, about, rule, why=why, seen=version_seen(), now=now())
    except WhyLeft as error:
        return ladders_page(case_id, error=error)
    return to_case(case_id, "left")


def ladders_page(case_id: str, *, error: WhyLeft | None = None) -> Response:
    """Show the page, with what is wrong with a form."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    view = {"ladder_error": error, "ladder_typed": request.form if error else {}, **case_view(found)}
    return show("escalate/page.html", "escalate/_escalate.html", status=status_of_form(error), **view)
