"""What to get before the call: the list, and what people say of each thing on it."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.brief.todo import NotATask, NothingLacks
from app.core.people import Act
from app.errors import Refused
from app.flow import brief as flow_brief
from app.flow.brief import todo as flow_todo
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import done, show, status_of_form

bp = Blueprint("todo", __name__)


@bp.get("/cases/<case_id>/todo")
@may(Act.SEE_CASE)
def todo(case_id: str) -> Response:
    """Show what the brief lacks, as the chart has it now."""
    return todo_page(case_id)


@bp.post("/cases/<case_id>/todo")
@may(Act.TAKE_ACT)
def settle(case_id: str) -> Response:
    """Give a thing to somebody, or say what became of it; what is typed goes before what is chosen."""
    key, do, other, chosen, why = (request.form.get(each, "") for each in ("key", "do", "other", "owner", "why"))
    try:
        flow_todo.settle(ports(), case_id, key, do, owner=other or chosen, why=why, now=now())
    except (NotATask, NothingLacks) as error:
        return todo_page(case_id, error=error)
    return done("todo.todo", case_id=case_id, said="listed")


def todo_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Return the list; with what was typed and why it is refused, where it is."""
    read = flow_brief.brief_of(ports(), case_id, now=now())
    values = {"todo": flow_todo.todo(ports(), read, now=now()), "todo_error": error, "todo_typed": request.form}
    return show("todo/page.html", "todo/_todo.html", status=status_of_form(error), **values, **case_view(read.case))
