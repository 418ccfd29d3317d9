"""What stands before every route that changes something: role, origin, CSRF token."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from flask import Flask, request

from app.core.people import Act
from app.errors import Refused
from app.flow.cases import demand
from app.web.session import PREFIX, now, ports

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignForm(Refused):
    """A request that changes something did not come from our own page."""

    say = "This form did not come from this page of Parley."
    next = "Open the page again and send it from there. Nothing was changed."


def may(act: Act) -> Callable:
    """Refuse the route to roles that may not do `act`; flow asks again."""

    def wrap(route: Callable) -> Callable:
        @wraps(route)
        def guarded(*args, **kwargs):
            demand(ports(), act, case_id=kwargs.get("case_id"), now=now())
            return route(*args, **kwargs)

        guarded.act = act
        return guarded

    return wrap


def check_origin(app: Flask, *, public_host: str) -> None:
    """
    Refuse unsafe requests from another site, by Sec-Fetch-Site where sent, else by Origin.

    public_host: host and port as browsers see them, which a proxy may hide from us
    """

    @app.before_request
    def same_origin() -> None:
        """Compare where the form was with where we are."""
        if request.method in SAFE or not request.path.startswith(PREFIX):
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site != "same-origin":
            raise ForeignForm()
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc not in (request.host, public_host):
            raise ForeignForm()
