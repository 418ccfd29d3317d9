"""
Which launch a request belongs to: the session id in the path, its secret in a cookie scoped to that path.

Nothing about a launch is kept in a cookie or shared between launches, so two charts in one browser cannot mix. The
clock enters the pages here, once per request. Flask's own session is a read-only view that gives Flask-WTF the
launch's CSRF secret.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import SessionInterface, SessionMixin

from app.errors import ParleyError
from app.flow.ports import EhrSession, Ports, SessionEnded
from app.web.doors import doors_of

PREFIX = "/s/"
# Only a partitioned SameSite=None cookie lives inside the EHR's frame when third-party cookies are blocked.
FRAMED = {"secure": True, "httponly": True, "samesite": "None", "partitioned": True}


def cookie_name(session_id: str) -> str:
    """Return the name of the cookie that holds this session's secret."""
    return f"__Secure-parley-{session_id[:8]}"


class LaunchView(dict, SessionMixin):
    """What Flask-WTF sees as the session. `ehr` is the launch's session, `why` the reason there is none."""

    ehr: EhrSession | None = None
    why: ParleyError | None = None


class LaunchSessions(SessionInterface):
    """Opens the launch named in the path; never writes a cookie (the launch wrote it)."""

    def open_session(self, app: Flask, request: Request) -> LaunchView:
        """Return the view of the launch in the path; outside /s/ or when it has ended, an empty one."""
        view = LaunchView()
        if not request.path.startswith(PREFIX):
            return view
        session_id = request.path.removeprefix(PREFIX).partition("/")[0]
        house = app.extensions["parley"]
        try:
            view.ehr = house.sessions.open(
                session_id,
                request.cookies.get(cookie_name(session_id)),
                now=house.clock(),
                active=request.headers.get("X-Parley-Poll") is None,
            )
        except SessionEnded as error:
            view.why = error
            return view
        view["csrf_token"] = view.ehr.csrf
        return view

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep nothing: the launch's session lives in the database."""


@dataclass(frozen=True, slots=True)
class Here:
    """The request's launch, ports and instant."""

    session: EhrSession
    ports: Ports
    now: datetime


def here() -> Here:
    """Return who is here, once per request; raises SessionEnded."""
    if "here" not in g:
        view = request_view()
        if view.ehr is None:
            raise view.why or SessionEnded()
        house = current_app.extensions["parley"]
        ports = replace(house.ports_for(view.ehr), doors=doors_of(current_app))
        g.here = Here(view.ehr, ports, house.clock())
    return g.here


def request_view() -> LaunchView:
    """Return this request's view of its launch."""
    from flask import session

    return session._get_current_object()  # the view itself, not Flask's proxy of it


def ports() -> Ports:
    """Return the ports of this request."""
    return here().ports


def now() -> datetime:
    """Return this request's instant."""
    return here().now


def version_seen() -> int:
    """Return the version of the case that the form was shown with."""
    seen = whole(request.form.get("version", ""))
    return -1 if seen is None else seen


def whole(text: str) -> int | None:
    """Return a whole number of up to nine plain digits, None for anything else ("²" is a digit to Python)."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
