"""Inbox: what payers sent and told, in one queue; offered times are confirmed here beside the words they stand in."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.errors import Refused
from app.flow import inbox as flow_inbox
from app.web.guard import may
from app.web.session import here, now, ports, version_seen
from app.web.show import done, show, status_of_form, to_case

bp = Blueprint("inbox", __name__)

# What a message is that nobody wrote to us, in a word for the list and in a sentence for its page.
NAMES = {
    "program": "by a program",
    "auto": "automatic answer",
    "undelivered": "did not arrive",
    "report": "delivery notice",
    "sealed": "closed",
}
KINDS = {
    "program": "A program sent this; whether a person stands behind it is not known.",
    "auto": "This is an automatic answer. It offers no time, and does not say that anybody has read what you sent.",
    "undelivered": "What you sent did not reach the payer.",
    "report": "This is a notice about delivery or reading. It offers no time.",
    "sealed": "Its words are not shown here.",
}

SAID = {"done": "The message is dealt with.", "assigned": "The message belongs to its case now."}


@bp.get("/inbox")
@may(Act.SEE_INBOX)
def inbox() -> Response:
    """Show the messages that wait, or all of them."""
    at = here()
    wanted = "all" if request.args.get("show") == "all" else "new"
    found = flow_inbox.inbox(at.ports, show=wanted, now=at.now)
    said = SAID.get(request.args.get("said", ""))
    view = {
        "session": at.session,
        "now": at.now,
        "zone": at.session.zone,
        "messages": found,
        "shown": wanted,
        "names": NAMES,
    }
    return show("inbox/page.html", "inbox/_inbox.html", said=said, **view)


@bp.get("/inbox/<message_id>")
@may(Act.SEE_INBOX)
def message(message_id: str) -> Response:
    """Show one message, its offers beside the words they rest on."""
    return message_page(message_id)


def message_page(message_id: str, *, error: Refused | None = None, typed: str = "") -> Response:
    """Show a message, with what stood against the last form."""
    at = here()
    opened = flow_inbox.open_message(at.ports, message_id, now=at.now)
    view = {
        "session": at.session,
        "now": at.now,
        "zone": at.session.zone,
        "opened": opened,
        "typed": typed,
        "kinds": KINDS,
    }
    status = status_of_form(error)
    return show("inbox/message.html", "inbox/message.html", status=status, error=error, case=opened.case, **view)


@bp.post("/inbox/<message_id>/confirm")
@may(Act.CAPTURE_WINDOWS)
def confirm(message_id: str) -> Response:
    """Keep the chosen times as windows of the case."""
    chosen = tuple(int(each) for each in request.form.getlist("offer") if each.isascii() and each.isdigit())
    try:
        case = flow_inbox.confirm(ports(), message_id, chosen, seen=version_seen(), now=now())
    except (flow_inbox.NothingChosen, flow_inbox.Unassigned) as error:
        return message_page(message_id, error=error)
    return to_case(case.id, "captured")


@bp.post("/inbox/<message_id>/assign")
@may(Act.CAPTURE_WINDOWS)
def assign(message_id: str) -> Response:
    """Say which case the message is about."""
    number = request.form.get("number", "")
    try:
        flow_inbox.assign(ports(), message_id, number, now=now())
    except flow_inbox.NoSuchNumber as error:
        return message_page(message_id, error=error, typed=number)
    return done("inbox.message", message_id=message_id)


@bp.post("/inbox/<message_id>/done")
@may(Act.SEE_INBOX)
def settle(message_id: str) -> Response:
    """Mark the message as dealt with."""
    flow_inbox.settle(ports(), message_id, now=now())
    return done("inbox.inbox", said="done")
