"""What was held back of the chart: the list, and what a clinician lets into this case's brief."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.brief.held import NoReason, NothingHeld, NotTheirsToAdd
from app.core.people import Act
from app.errors import Refused
from app.flow import brief as flow_brief
from app.flow.brief import held as flow_held
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import done, show, status_of_form

bp = Blueprint("held", __name__)


@bp.get("/cases/<case_id>/held")
@may(Act.SEE_CASE)
def held(case_id: str) -> Response:
    """Show what was held back, by kind and day, and what was added."""
    return held_page(case_id)


@bp.post("/cases/<case_id>/held")
@may(Act.ADD_HELD)
def add(case_id: str) -> Response:
    """Let one thing into this brief, with a reason."""
    reference, reason = request.form.get("reference", ""), request.form.get("reason", "")
    try:
        flow_held.add(ports(), case_id, reference, reason, now=now())
    except (NoReason, NothingHeld, NotTheirsToAdd) as error:
        return held_page(case_id, error=error)
    return done("brief.brief", case_id=case_id, said="let_in")


@bp.post("/cases/<case_id>/held/out")
@may(Act.ADD_HELD)
def revoke(case_id: str) -> Response:
    """Take one thing out of this brief again."""
    try:
        flow_held.revoke(ports(), case_id, request.form.get("reference", ""), now=now())
    except (NothingHeld, NotTheirsToAdd) as error:
        return held_page(case_id, error=error)
    return done("brief.brief", case_id=case_id, said="kept_out")


def held_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Return the list; with what was typed and why it is refused, where it is."""
    read = flow_brief.brief_of(ports(), case_id, now=now())
    values = {"held": flow_held.held(ports(), read), "held_error": error, "held_typed": request.form}
    return show("held/page.html", "held/_held.html", status=status_of_form(error), **values, **case_view(read.case))
