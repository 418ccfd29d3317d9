"""Literature: PubMed is asked for a case's service when somebody presses the button."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow.brief import literature as flow_literature
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import done

bp = Blueprint("literature", __name__)


@bp.post("/cases/<case_id>/literature")
@may(Act.SEE_CASE)
def look(case_id: str) -> Response:
    """Ask, and go back to the brief, which shows what was found."""
    flow_literature.look_up(ports(), case_id, now=now())
    return done("brief.brief", case_id=case_id, said="searched")
