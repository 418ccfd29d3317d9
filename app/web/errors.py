"""Every refusal and failure as a page that says what happened, what is safe and what to do; never a trace."""

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.core.case import CaseMoved, NoSuchCase
from app.core.rulebook.edits import NoSuchRule
from app.errors import BadInput, Misconfigured, ParleyError, Permanent, Refused, Temporary
from app.flow.cases import NotYours, OtherPatient
from app.flow.ports import NoSuchArrival, NoSuchMessage, SessionEnded
from app.web.session import request_view
from app.web.show import is_swap

log = structlog.get_logger("parley.web")

_STATUS = (
    (SessionEnded, 401),
    (NoSuchCase, 404),
    (NoSuchMessage, 404),
    (NoSuchArrival, 404),
    (NoSuchRule, 404),
    (OtherPatient, 409),
    (NotYours, 403),
    (CaseMoved, 409),
    (Refused, 409),
    (BadInput, 422),
    (Temporary, 503),
    (Permanent, 502),
    (Misconfigured, 500),
    (ParleyError, 500),
)
PARTS = frozenset({"case", "held", "slots", "source", "todo", "unsent", "writes"})  # what the pages swap
_HTTP_WORDS = {
    400: ("The request could not be read.", "Go back and try again."),
    404: ("There is no such page here.", "Go back, or open Parley again from the EHR."),
    405: ("This page cannot be used that way.", "Go back and use its buttons."),
    413: ("That is too large.", "Send a smaller file."),
    429: ("Too many requests in a short time.", "Wait a minute and try again."),
}
CALL_PARTS = frozenset({"kept", "points", "timer"})


def add_errors(app: Flask) -> None:
    """Install the handlers."""

    @app.errorhandler(ParleyError)
    def said(error: ParleyError) -> Response:
        """Tell an error of ours."""
        status = next(code for kind, code in _STATUS if isinstance(error, kind))
        if status >= 500:
            log.warning("page_failed", error=type(error).__name__)
        return page(status, error.say, error.next)

    @app.errorhandler(CSRFError)
    def stale_form(error: CSRFError) -> Response:
        """Tell that the form is too old or not ours; the token goes with the session, so an ended one is told first."""
        why = getattr(request_view(), "why", None)
        if why is not None:
            return said(why)
        return page(400, "This form is too old or was not made here.", "Open the page again; nothing was changed.")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        """Tell what HTTP tells."""
        say, what_next = _HTTP_WORDS.get(error.code or 500, ("This did not work.", "Go back and try again."))
        return page(error.code or 500, say, what_next)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        """Tell that we broke; the log has the kind and place of the error, not its words (they may be PHI)."""
        last = error.__traceback__
        while last and last.tb_next:
            last = last.tb_next
        place = f"{last.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{last.tb_lineno}" if last else "?"
        log.error("page_broke", error=type(error).__name__, place=place)
        if app.testing and app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        return page(500, "Parley broke here.", "Nothing was half done. Go back and try again; tell your administrator.")


def page(status: int, say: str, what_next: str) -> Response:
    """Return the error page, with the launch's frame when there is one; for a swap, what stands in the part's place."""
    session = getattr(request_view(), "ehr", None)
    if session is not None:
        g.session_id = session.id  # no route has taken it out of an address that leads nowhere
    target = request.headers.get("HX-Target", "") if is_swap() else ""
    template = "errors/part.html" if target in PARTS | CALL_PARTS else "errors/page.html"
    html = render_template(template, say=say, what_next=what_next, status=status, session=session, target=target)
    return make_response(html, status)
