"""Desk: where the payer's staff answer a link. No session, no cookie, no PHI; a GET changes nothing."""

from flask import Blueprint, current_app, make_response, render_template, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from app.core.book import SlotTaken
from app.core.book.holds import HoldGone
from app.core.windows import WindowRefused
from app.core.windows.link import LinkOver, PayerLink, digest_of
from app.errors import Refused
from app.flow import desk as flow_desk
from app.web.headers import CSP

bp = Blueprint("desk", __name__)
PER_MINUTE = 30
MOST = 120  # characters of a name or number
ROWS = 3
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
limiter = Limiter(get_remote_address, storage_uri="memory://")
bp.record_once(lambda state: limiter.init_app(state.app))


@bp.get("/p/<secret>")
@limiter.limit(f"{PER_MINUTE}/minute")
def desk(secret: str) -> Response:
    """Show the times; a mail scanner that follows the link changes nothing."""
    return desk_page(link_of(secret))


@bp.post("/p/<secret>/pick")
@limiter.limit(f"{PER_MINUTE}/minute")
def pick(secret: str) -> Response:
    """Take one time; the others are given back."""
    link = link_of(secret)
    try:
        booked = flow_desk.pick_by_payer(ports_of(link), link, request.form.get("time", ""), answer(), now=now())
    except (SlotTaken, HoldGone) as error:
        return desk_page(link_of(secret), error=error, status=409)
    except LinkOver:
        return desk_page(link_of(secret))
    return desk_page(link_of(secret), waits=booked is None)


@bp.post("/p/<secret>/propose")
@limiter.limit(f"{PER_MINUTE}/minute")
def propose(secret: str) -> Response:
    """Take other times in the payer's own words; a person of ours answers."""
    link = link_of(secret)
    rows = [
        tuple(request.form.get(f"{name}{row}", "").strip() for name in ("day", "start", "end")) for row in range(ROWS)
    ]
    told = [row for row in rows if any(row)]
    try:
        flow_desk.propose_by_payer(ports_of(link), link, told, request.form.get("zone", ""), answer(), now=now())
    except (WindowRefused, flow_desk.NothingProposed) as error:
        return desk_page(link, error=error, status=422, typed=request.form)
    return page("desk/thanks.html")


def link_of(secret: str) -> PayerLink:
    """Return the link; raises LinkOver, which does not tell the unknown from the used."""
    link = current_app.extensions["parley"].links.by_digest(digest_of(secret))
    if link is None:
        raise LinkOver()
    return link


def ports_of(link: PayerLink):
    """Return what may be touched for this link."""
    return current_app.extensions["parley"].ports_of_link(link)


def now():
    """Return the time."""
    return current_app.extensions["parley"].clock()


def answer() -> flow_desk.Answer:
    """Return what the staff told of themselves."""
    told = {
        name: request.form.get(name, "").strip()[:MOST] or None for name in ("name", "reviewer", "specialty", "number")
    }
    return flow_desk.Answer(**told)


def desk_page(link: PayerLink, *, error: Refused | None = None, status: int = 200, typed=None, waits=False) -> Response:
    """Show what the link offers, or what became of it."""
    if waits:
        return page("desk/thanks.html", waits=True)
    issuer = current_app.extensions["parley"].settings.issuer(link.tenant)
    view = flow_desk.desk_view(ports_of(link), link, hospital=issuer.display or issuer.slug, now=now())
    more = {"view": view, "error": error, "typed": typed or {}, "rows": range(ROWS), "zones": ZONES}
    return page("desk/page.html", status=status, pick_at=f"{request.path.split('/')[2]}", **more)


def page(template: str, *, status: int = 200, **values) -> Response:
    """Render outside every launch: framed by nobody, and the address goes nowhere."""
    html = render_template(template, session=None, now=now(), **values)
    response = make_response(html.encode("utf-8", "replace"), status)
    response.headers["Content-Security-Policy"] = CSP.format(ancestors="'none'")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.errorhandler(LinkOver)
def over(error: LinkOver) -> Response:
    """Say that the link is over; the same for every reason."""
    return page("desk/over.html", status=410, error=error)
