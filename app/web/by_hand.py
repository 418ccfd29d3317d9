"""By hand: what the EHR did not take is copied by a person, who says that it is done."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow import by_hand as flow_by_hand
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import DOCX, PDF, download, to_case

bp = Blueprint("by_hand", __name__)

FORMS = {"docx": DOCX, "pdf": PDF}


@bp.get(f"/cases/<case_id>/note.<any({', '.join(FORMS)}):form>")
@may(Act.SEE_CASE)
def note(case_id: str, form: str) -> Response:
    """Download the outcome's note, named by case number and not by person."""
    case, body = flow_by_hand.note_file(ports(), case_id, form, now=now())
    return download(body, FORMS[form], f"note-{case.number}.{form}")


@bp.post("/cases/<case_id>/by-hand")
@may(Act.TAKE_ACT)
def done(case_id: str) -> Response:
    """Keep that somebody did it in the EHR."""
    flow_by_hand.done_by_hand(ports(), case_id, request.form.get("write", ""), now=now())
    return to_case(case_id, "by_hand")
