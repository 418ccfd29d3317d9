"""Detect: what the payer said, in its words, and where that leads."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.people import Act
from app.flow import cases as flow_cases
from app.flow import detect as flow_detect
from app.flow.intake import inquire as flow_inquire
from app.web.case import case_view
from app.web.guard import may
from app.web.session import now, ports
from app.web.show import show, to_case

bp = Blueprint("detect", __name__)


@bp.get("/cases/<case_id>/detect")
@may(Act.SEE_CASE)
def detect(case_id: str) -> Response:
    """Show the denial and its routing, line by line."""
    found = flow_cases.case_for(ports(), case_id, Act.SEE_CASE, now=now())
    return show("detect/page.html", "detect/_detect.html", **case_view(found))


@bp.post("/cases/<case_id>/ask")
@may(Act.ASK_PAYER)
def ask(case_id: str) -> Response:
    """Ask the payer how the request stands; the case says what came of it."""
    try:
        flow_inquire.ask_payer(ports(), case_id, now=now())
    except flow_inquire.AskedJustNow:
        return to_case(case_id, "asked_lately")
    except flow_inquire.PayerRests:
        return to_case(case_id, "payer_rests")
    return to_case(case_id, "asked")


@bp.get("/cases/<case_id>/unsent")
@may(Act.SEE_CASE)
def unsent(case_id: str) -> Response:
    """Read the chart and show which documents the payer never had answer what it found missing."""
    read = flow_detect.unsent_of(ports(), case_id, now=now())
    return show("detect/unsent.html", "detect/_unsent.html", unsent=read, **case_view(read.case))
