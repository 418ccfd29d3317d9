"""Brief: one page for the call."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow import brief as flow_brief
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import DOCX, PDF, download, show

bp = Blueprint("brief", __name__)


@bp.get("/cases/<case_id>/brief")
@may(Act.SEE_CASE)
def brief(case_id: str) -> Response:
    """Show the brief, each sentence with its source."""
    read = flow_brief.brief_of(ports(), case_id, now=now())
    view = case_view(read.case)
    return show("brief/page.html", "brief/_brief.html", brief=read.brief, left_out=read.left_out, **view)


@bp.get("/cases/<case_id>/brief.docx")
@may(Act.SEE_CASE)
def docx(case_id: str) -> Response:
    """Download the brief for Word; the file is named by case number, not by person."""
    case, body = flow_brief.brief_docx(ports(), case_id, now=now())
    return download(body, DOCX, f"brief-{case.number}.docx")


@bp.get("/cases/<case_id>/brief.pdf")
@may(Act.SEE_CASE)
def pdf(case_id: str) -> Response:
    """Download the brief as a PDF, named the same way."""
    case, body = flow_brief.brief_pdf(ports(), case_id, now=now())
    return download(body, PDF, f"brief-{case.number}.pdf")
