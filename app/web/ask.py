"""Ask: a payer asked for a call by message or fax; the words are read before they are sent."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, current_app, request
from werkzeug.wrappers import Response

from app.core.acts import AtStake
from app.core.interval import Interval
from app.core.people import Act
from app.core.windows.ask import NumberRefused
from app.errors import BadInput, Refused
from app.flow import ask as flow_ask
from app.web.act import reason, stopped
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports, version_seen
from app.web.show import show, to_case

bp = Blueprint("ask", __name__)


@bp.get("/cases/<case_id>/message")
@may(Act.TAKE_ACT)
def ask(case_id: str) -> Response:
    """Show the words as they would be sent; nothing is."""
    return ask_page(case_id)


@bp.post("/cases/<case_id>/message")
@may(Act.TAKE_ACT)
def send(case_id: str) -> Response:
    """Send the words that were shown; where they are others by now, show them."""
    if request.form.get("do") == "show":
        return ask_page(case_id)
    try:
        flow_ask.send(ports(), case_id, wanted_ask(), seen=version_seen(), now=now())
    except (flow_ask.NotShown, flow_ask.OfferOver, NumberRefused) as error:
        return ask_page(case_id, error=error)
    except AtStake as error:
        return stopped(case_id, error)
    return to_case(case_id, "written")


def ask_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Show the words; where the number or the link cannot be, the words without it."""
    wanted = wanted_ask()
    try:
        draft = flow_ask.draft(ports(), case_id, wanted, now=now())
    except (NumberRefused, flow_ask.OfferOver) as refused:
        error = refused
        without = {"number": ""} if isinstance(refused, NumberRefused) else {"secret": None}
        wanted = replace(wanted, **without)
        draft = flow_ask.draft(ports(), case_id, wanted, now=now())
    view = {"draft": draft, "error": error, "number": request.form.get("number", ""), "secret": wanted.secret}
    return show("ask/page.html", "ask/page.html", status=422 if error else 200, **view, **case_view(draft.case))


def wanted_ask() -> flow_ask.WantedAsk:
    """Return what the form asks for."""
    form, base_url = request.form, current_app.extensions["parley"].settings.base_url
    secret = form.get("secret", "")[:200] or None
    told = {"secret": secret, "shown": form.get("shown"), "why": reason()}
    by = request.values.get("by", "")[:20] or None
    return flow_ask.WantedAsk(base_url, by, form.get("number", "")[:60], free=free_time(form.get("free", "")), **told)


def free_time(told: str) -> Interval | None:
    """Return a time of ours that a page named as "start/end" in ISO 8601 with offsets, None for nothing."""
    if not told:
        return None
    start, _, end = told[:80].partition("/")
    try:
        return Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    except ValueError as error:
        raise BadInput("is not a time", path="free", next="Go back to the times, then ask again.") from error
