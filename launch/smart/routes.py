"""/launch, /callback, /standalone, the public keys: the few addresses before there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.errors import ParleyError, Temporary
from app.web.headers import CSP
from app.web.session import FRAMED, PREFIX, cookie_name
from launch.smart.arrival import arrive
from launch.smart.departure import LAUNCH_LIFE, depart
from launch.smart.refusals import BadLaunch, CookieBlocked, EhrRefused, LaunchSpent, NotTrusted, UnknownIssuer

if TYPE_CHECKING:
    from launch.smart import Smart

CALLBACK = "/callback"
JWKS_SECONDS = 300
STATUS = (
    ((BadLaunch, UnknownIssuer, LaunchSpent, CookieBlocked), 400),
    ((EhrRefused,), 403),
    ((NotTrusted,), 502),
    ((Temporary,), 503),
    ((ParleyError,), 500),
)

log = structlog.get_logger("parley.smart")


def smart_blueprint(smart: Smart, *, per_minute: int) -> Blueprint:
    """Return the routes of one Smart facade. per_minute: how often one address may knock at each."""
    bp = Blueprint("smart", __name__)
    limiter = Limiter(get_remote_address, storage_uri="memory://")
    bp.record_once(lambda state: limiter.init_app(state.app))
    limited = limiter.limit(f"{per_minute}/minute")
    _add_launches(bp, smart, limited)
    _add_callback(bp, smart, limited)
    _add_keys(bp, smart)
    _add_manners(bp, smart)
    return bp


def _add_launches(bp: Blueprint, smart: Smart, limited) -> None:
    @bp.get("/launch")
    @limited
    def launch() -> AnyResponse:
        """Begin an EHR launch from a chart (or from wherever the EHR launches)."""
        return _begin(smart, want="chart", ehr_launch=True)

    @bp.get("/launch/worklist")
    @limited
    def launch_worklist() -> AnyResponse:
        """Begin an EHR launch of the worklist tab."""
        return _begin(smart, want="worklist", ehr_launch=True)

    @bp.get("/standalone")
    @limited
    def standalone() -> AnyResponse:
        """Choose an EHR, then begin without one having launched us."""
        if not request.args.get("iss"):
            return make_response(render_template("launch/choose.html", issuers=smart.settings.smart.issuers))
        want = "worklist" if request.args.get("want") == "worklist" else "chart"
        return _begin(smart, want=want, ehr_launch=False)


def _add_callback(bp: Blueprint, smart: Smart, limited) -> None:
    @bp.get(CALLBACK)
    @limited
    def callback() -> AnyResponse:
        """Finish a launch: open its session and go there."""
        arrival = arrive(smart, _single(request.args), request.cookies, now=smart.clock())
        session_id = arrival.session.id
        response = redirect(url_for("case.landing", session_id=session_id), code=303)
        response.set_cookie(
            cookie_name(session_id),
            arrival.secret,
            max_age=arrival.cookie_seconds,
            path=f"{PREFIX}{session_id}/",
            **FRAMED,
        )
        response.delete_cookie(arrival.spent_cookie, path=CALLBACK, **FRAMED)
        return response


def _add_keys(bp: Blueprint, smart: Smart) -> None:
    @bp.get("/.well-known/jwks.json")
    def jwks() -> Response:
        """Publish the public half of our keys."""
        response = jsonify(smart.keys.public() if smart.keys else {"keys": []})
        response.headers["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response


def _add_manners(bp: Blueprint, smart: Smart) -> None:
    origins = dict.fromkeys(each for issuer in smart.settings.smart.issuers for each in issuer.frame_ancestors)

    @bp.errorhandler(ParleyError)
    def refused(error: ParleyError) -> Response:
        """Say why the launch did not come about."""
        log.warning("launch refused", error=type(error).__name__, kind=request.path)
        status = next(code for kinds, code in STATUS if isinstance(error, kinds))
        return make_response(render_template("launch/refused.html", error=error), status)

    @bp.after_request
    def headers(response: Response) -> Response:
        """Keep codes and states out of caches and referrers, and these pages out of strangers' frames."""
        is_keys = request.endpoint == "smart.jwks"
        ancestors = "'none'" if is_keys else " ".join(("'self'", *origins))
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Content-Security-Policy"] = CSP.format(ancestors=ancestors)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _begin(smart: Smart, *, want: str, ehr_launch: bool) -> AnyResponse:
    """Send the browser to the EHR's sign-in, with the cookie that its answer must bring back."""
    args = _single(request.args)
    launch = args.get("launch")
    if ehr_launch and not launch:
        raise BadLaunch("The EHR launched Parley without a launch value.")
    departure = depart(
        smart, iss=args.get("iss", ""), launch=launch if ehr_launch else None, want=want, now=smart.clock()
    )
    response = redirect(departure.url, code=302)
    response.set_cookie(
        departure.cookie, departure.binding, max_age=int(LAUNCH_LIFE.total_seconds()), path=CALLBACK, **FRAMED
    )
    return response


def _single(args: MultiDict) -> dict[str, str]:
    """Return the parameters, none of which may stand twice (RFC 6749 §3.1)."""
    if any(len(values) > 1 for _, values in args.lists()):
        raise BadLaunch("A parameter of this launch stands twice.")
    return args.to_dict()
