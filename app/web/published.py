"""Published: what a machine of a payer reads at the address it was given. No session, no cookie, nothing to change."""

from datetime import timedelta

from flask import Blueprint, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

from app.core.slots.offered import FRESH
from app.core.windows.link import digest_of
from app.flow import publish as flow_publish

bp = Blueprint("published", __name__)
PER_MINUTE = 60
EVERY = timedelta(minutes=5)
KINDS = {"ndjson": "application/fhir+ndjson", "ics": "text/calendar; charset=utf-8"}
limiter = Limiter(get_remote_address, storage_uri="memory://")
bp.record_once(lambda state: limiter.init_app(state.app))


@bp.get("/f/<secret>/<name>")
@limiter.limit(f"{PER_MINUTE}/minute")
def file(secret: str, name: str) -> Response:
    """Return one file of what is published, or that it has not changed."""
    house = current_app.extensions["parley"]
    found = house.publications.by_digest(digest_of(secret))
    ports = house.ports_of_backend(house.settings.issuer(found.tenant)) if found else None
    now = house.clock()
    if ports is None:
        raise flow_publish.NoSuchFeed
    told = flow_publish.publication_of(ports, found, now=now)
    base = f"{house.settings.base_url}/f/{secret}"
    body = house.publisher.files(ports.site.publishing.place, told, base=base).get(name)
    if body is None:
        raise flow_publish.NoSuchFeed
    return answer(body, name, told)


def answer(body: bytes, name: str, told) -> Response:
    """Return a file with its version, or 304; kept by nobody in between, and found by no search."""
    response = Response(body, content_type=KINDS.get(name.rpartition(".")[2], "application/json"))
    response.add_etag()
    response.last_modified = told.changed_at
    response.headers["Cache-Control"] = f"private, max-age={min(EVERY, FRESH).seconds}"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response.make_conditional(request)


@bp.errorhandler(flow_publish.NoSuchFeed)
def nothing(_error: flow_publish.NoSuchFeed) -> Response:
    """Say that there is nothing here: the same for an address that never was and for one that has ended."""
    return Response(b"Not found.\n", 404, content_type="text/plain; charset=utf-8")
