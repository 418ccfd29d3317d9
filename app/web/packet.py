"""Packet: the pages and files that our side takes into the call, and those that the payer is given."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow import packet as flow_packet
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import DOCX, MARKDOWN, PDF, download, show

bp = Blueprint("packet", __name__)

FORMS = {"docx": DOCX, "pdf": PDF, "md": MARKDOWN}
FORM = f"<any({', '.join(FORMS)}):form>"
WHAT = '<any("payers-copy", "call-sheet"):what>'


@bp.get("/cases/<case_id>/packet")
@may(Act.SEE_CASE)
def packet(case_id: str) -> Response:
    """Show the brief with what stands behind it, and the ways to take it along."""
    read = flow_packet.packet_of(ports(), case_id, now=now())
    values = {"brief": read.packet.brief, "parts": read.parts, "todo": read.blocking, "left_out": read.left_out}
    return show("packet/page.html", "packet/_packet.html", **values, **case_view(read.case))


@bp.get(f"/cases/<case_id>/packet.{FORM}")
@may(Act.SEE_CASE)
def file(case_id: str, form: str) -> Response:
    """Download the packet, named by case number and not by person."""
    case, body = flow_packet.packet_file(ports(), case_id, form, now=now())
    return download(body, FORMS[form], f"packet-{case.number}.{form}")


@bp.get(f"/cases/<case_id>/{WHAT}")
@may(Act.SEE_CASE)
def preview(case_id: str, what: str) -> Response:
    """Show what the payer would be given, word for word, before anybody takes it."""
    read = flow_packet.payers_paper(ports(), case_id, what, now=now())
    return show("packet/copy.html", "packet/_copy.html", read=read, paper=read.paper, **case_view(read.case))


@bp.get(f"/cases/<case_id>/{WHAT}.{FORM}")
@may(Act.SEE_CASE)
def payers_file(case_id: str, what: str, form: str) -> Response:
    """Download a paper for the payer; refused while the brief lacks what it cannot go out without."""
    case, body = flow_packet.payers_file(ports(), case_id, what, form, now=now())
    return download(body, FORMS[form], f"{what}-{case.number}.{form}")
