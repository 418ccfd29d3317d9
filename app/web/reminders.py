"""Reminders: how a clinician is told of their calls; chosen by themselves, or by the office for them."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.core.reminders import LEADS, WAYS, ChoiceRefused, Typed
from app.errors import Refused
from app.flow import reminders as flow_reminders
from app.flow.ports import ChoiceMoved
from app.web.guard import may
from app.web.session import here, now, ports, version_seen
from app.web.show import done, show

bp = Blueprint("reminders", __name__)

_LEADS = {str(minutes): words for minutes, words in LEADS.items()}  # as forms give them


@bp.get("/reminders")
@may(Act.SET_REMINDERS)
def reminders() -> Response:
    """Show a clinician their own choice, the office everybody's."""
    return page(None)


@bp.get("/reminders/<person>")
@may(Act.SET_REMINDERS)
def of_clinician(person: str) -> Response:
    """Show one clinician's choice."""
    return page(f"Practitioner/{person}")


@bp.post("/reminders/<person>")
@may(Act.SET_REMINDERS)
def choose(person: str) -> Response:
    """Keep a choice; what is wrong with it stands beside its field."""
    who, typed = f"Practitioner/{person}", typed_choice()
    try:
        flow_reminders.choose(ports(), who, typed, seen=version_seen(), now=now())
    except ChoiceRefused as error:
        return page(who, error, typed, status=422)
    except ChoiceMoved as error:
        return page(who, error, status=409)
    return done("reminders.of_clinician", person=person, said="kept")


@bp.get("/copies")
@may(Act.SET_REMINDERS)
def copies() -> Response:
    """Show what the person here is told of the calls that they book themselves."""
    return copies_page()


@bp.post("/copies")
@may(Act.SET_REMINDERS)
def choose_copies() -> Response:
    """Keep it; what is wrong with it stands beside its field."""
    typed = typed_choice()
    try:
        flow_reminders.choose_copies(ports(), typed, seen=version_seen(), now=now())
    except ChoiceRefused as error:
        return copies_page(error, typed, status=422)
    except ChoiceMoved as error:
        return copies_page(error, status=409)
    return done("reminders.copies", said="kept")


def typed_choice() -> Typed:
    """Return what the form says."""
    form = request.form
    mail, sms, copies = (form.get(name, "")[:800] for name in ("mail", "sms", "copies"))
    return Typed(tuple(form.getlist("ways")), mail, sms, tuple(form.getlist("leads")), copies)


def page(
    person: str | None, error: Refused | None = None, typed: Typed | None = None, *, status: int = 200
) -> Response:
    """Show the page, as it was typed when that was refused."""
    shown = flow_reminders.reminder_page(ports(), person, now=now())
    view = form_view(shown, error, typed, missing=_missing(shown.offered, tuple(WAYS)))
    return show("reminders/page.html", "reminders/_reminders.html", status=status, **view)


def copies_page(error: Refused | None = None, typed: Typed | None = None, *, status: int = 200) -> Response:
    """Show the page of one's own copies, as it was typed when that was refused."""
    shown = flow_reminders.copies_page(ports(), now=now())
    view = form_view(shown, error, typed, missing=_missing(shown.offered, ("mail", "sms")))
    return show("reminders/copies.html", "reminders/copies.html", status=status, **view)


def form_view(shown: flow_reminders.ReminderPage, error: Refused | None, typed: Typed | None, *, missing: str) -> dict:
    """Return what both forms show."""
    at, choice = here(), shown.choice
    return {
        "session": at.session,
        "now": at.now,
        "shown": shown,
        "choice": choice,
        "ways": WAYS,
        "leads": _LEADS,
        "error": error,
        "typed": typed or flow_reminders.typed_of(choice),
        "version": version_seen() if typed else choice.version if choice else 0,
        "offered": {way: WAYS[way] for way in shown.offered},
        "missing": missing,
        "said": "These reminders are kept." if request.args.get("said") == "kept" else None,
    }


def _missing(offered: tuple[str, ...], known: tuple[str, ...]) -> str:
    """Return what stands beside the ways: what the EHR may refuse, and why one is not among those to tick."""
    left = [WAYS[way] for way in known if way not in offered]
    told = ["Not every EHR takes a message that is about no patient; the case says what became of each."]
    told = told if "ehr" in known else []
    told += [f"Not set up here, ask your administrator: {', '.join(left)}."] if left else []
    return " ".join(told)
