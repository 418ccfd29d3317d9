"""POST /intake: interfaces send payers' answers here with a key of their own. No page, no session, no cookie."""

import hashlib
import hmac

from flask import Blueprint, Response, current_app, jsonify, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import HTTPException

from app.errors import BadInput, ParleyError, Temporary
from app.flow.intake import sent

bp = Blueprint("door", __name__)

PER_MINUTE = 60
_JSON = frozenset({"application/json", "application/fhir+json"})
_KINDS = {401: "unauthorized", 405: "method", 413: "too_large", 415: "media_type", 429: "too_many"}


def who_asks() -> str:
    """Return by whom the requests are counted: the key given, else where they come from."""
    given = request.headers.get("Authorization", "")
    return hashlib.sha256(given.encode()).hexdigest() if given else get_remote_address()


limiter = Limiter(who_asks, storage_uri="memory://")
bp.record_once(lambda state: limiter.init_app(state.app))


class Unknown(ParleyError):
    """The key is missing or nobody's."""

    say = "A bearer key for this intake is needed."
    next = "Make one with `parley keys --intake`."


@bp.post("/intake")
@limiter.limit(f"{PER_MINUTE}/minute")
def receive() -> tuple[Response, int]:
    """Take a FHIR document in; 202 with what became of each denial in it."""
    house = current_app.extensions["parley"]
    key = key_of(house.settings.intake_keys)
    if request.mimetype not in _JSON:
        return fault(415, "media_type", "", "Send application/fhir+json or application/json.")
    done = sent.take_sent(house.ports_of_sender(key), request.get_data(), now=house.clock())
    entries = [{"path": e.path, "result": e.result, "case": e.case, "why": e.why} for e in done.entries]
    faults = [{"path": path, "say": say} for path, say in done.faults]
    return jsonify(id=done.id, entries=entries, faults=faults), 202


def key_of(keys):
    """Return the sender whose key was given, compared in constant time; raises Unknown."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    digest = hashlib.sha256(given.strip().encode()).hexdigest()
    found = [each for each in keys if hmac.compare_digest(each.digest, digest)]
    if scheme.lower() != "bearer" or not found:
        raise Unknown()
    return found[0]


def fault(status: int, kind: str, path: str, say: str) -> tuple[Response, int]:
    """Return a refusal as JSON; it names the place, never the content."""
    return jsonify(error=kind, path=path, say=say), status


@bp.errorhandler(ParleyError)
def refused(error: ParleyError) -> tuple[Response, int]:
    """Tell an error of ours."""
    if isinstance(error, Unknown):
        return fault(401, "unauthorized", "", error.say)
    if isinstance(error, BadInput):
        return fault(422, "unreadable", error.path, error.say)
    return fault(503 if isinstance(error, Temporary) else 500, "not_saved", "", error.say)


@bp.errorhandler(HTTPException)
def http(error: HTTPException) -> tuple[Response, int]:
    """Tell what HTTP tells."""
    status = error.code or 500
    return fault(status, _KINDS.get(status, "refused"), "", error.description or "Refused.")
