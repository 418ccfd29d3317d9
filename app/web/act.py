"""Act: what was done outside the call; what may cost a right is stopped by a page that says what, and by which rule."""

from dataclasses import replace

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from app.core.acts import AtStake, ReasonOwed, Told, instead_of
from app.core.afterwards import EXTENDED, SCHEDULED
from app.core.case import Authorization, Case
from app.core.outcome import Contradiction
from app.core.outcome.appeal.choice import NotAChoice
from app.core.outcome.filing import WAYS
from app.core.outcome.letter import APPEAL
from app.core.people import Act
from app.core.rulebook.guards import CREDENTIALS, Forfeit
from app.flow import act as flow_act
from app.flow import appeal as flow_appeal
from app.flow import cases as flow_cases
from app.flow import follows as flow_follows
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports, version_seen
from app.web.show import show, to_case
from app.web.told import told_authorization, told_day

bp = Blueprint("act", __name__)

MOST = 1000  # characters of a note or a reason
FILED = ("filed_on", "filed_way", "confirmation")  # the fields of an appeal's filing
INSTEAD = {
    "slots": "slots.slots",
    "windows": "windows.windows",
    "call": "call.call",
    "clinician": "clinician.clinician",
    "appeal": "act.act",
}
# A step of another page that is stopped, by its endpoint: the heading, and what its button does.
STOPPED = {
    "ask.send": ("Before it is sent", "Send it"),
    "book.make": ("Before it is booked", "Book it"),
    "book.move": ("Before it is moved", "Move it"),
    "book.pick": ("Before it is booked", "Book it"),
    "book.cancel": ("Before it is cancelled", "Cancel it"),
    "call.log": ("Before it is logged", "Keep the attempt"),
    "phone.tap": ("Before it is kept", "Keep what came of the call"),
    "portal.answer": ("Before it is kept", "Keep the answer"),
    "outcome.record": ("Before it is recorded", "Record the outcome"),
    "outcome.close": ("Before it is closed", "Close it"),
    "appeal.filed": ("File the appeal", "Done: the appeal was filed"),
}


@bp.get("/cases/<case_id>/act/<kind>")
@may(Act.SEE_CASE)
def act(case_id: str, kind: str) -> Response:
    """Say what an act is and what it would cost; nothing is done."""
    look = flow_act.look(ports(), case_id, kind, now=now())
    return show("act/page.html", "act/_act.html", **act_view(look))


@bp.post("/cases/<case_id>/act/<kind>")
@may(Act.TAKE_ACT)
def take(case_id: str, kind: str) -> Response:
    """Mark the act as done; where it may cost a right, only with a reason."""
    try:
        do(case_id, kind)
    except (AtStake, NotAChoice, Contradiction) as error:
        view = act_view(flow_act.look(ports(), case_id, kind, now=now()))
        if isinstance(error, AtStake):
            return stop(view | {"carried": carried("note", *FILED)})
        return show("act/page.html", "act/_act.html", status=422, error=error, typed=request.form, **view)
    return to_case(case_id, "acted")


def do(case_id: str, kind: str) -> None:
    """Mark the act; an appeal with its filing, which others may have done. Raises AtStake, NotAChoice."""
    if kind == APPEAL:
        more = {"note": told().note, "by_others": True, "why": reason()}
        flow_appeal.file(ports(), case_id, request.form, seen=version_seen(), now=now(), **more)
    elif kind == EXTENDED:
        days = {"note": told().note, "seen": version_seen(), "now": now()}
        flow_follows.extend_authorization(ports(), case_id, told_authorization() or Authorization(), **days)
    else:
        said = replace(told(), on=told_day("service_on") if kind == SCHEDULED else None)
        flow_act.take(ports(), case_id, kind, said, seen=version_seen(), now=now())


@bp.post("/cases/<case_id>/acts/<act_id>/undo")
@may(Act.TAKE_ACT)
def undo(case_id: str, act_id: str) -> Response:
    """Take back a mark that was a mistake."""
    flow_act.undo(ports(), case_id, act_id, why=reason() or "", seen=version_seen(), now=now())
    return to_case(case_id, "undone")


def stopped(case_id: str, error: AtStake) -> Response:
    """Show what a step of another page may cost; the same form goes on from here, with what was asked."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    do, button = STOPPED[request.endpoint]
    return stop(
        stake_view(found, error.forfeits)
        | {
            "do": do,
            "button": f"{button} all the same" if error.forfeits else button,
            "action": request.path,
            "carried": carried("speaker") if error.speaker_asked else carried(),
            "speakers": CREDENTIALS if error.speaker_asked else (),
        }
    )


def stop(view: dict) -> Response:
    """Show the page that stops; a reason that was asked for and not given is told beside its field."""
    asked = "why" in request.form and bool(view["forfeits"])
    return show(
        "act/stopped.html",
        "act/_refused.html",
        status=422 if asked else 409,
        error=ReasonOwed() if asked else None,
        typed=request.form,
        stopping=True,
        **view,
    )


def act_view(look: flow_act.Look) -> dict:
    """Return what the page of an act shows."""
    action = url_for("act.take", case_id=look.case.id, kind=look.kind)
    button = f"Done: {look.act.done[:1].lower()}{look.act.done[1:]}"
    return stake_view(look.case, look.forfeits) | {
        "do": look.act.do,
        "button": button,
        "action": action,
        "noted": True,
        "kind": look.kind,
        "ends_call": look.ends_call,
        "refusal": look.refusal,
        "filing": look.kind == APPEAL,
        "extending": look.kind == EXTENDED,
        "scheduling": look.kind == SCHEDULED,
        "appeal_ways": WAYS,
    }


def stake_view(case: Case, forfeits: tuple[Forfeit, ...]) -> dict:
    """Return what is lost and what to do instead, for a page about the case."""
    view: dict = case_view(case) | {"forfeits": forfeits, "instead": None}
    if forfeits:
        instead = instead_of(case, forfeits)
        more = {"kind": "file_appeal"} if instead.where == "appeal" else {}
        view |= {"instead": instead, "instead_at": url_for(INSTEAD[instead.where], case_id=case.id, **more)}
    return view


def carried(*but: str) -> list[tuple[str, str]]:
    """Return the fields of the form that was stopped, to be sent again from the page that stops it."""
    return [each for each in request.form.items(multi=True) if each[0] not in ("csrf_token", "why", *but)]


def told() -> Told:
    """Return what the form says of an act."""
    return Told(note=request.form.get("note", "").strip()[:MOST] or None, why=reason())


def reason() -> str | None:
    """Return why something is done all the same, None where nothing is written."""
    return request.form.get("why", "").strip()[:MOST] or None
