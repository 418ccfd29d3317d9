"""Learn: what the calls so far teach."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.learn import FLOOR
from app.core.people import Act
from app.flow import learn as flow_learn
from app.web.guard import may
from app.web.session import here
from app.web.show import show

bp = Blueprint("learn", __name__)


@bp.get("/learn")
@may(Act.SEE_LEARN)
def learn() -> Response:
    """Show the measures with their n and interval."""
    at = here()
    lessons = flow_learn.lessons(at.ports, now=at.now)
    return show("learn/page.html", "learn/_learn.html", session=at.session, now=at.now, lessons=lessons, floor=FLOOR)


@bp.get("/learn/definitions")
@may(Act.SEE_LEARN)
def definitions() -> Response:
    """Show exactly what each measure counts."""
    at = here()
    told = flow_learn.definitions(at.ports, now=at.now)
    return show("learn/definitions.html", "learn/_definitions.html", session=at.session, told=told)
