"""The address that Google and Microsoft come back to, in a window of its own, outside every launch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, render_template, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.errors import ParleyError, Refused, Temporary
from app.web.headers import CSP
from launch.calendars.refusals import ConsentOver

if TYPE_CHECKING:
    from launch.calendars.accounts import CalendarAccounts

PER_MINUTE = 60


def calendars_blueprint(accounts: CalendarAccounts, *, clock: Callable[[], datetime]) -> Blueprint:
    """Return the one route."""
    bp = Blueprint("own_calendars", __name__)
    limiter = Limiter(get_remote_address, storage_uri="memory://")
    bp.record_once(lambda state: limiter.init_app(state.app))

    @bp.get("/calendars/callback")
    @limiter.limit(f"{PER_MINUTE}/minute")
    def callback() -> Response:
        """Take the answer and show the code that connects the calendar."""
        if any(len(values) > 1 for _, values in request.args.lists()):
            raise ConsentOver()
        return make_response(render_template("connect/came.html", code=accounts.answered(request.args, now=clock())))

    @bp.errorhandler(ParleyError)
    def refused(error: ParleyError) -> Response:
        """Say why the calendar was not connected."""
        status = 400 if isinstance(error, Refused) else 503 if isinstance(error, Temporary) else 502
        return make_response(render_template("connect/not_connected.html", error=error), status)

    @bp.after_request
    def headers(response: Response) -> Response:
        """Keep codes and states out of caches and referrers, and this page out of every frame."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Content-Security-Policy"] = CSP.format(ancestors="'none'")
        return response

    return bp
