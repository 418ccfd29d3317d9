"""Follows: the letter that came is recorded, or put aside, by a person."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.outcome import Contradiction
from app.core.people import Act
from app.flow import follows as flow_follows
from app.web.guard import may
from app.web.outcome import form_page
from app.web.session import now, ports, version_seen
from app.web.show import to_case

bp = Blueprint("follows", __name__)


@bp.post("/cases/<case_id>/letter")
@may(Act.RECORD_OUTCOME)
def record(case_id: str) -> Response:
    """Record the letter that waits; what cannot be recorded as it is goes to the outcome's form."""
    try:
        flow_follows.record_letter(ports(), case_id, seen=version_seen(), now=now())
    except Contradiction as error:
        return form_page(case_id, error=error)
    return to_case(case_id, "lettered")


@bp.post("/cases/<case_id>/letter/aside")
@may(Act.RECORD_OUTCOME)
def aside(case_id: str) -> Response:
    """Put aside what was taken for a letter."""
    flow_follows.put_aside(ports(), case_id, seen=version_seen(), now=now())
    return to_case(case_id, "aside")
