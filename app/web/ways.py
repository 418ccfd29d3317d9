"""Ways: from "ask for call times" to the task by which this payer is best asked."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow import ways as flow_ways
from app.web.filters import WAYS
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import done

bp = Blueprint("ways", __name__)


@bp.get("/cases/<case_id>/way")
@may(Act.SEE_CASE)
def way(case_id: str) -> Response:
    """Go to the task of the best way."""
    best = flow_ways.best_way(ports(), case_id, now=now())
    _, page = WAYS[best.kind]
    return done(page, case_id=case_id, by=best.kind if page == "ask.ask" else None)
