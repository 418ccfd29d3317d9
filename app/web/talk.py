"""Talk: call mode, with the telephone at the ear; what is typed and tapped is on the server at once."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.call.talk import FIELDS, minutes_on, npi_doubt, spent_on, stamps_of
from app.core.people import Act
from app.core.people import may as role_may
from app.errors import Permanent, Refused, Temporary
from app.flow import brief as flow_brief
from app.flow import talk as flow_talk
from app.flow.talk import CallMode, Typed
from app.web.brief import opens_sources
from app.web.call import told_also
from app.web.case import case_view
from app.web.guard import may
from app.web.session import here, now, ports, version_seen
from app.web.show import done, is_swap, show, status_of_form, to_case

bp = Blueprint("talk", __name__)
LABELS = {
    "number": "Number called",
    "reviewer_name": "Reviewer’s name",
    "reviewer_credential": "Credential",
    "reviewer_npi": "NPI",
    "reviewer_specialty": "Specialty",
    "note": "Notes",
}


@bp.get("/cases/<case_id>/talk")
@may(Act.TAKE_CALL)
def talk(case_id: str) -> Response:
    """Show call mode at once; what the chart tells comes after."""
    return talk_page(flow_talk.call_mode(ports(), case_id, now=now()))


@bp.get("/cases/<case_id>/talk/points")
@may(Act.TAKE_CALL)
def points(case_id: str) -> Response:
    """Show what to say, from the chart as it is now; that it cannot be read is told in its place."""
    mode = flow_talk.call_mode(ports(), case_id, now=now())
    return talk_page(mode, "talk/_points.html", **read_points(case_id))


@bp.post("/cases/<case_id>/talk")
@may(Act.TAKE_CALL)
def keep(case_id: str) -> Response:
    """Keep what was typed and tapped; answer with the part that was asked for, or with the page."""
    mode = flow_talk.keep(ports(), case_id, told(), now=now())
    if not is_swap():
        return done(f"talk.{'points' if request.form.get('points') else 'talk'}", case_id=case_id)
    part = "timer" if request.headers.get("HX-Target") == "timer" else "kept"
    return talk_page(mode, f"talk/_{part}.html", stamps=stamps_of(told().words), swapped=part)


@bp.post("/cases/<case_id>/talk/spoke")
@may(Act.LOG_ATTEMPT)
def spoke(case_id: str) -> Response:
    """Log the call and go on to its outcome; where the case has moved, say so with all that was typed kept."""
    try:
        flow_talk.spoke(ports(), case_id, told(), also=told_also(), seen=version_seen(), now=now())
    except Refused as error:
        mode = flow_talk.call_mode(ports(), case_id, now=now())
        return talk_page(mode, error=error, status=status_of_form(error))
    if not role_may(here().session.user.role, Act.RECORD_OUTCOME):
        return to_case(case_id, "logged")
    return done("outcome.outcome", case_id=case_id, said="spoken")


def talk_page(mode: CallMode, partial: str = "talk/_talk.html", *, status: int = 200, **more) -> Response:
    """Show the page, or the part that was asked for."""
    spent = {what: spent_on(mode.talk, what, now=now()) for what in ("hold", "talk")}
    minutes = {what: minutes_on(mode.talk, what, now=now()) for what in ("hold", "talk")}
    base = {"stamps": mode.stamps, "labels": LABELS, "spent": spent, "minutes": minutes}
    doubt = npi_doubt(mode.words.get("reviewer_npi", ""))
    return show("talk/page.html", partial, status=status, mode=mode, doubt=doubt,
                **(base | more), **case_view(mode.case))  # fmt: skip


def read_points(case_id: str) -> dict:
    """Return the brief; where the chart cannot be read, why."""
    try:
        read = flow_brief.brief_of(ports(), case_id, now=now())
    except (Permanent, Temporary) as error:
        return {"brief": None, "unread": error.say, "pointed": True}
    if read.left_out and not read.brief.sources:
        # Of a chart that nothing came from, nothing may be told: not even that it is silent.
        return {"brief": None, "unread": "The EHR gave none of it just now.", "pointed": True}
    opens = opens_sources(read.brief, case_id)
    return {"brief": read.brief, "left_out": read.left_out, "opens": opens, "pointed": True}


def told() -> Typed:
    """Return what the form says: its fields, the stamps of what they had been shown, and the press of the timer."""
    form = request.form
    words = {name: form[name] for name in FIELDS if name in form}
    shown = {name: form[f"shown_{name}"] for name in FIELDS if f"shown_{name}" in form}
    return Typed(words, shown, form.get("press", ""))
