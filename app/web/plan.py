"""Morning plan: every open case at once, proposed by clinician, booked as ticked."""

from datetime import datetime

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.errors import BadInput
from app.flow import plan as flow_plan
from app.flow.book import Wanted
from app.web.guard import may
from app.web.session import here, now, ports, whole
from app.web.show import is_swap, show

bp = Blueprint("plan", __name__)


@bp.get("/plan")
@may(Act.SEE_WORKLIST)
def plan() -> Response:
    """Show the plan; at first, where several calendars are to be read, that they are."""
    at = here()
    wanted = is_swap() or request.args.get("read") == "yes"
    found = flow_plan.plan_morning(at.ports, now=at.now) if wanted else None
    view = {"session": at.session, "now": at.now, "zone": at.session.zone, "wanted": wanted}
    return show("plan/page.html", "plan/_plan.html", morning=found, **view)


@bp.post("/plan")
@may(Act.BOOK)
def accept() -> Response:
    """Book what is ticked; say of each what became of it."""
    at = here()
    done = flow_plan.accept(ports(), ticked(), now=now())
    view = {"session": at.session, "now": at.now, "zone": at.session.zone}
    return show("plan/accepted.html", "plan/accepted.html", done=done, **view)


def ticked() -> list[flow_plan.Chosen]:
    """Return the calls that the form ticks: "case version start/end clinician" each; raises BadInput."""
    asked = request.form.getlist("asked")
    return [_chosen(each.split(" "), asked) for each in request.form.getlist("call")]


def _chosen(parts: list[str], asked: list[str]) -> flow_plan.Chosen:
    try:
        case_id, version, times, clinician = parts
        start, end = (datetime.fromisoformat(each) for each in times.split("/"))
        if start.tzinfo is None or end.tzinfo is None or end <= start:
            raise ValueError(times)
    except ValueError as error:
        raise BadInput("is not a call of this page", path="call", next="Open the plan again.") from error
    seen = whole(version)
    wanted = Wanted(start, end, accept_unverified=clinician in asked, clinician=clinician)
    return flow_plan.Chosen(case_id, -1 if seen is None else seen, wanted)
