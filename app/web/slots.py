"""Slots: the times that both sides have free."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow import slots as flow_slots
from app.flow import windows as flow_windows
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import show
from app.web.strips import strips_of

bp = Blueprint("slots", __name__)


@bp.get("/cases/<case_id>/slots")
@may(Act.SEE_CASE)
def slots(case_id: str) -> Response:
    """Read both calendars and show the common times, best first."""
    read = flow_windows.read_published_windows(ports(), case_id, now=now())
    proposal = flow_slots.slots_of(ports(), read.case, now=now())
    view = case_view(read.case, notice=read.problem)
    strips = strips_of(proposal, zone=view["zone"], now=now())
    return show("slots/page.html", "slots/_slots.html", proposal=proposal, strips=strips, **view)
