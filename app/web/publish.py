"""Publish: to which payers our clinicians' free times are told, and of whom."""

from flask import Blueprint, current_app, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.errors import Refused
from app.flow import publish as flow_publish
from app.web.guard import may
from app.web.session import here, now, ports
from app.web.show import done, show

bp = Blueprint("publish", __name__)
SAID = {
    "ended": "The address is closed: whoever asks for it is told that there is nothing.",
    "chosen": "Kept. Who was taken off is told of no more.",
    "refreshed": "The calendars were read just now.",
}


@bp.get("/publish")
@may(Act.PUBLISH)
def publish() -> Response:
    """Show what is published."""
    return publish_page()


def publish_page(*, error: Refused | None = None, secret: str | None = None) -> Response:
    """Show what is published, with a new address where one was just made: this once."""
    at = here()
    page = flow_publish.publish_page(at.ports, now=at.now)
    base = current_app.extensions["parley"].settings.base_url
    view = {"session": at.session, "now": at.now, "zone": at.session.zone, "shown": page, "error": error}
    said = SAID.get(request.args.get("said", ""))
    address = f"{base}/f/{secret}" if secret else None
    status = 422 if error else 200
    return show("publish/page.html", "publish/_publish.html", status=status, address=address, said=said, **view)


@bp.post("/publish/open")
@may(Act.PUBLISH)
def open_feed() -> Response:
    """Give a payer an address of its own, in place of the one it had."""
    try:
        secret = flow_publish.open_feed(ports(), request.form.get("payer", ""), now=now())
    except Refused as error:
        return publish_page(error=error)
    return publish_page(secret=secret)


@bp.post("/publish/<feed_id>/end")
@may(Act.PUBLISH)
def end_feed(feed_id: str) -> Response:
    """Close an address."""
    try:
        flow_publish.end_feed(ports(), feed_id, now=now())
    except flow_publish.NoSuchFeed as error:
        return publish_page(error=error)
    return done("publish.publish", said="ended")


@bp.post("/publish/people")
@may(Act.PUBLISH)
def choose() -> Response:
    """Choose who is told of."""
    flow_publish.choose_people(ports(), request.form.getlist("person")[:500], now=now())
    return done("publish.publish", said="chosen")


@bp.post("/publish/refresh")
@may(Act.PUBLISH)
def refresh() -> Response:
    """Read the calendars now."""
    flow_publish.refresh_now(ports(), now=now())
    return done("publish.publish", said="refreshed")
