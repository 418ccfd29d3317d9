"""Call: the log of every try."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.acts import AtStake
from app.core.call import RESULTS, SKEW, TAKES_NUMBER, AttemptRefused, attempt_sentence
from app.core.call.correct import contact_log
from app.core.call.talk import tidy
from app.core.case import Attempt, Case
from app.core.people import Act, Reviewer
from app.errors import Refused
from app.flow import call as flow_call
from app.flow import cases as flow_cases
from app.flow import drafts as flow_drafts
from app.flow.call import correct as flow_correct
from app.flow.call import guide as flow_guide
from app.flow.call import together as flow_together
from app.flow.covered import Also, told_also_in
from app.flow.entries import callback_for
from app.web.act import reason, stopped
from app.web.case import case_view
from app.web.filters import local
from app.web.guard import may
from app.web.session import here, now, ports, version_seen, whole
from app.web.show import show, status_of_form, to_case

bp = Blueprint("call", __name__)
REVIEWER = ("name", "credential", "specialty", "npi")


@bp.get("/cases/<case_id>/call")
@may(Act.SEE_CASE)
def call(case_id: str) -> Response:
    """Show the log and its form; `corrects` names the entry that the form is to correct."""
    return form_page(case_id)


@bp.post("/cases/<case_id>/call")
@may(Act.LOG_ATTEMPT)
def log(case_id: str) -> Response:
    """Keep one entry; a contradiction is shown beside its field; what was typed stays, whatever is refused."""
    try:
        said = kept(case_id, request.form.get("corrects", ""))
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return form_page(case_id, error=error)
    return to_case(case_id, said)


def kept(case_id: str, corrects: str) -> str:
    """Keep what the form tells, in the place of another entry where one is named; return what the page says."""
    if also := told_also():
        flow_together.log_together(ports(), case_id, also, **told(), why=reason(), seen=version_seen(), now=now())
        return "together"
    if not corrects:
        logged = flow_call.log(ports(), case_id, **told(), why=reason(), seen=version_seen(), now=now())
        outside = flow_guide.doubt_of(ports(), logged, logged.attempts[-1])
        return "rebooked" if flow_call.was_rebooked(logged) else "outside" if outside else "logged"
    found = flow_correct.correct(ports(), case_id, corrects, **told(), why=reason(), seen=version_seen(), now=now())
    return {None: "corrected", "booked_again": "correctedbooked"}.get(found.stays, "correctedstays")


def form_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Show the page, with the form as typed when it was refused."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    corrects = next((each for each in found.tries if each.id == request.values.get("corrects")), None)
    view = case_view(found)
    zones = {"zone": here().session.zone, "payer_zone": view["payer_zone"]}
    return show(
        "call/page.html",
        "call/_call.html",
        status=status_of_form(error),
        error=error,
        typed=request.form if error else as_typed(corrects) if corrects else {},
        corrects=corrects,
        log=contact_log(found),
        told_also_in=told_also_in(ports(), found, corrects),
        doubts=flow_guide.doubts_of(ports(), found),
        sentences=[attempt_sentence(each, **zones) for each in found.tries],
        callback=callback_for(ports(), found),
        result_choices=results_of(found, corrects),
        first_number=flow_drafts.meant_of(ports(), found)["number"],
        known=flow_drafts.timed_call(ports(), found, now=now()),
        **view,
    )


def results_of(found: Case, corrects: Attempt | None) -> tuple[str, ...]:
    """Return the results that can be: without a booked call nobody can have missed it."""
    live = found.booking is not None and found.booking.is_live
    return tuple(each for each in RESULTS if live or corrects or not each.endswith("no_show"))


def as_typed(entry: Attempt) -> dict:
    """Return an entry as its form would have it."""
    names = (
        "direction",
        "number",
        "reached",
        "reached_name",
        "result",
        "hold_minutes",
        "callback_number",
        "note",
        "problems",
        "placed_by",
    )
    typed = {name: getattr(entry, name) for name in names} | {"at": local(entry.at, here().session.zone, "input")}
    typed["placed_by"] = entry.caller if entry.direction == "ours" else None
    reviewer = entry.reviewer or Reviewer()
    return typed | {f"reviewer_{name}": getattr(reviewer, name) for name in REVIEWER}


def told() -> dict:
    """Return the form's fields as flow takes them; raises AttemptRefused naming the field."""
    form = request.form
    told = ("number", "reached_name", "note", "placed_by")
    words = {name: tidy(name, form.get(name, "")).strip() or None for name in told}
    if form.get("direction") != "ours":
        del words["placed_by"]
    return {
        "at": local_instant(form.get("at", ""), here().session.zone, before=now() + SKEW),
        "direction": form.get("direction", ""),
        "reached": form.get("reached", ""),
        "result": form.get("result", ""),
        "hold_minutes": minutes(form.get("hold_minutes", "")),
        "callback_number": number_left(),
        "reviewer": told_reviewer(),
        "marked": tuple(form.getlist("marked")),
        **words,
    }


def told_also() -> list[Also]:
    """Return the other cases that the call covered, each with the version that was seen; raises AttemptRefused."""
    chosen = [each.partition(" ") for each in request.form.getlist("also")]
    if any(whole(version) is None for _, _, version in chosen):
        raise AttemptRefused("also", "Choose the cases again.")
    return [Also(case_id, int(version)) for case_id, _, version in chosen]


def told_reviewer() -> Reviewer | None:
    """Return the reviewer as told, None when nothing was."""
    fields = {name: tidy(name, request.form.get(f"reviewer_{name}", "")) or None for name in REVIEWER}
    return Reviewer(**fields) if any(fields.values()) else None


def number_left() -> str | None:
    """Return the callback number; what only stood in the form was given where there was somebody to take it down."""
    form = request.form
    typed = " ".join(form.get("callback_number", "").split())[:60]
    stood = typed == form.get("callback_meant", "")
    takes = form.get("result") in TAKES_NUMBER and form.get("direction") == "ours"
    return typed if typed and (not stood or takes) else None


def local_instant(text: str, zone: str, *, before: datetime | None = None) -> datetime:
    """
    Return the wall time of the zone as an instant, UTC; raises AttemptRefused.

    before: of the two that it is in the night when clocks go back, the later is meant, unless it comes after this
    """
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        again = at.replace(fold=1)
        is_later = again.utcoffset() < at.utcoffset() and before is not None and again <= before
        return (again if is_later else at).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise AttemptRefused("at", "Say when, as date and time.") from error


def minutes(text: str) -> int | None:
    """Return whole minutes or None; raises AttemptRefused."""
    if not text.strip():
        return None
    if (found := whole(text)) is None:
        raise AttemptRefused("hold_minutes", "Minutes on hold are a whole number.")
    return found
