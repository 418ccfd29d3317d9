"""Wording: a brief's sentences said more smoothly by the site's language model, and our own again."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow.brief import wording as flow_wording
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import done

bp = Blueprint("wording", __name__)


@bp.post("/cases/<case_id>/wording")
@may(Act.SEE_CASE)
def say(case_id: str) -> Response:
    """Ask the model, and go back to the brief."""
    flow_wording.say_smoothly(ports(), case_id, now=now())
    return done("brief.brief", case_id=case_id, said="worded")


@bp.post("/cases/<case_id>/wording/back")
@may(Act.SEE_CASE)
def back(case_id: str) -> Response:
    """Take our own sentences back."""
    flow_wording.take_back(ports(), case_id, now=now())
    return done("brief.brief", case_id=case_id, said="unworded")
