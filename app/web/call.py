"""Call: the log of every try."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.acts import AtStake
from app.core.call import REACHED, RESULTS, AttemptRefused
from app.core.people import Act, Reviewer
from app.errors import Refused
from app.flow import call as flow_call
from app.flow import cases as flow_cases
from app.flow import drafts as flow_drafts
from app.web.act import reason, stopped
from app.web.case import case_view
from app.web.guard import may
from app.web.session import here, now, ports, version_seen, whole
from app.web.show import show, status_of_form, to_case

bp = Blueprint("call", __name__)


@bp.get("/cases/<case_id>/call")
@may(Act.SEE_CASE)
def call(case_id: str) -> Response:
    """Show the log and its form."""
    return form_page(case_id)


@bp.post("/cases/<case_id>/call")
@may(Act.LOG_ATTEMPT)
def log(case_id: str) -> Response:
    """Keep one attempt; a contradiction is shown beside its field; what was typed stays, whatever is refused."""
    try:
        logged = flow_call.log(ports(), case_id, **told(), why=reason(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return form_page(case_id, error=error)
    return to_case(case_id, "rebooked" if flow_call.was_rebooked(logged) else "logged")


def form_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Show the page, with the form as typed when it was refused."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    typed = request.form if error else {}
    return show(
        "call/page.html",
        "call/_call.html",
        status=status_of_form(error),
        error=error,
        typed=typed,
        reached_choices=REACHED,
        result_choices=RESULTS,
        known=flow_drafts.timed_call(ports(), found, now=now()),
        **case_view(found),
    )


def told() -> dict:
    """Return the form's fields as flow takes them; raises AttemptRefused naming the field."""
    form = request.form
    words = {name: form.get(name, "").strip() or None for name in ("number", "reached_name", "note")}
    return {
        "at": local_instant(form.get("at", ""), here().session.zone),
        "direction": form.get("direction", ""),
        "reached": form.get("reached", ""),
        "result": form.get("result", ""),
        "hold_minutes": minutes(form.get("hold_minutes", "")),
        "reviewer": told_reviewer(),
        **words,
    }


def told_reviewer() -> Reviewer | None:
    """Return the reviewer as told, None when nothing was."""
    fields = {
        name: request.form.get(f"reviewer_{name}", "").strip() or None
        for name in ("name", "credential", "specialty", "npi")
    }
    return Reviewer(**fields) if any(fields.values()) else None


def local_instant(text: str, zone: str) -> datetime:
    """Return the wall time of the zone as an instant; raises AttemptRefused."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise AttemptRefused("at", "Say when, as date and time.") from error


def minutes(text: str) -> int | None:
    """Return whole minutes or None; raises AttemptRefused."""
    if not text.strip():
        return None
    if (found := whole(text)) is None:
        raise AttemptRefused("hold_minutes", "Minutes on hold are a whole number.")
    return found
