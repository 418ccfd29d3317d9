"""Windows: when the payer will talk."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act, Reviewer
from app.errors import Refused
from app.flow import windows as flow_windows
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports, version_seen
from app.web.show import show, status_of_form, to_case

bp = Blueprint("windows", __name__)


@bp.get("/cases/<case_id>/windows")
@may(Act.SEE_CASE)
def windows(case_id: str) -> Response:
    """Show the windows, the payer's published slots read afresh, and the form for told ones."""
    read = flow_windows.read_published_windows(ports(), case_id, now=now())
    return show("windows/page.html", "windows/_windows.html", read=read, **case_view(read.case, notice=read.problem))


@bp.post("/cases/<case_id>/windows")
@may(Act.CAPTURE_WINDOWS)
def capture(case_id: str) -> Response:
    """Keep a window that the payer told; what cannot be true is shown beside its field."""
    try:
        flow_windows.capture_told_window(ports(), case_id, told_window(), seen=version_seen(), now=now())
    except Refused as error:
        return refused(case_id, error)
    return to_case(case_id, "captured")


def told_window() -> flow_windows.ToldWindow:
    """Return the form's window as flow takes it."""
    form = request.form
    specialty = form.get("specialty", "").strip() or None
    return flow_windows.ToldWindow(
        day=form.get("day", ""),
        start=form.get("start", ""),
        end=form.get("end", ""),
        zone=form.get("zone", ""),
        channel=form.get("channel", ""),
        told_by=form.get("told_by", "").strip() or None,
        reviewer=Reviewer(specialty=specialty) if specialty else None,
    )


def refused(case_id: str, error: Refused) -> Response:
    """Show the form as typed, with what is wrong beside its field."""
    read = flow_windows.read_published_windows(ports(), case_id, now=now())
    view = case_view(read.case, notice=read.problem)
    told = {"error": error, "typed": request.form, "read": read}
    return show("windows/refused.html", "windows/_refused.html", status=status_of_form(error), **told, **view)
