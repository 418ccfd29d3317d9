"""POST /hooks/NAME: services tell here of faxes and messages that came. No page, no session, no cookie."""

from flask import Blueprint, Response, current_app, jsonify, request
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import HTTPException

from app.errors import ParleyError
from app.flow.mailroom import take_posted
from app.flow.ports import NotTheirs
from app.web.door import fault, http, limiter, refused

bp = Blueprint("hooks", __name__)

PER_MINUTE = 120


@bp.post("/hooks/<name>")
@limiter.limit(f"{PER_MINUTE}/minute", key_func=get_remote_address)
def receive(name: str) -> tuple[Response, int]:
    """Take what a service tells; 202 once it is kept, 200 where it does not concern us."""
    house = current_app.extensions["parley"]
    told = {"book": house.mailbook, "hospitals": house.hospitals(), "now": house.clock()}
    taken = take_posted(house.hooks, name, dict(request.headers), request.get_data(), **told)
    return jsonify(taken=taken), 202 if taken else 200


@bp.errorhandler(NotTheirs)
def not_theirs(_: NotTheirs) -> tuple[Response, int]:
    """Say nothing of what is wrong."""
    return fault(401, "unauthorized", "", NotTheirs.say)


bp.register_error_handler(ParleyError, refused)
bp.register_error_handler(HTTPException, http)
