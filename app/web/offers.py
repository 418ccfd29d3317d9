"""Offers: times of ours for a payer that wants call times, by a link that its staff can answer."""

from datetime import datetime

from flask import Blueprint, current_app, request
from werkzeug.wrappers import Response

from app.core.interval import Interval
from app.core.people import Act
from app.errors import BadInput, Refused
from app.flow import offers as flow_offers
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports, version_seen
from app.web.show import show

bp = Blueprint("offers", __name__)
HOURS = ("4", "24", "48", "72")


@bp.get("/cases/<case_id>/offers")
@may(Act.BOOK)
def offers(case_id: str) -> Response:
    """Show our free times, to be chosen for the payer; nothing is held yet."""
    return offers_page(case_id)


def offers_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Show the times, with what stood against the last choice."""
    times = flow_offers.our_times(ports(), case_id, now=now())
    status = 422 if error else 200
    return show(
        "offers/page.html", "offers/page.html", status=status, times=times, error=error, **case_view(times.case)
    )


@bp.post("/cases/<case_id>/offers")
@may(Act.BOOK)
def offer(case_id: str) -> Response:
    """Hold the chosen times and show the link, once."""
    try:
        offered = flow_offers.offer_times(ports(), case_id, wanted_offer(), seen=version_seen(), now=now())
    except Refused as error:
        return offers_page(case_id, error=error)
    return show("offers/made.html", "offers/made.html", offered=offered, **case_view(offered.case))


def wanted_offer() -> flow_offers.WantedOffer:
    """Return what the form asks for."""
    hours, base_url = request.form.get("hours", ""), current_app.extensions["parley"].settings.base_url
    sworn = request.form.get("accept_unverified") == "yes"
    return flow_offers.WantedOffer(chosen_times(), base_url, int(hours) if hours in HOURS else 24, sworn)


def chosen_times() -> list[Interval]:
    """Return the times that the form names, "start/end" in ISO 8601 with offsets."""
    try:
        pairs = [each.partition("/")[::2] for each in request.form.getlist("slot")[:20]]
        return [Interval(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in pairs]
    except ValueError as error:
        raise BadInput("is not a time of this page", path="slot", next="Choose times from the list.") from error
