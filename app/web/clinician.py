"""Clinician: who takes the call; chosen on a page of its own, with one tap for whoever is signed in."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.errors import Permanent, Refused
from app.flow import clinician as flow_clinician
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports, version_seen
from app.web.show import show, to_case

bp = Blueprint("clinician", __name__)


@bp.get("/cases/<case_id>/clinician")
@may(Act.SEE_CASE)
def clinician(case_id: str) -> Response:
    """Show who may take the call; a name is looked for in the EHR."""
    return page(case_id)


@bp.post("/cases/<case_id>/clinician")
@may(Act.CHOOSE_CLINICIAN)
def choose(case_id: str) -> Response:
    """Put the call into a clinician's hands; what stands against it is told on the same page."""
    reference = request.form.get("clinician", "")
    try:
        flow_clinician.choose(ports(), case_id, reference, seen=version_seen(), now=now())
    except flow_clinician.CANNOT as error:
        return page(case_id, error, status=409)
    return to_case(case_id, "chosen")


def page(case_id: str, error: Refused | Permanent | None = None, *, status: int = 200) -> Response:
    """Show the page, with why a choice was not taken."""
    name = request.values.get("name", "")[: flow_clinician.LONGEST_NAME]
    choices = flow_clinician.choices_of(ports(), case_id, name=name, now=now())
    more = {"choices": choices, "name": name, "error": error}
    return show("clinician/page.html", "clinician/_clinician.html", status=status, **more, **case_view(choices.case))
