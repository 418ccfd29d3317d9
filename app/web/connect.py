"""Connect: the page of a clinician's calendars outside the EHR."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.errors import ParleyError, Permanent, Refused, Temporary
from app.flow import connect as flow_connect
from app.web.guard import may
from app.web.session import here, now, ports
from app.web.show import done, show

bp = Blueprint("connect", __name__)
CANNOT = (Refused, Permanent, Temporary)

SAID = {
    "connected": "Connected. What was read of the coming week stands below each calendar.",
    "chosen": "Kept. It counts from the next look on.",
    "gone": "Disconnected; its password or access is forgotten. Calls that stand in it stay there.",
}
WAYS = {"ics": "Published address (ICS)", "caldav": "CalDAV server", "google": "Google", "graph": "Outlook (Microsoft)"}
USES = {"off": "Not used", "reads": "Its events block", "takes": "Its events block, and calls go into it"}


@bp.get("/calendars")
@may(Act.CONNECT_CALENDAR)
def connect() -> Response:
    """Show the calendars, read just now when that is asked for."""
    return page()


@bp.post("/calendars/feed")
@may(Act.CONNECT_CALENDAR)
def feed() -> Response:
    """Connect a published file; what is wrong is shown beside its field."""
    url, name = request.form.get("url", ""), request.form.get("name", "")
    try:
        flow_connect.connect_feed(ports(), whose(), url=url, name=name, now=now())
    except CANNOT as error:
        return page(error, "ics")
    return back("connected")


@bp.post("/calendars/server")
@may(Act.CONNECT_CALENDAR)
def server() -> Response:
    """Connect a CalDAV server's calendars."""
    url, user, password = (request.form.get(name, "") for name in ("server", "user", "password"))
    try:
        flow_connect.connect_server(ports(), whose(), url=url, user=user, password=password, now=now())
    except CANNOT as error:
        return page(error, "caldav")
    return back("connected")


@bp.post("/calendars/sign-in")
@may(Act.CONNECT_CALENDAR)
def sign_in() -> Response:
    """Show the way to Google's or Microsoft's sign-in, and the field for the code that comes of it."""
    kind = request.form.get("kind", "")
    account_id, address = flow_connect.begin_sign_in(ports(), whose(), kind, now=now())
    return confirm_page(account_id, kind, address=address)


@bp.post("/calendars/confirm")
@may(Act.CONNECT_CALENDAR)
def confirm() -> Response:
    """Connect what the other window signed in to, by its code."""
    account_id, kind = request.form.get("account", ""), request.form.get("kind", "")
    try:
        flow_connect.confirm_sign_in(ports(), whose(), account_id, request.form.get("code", ""), now=now())
    except Refused as error:
        if getattr(error, "field", None):
            return confirm_page(account_id, kind, error=error)
        return page(error)
    return back("connected")


@bp.post("/calendars/uses")
@may(Act.CONNECT_CALENDAR)
def uses() -> Response:
    """Keep what each calendar is for."""
    wanted = {name.removeprefix("use-"): use for name, use in request.form.items() if name.startswith("use-")}
    try:
        flow_connect.choose_uses(ports(), whose(), wanted, now=now())
    except Refused as error:
        return page(error)
    return back("chosen")


@bp.post("/calendars/gone")
@may(Act.CONNECT_CALENDAR)
def gone() -> Response:
    """Disconnect an account."""
    flow_connect.disconnect(ports(), whose(), request.form.get("account", ""), now=now())
    return back("gone")


def page(error: ParleyError | None = None, way: str = "") -> Response:
    """Show the page, with what is wrong with the form of one way."""
    read, name = request.args.get("read") == "1", request.args.get("name", "")[: flow_connect.LONGEST_NAME]
    found = flow_connect.connect_page(ports(), whose(), name=name, read=read, now=now())
    view = {"page": found, "error": error, "way": way, "name": name, "typed": request.form if error else {}}
    status = 422 if error else 200
    return show("connect/page.html", "connect/_connect.html", status=status, **view, **connect_view())


def confirm_page(account_id: str, kind: str, *, address: str | None = None, error: Refused | None = None) -> Response:
    """Show the two steps; the address to sign in at is shown once."""
    view = {"account_id": account_id, "kind": kind, "address": address, "error": error, **connect_view()}
    return show("connect/sign_in.html", "connect/sign_in.html", status=422 if error else 200, **view)


def connect_view() -> dict:
    """Return what every page about calendars shows."""
    at = here()
    said = SAID.get(request.args.get("said", ""))
    more = {"said": said, "whose": whose(), "WAYS": WAYS, "USES": USES}
    return {"session": at.session, "now": at.now, "zone": at.session.zone, **more}


def whose() -> str | None:
    """Return whom the office chose, None where nobody was named."""
    return request.values.get("of") or None


def back(said: str) -> Response:
    """Go back to the page, which says what was done; what was connected is read at once."""
    return done("connect.connect", said=said, of=whose(), read="1" if said == "connected" else None)
