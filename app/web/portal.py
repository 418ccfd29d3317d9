"""Portal: a call asked for on the payer's own site; what to paste there, the form to send, what it answered."""

from dataclasses import replace
from urllib.parse import urlsplit

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.acts import AtStake
from app.core.people import Act
from app.core.windows.ask import NumberRefused
from app.core.windows.ways import wishes_of
from app.errors import Refused
from app.flow import portal as flow_portal
from app.web.act import reason, stopped
from app.web.case import case_view
from app.web.guard import may
from app.web.session import here, now, ports, version_seen
from app.web.show import DOCX, PDF, download, show, status_of_form, to_case
from app.web.told import rows_view, told_rows, told_words

bp = Blueprint("portal", __name__)
FILES = {"docx": DOCX, "pdf": PDF}


@bp.get("/cases/<case_id>/portal")
@may(Act.TAKE_ACT)
def portal(case_id: str) -> Response:
    """Show the task; nothing is sent from here."""
    return portal_page(case_id)


@bp.post("/cases/<case_id>/portal/form")
@may(Act.DOWNLOAD_FORM)
def form(case_id: str) -> Response:
    """Fill the form anew, or hand it out; the file is named by case number, not by person."""
    kind = request.form.get("do", "")
    if kind not in FILES:
        return portal_page(case_id)
    try:
        case, body = flow_portal.form_file(ports(), case_id, typed_form(), kind, now=now())
    except NumberRefused as error:
        return portal_page(case_id, error=error)
    return download(body, FILES[kind], f"request-{case.number}.{kind}")


@bp.post("/cases/<case_id>/portal")
@may(Act.TAKE_ACT)
def answer(case_id: str) -> Response:
    """Keep what the portal answered; what cannot be true is shown beside its field."""
    try:
        flow_portal.answer(ports(), case_id, told_answer(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return portal_page(case_id, error=error)
    return to_case(case_id, "told")


def portal_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Show the task with what was typed; where a number cannot be one, the form without it."""
    typed = typed_form()
    try:
        task = flow_portal.task(ports(), case_id, typed, now=now())
    except NumberRefused as refused:
        error = refused
        task = flow_portal.task(ports(), case_id, replace(typed, number="", contact_number=""), now=now())
    view = case_view(task.case)
    zone = view["payer_zone"] or here().ports.site.zone
    return show(
        "portal/page.html",
        "portal/_portal.html",
        status=status_of_form(error),
        error=error,
        typed=request.form,
        task=task,
        host=urlsplit(task.portal).hostname if task.portal else None,
        answers=flow_portal.SAID,
        wishes=wishes_of(view["rule"]),
        **rows_view(now(), zone),
        **view,
    )


def typed_form() -> flow_portal.TypedForm:
    """Return what a person added to the form."""
    names = ("number", "contact_name", "contact_number")
    return flow_portal.TypedForm(*(request.form.get(name, "")[:120] for name in names))


def told_answer() -> flow_portal.PortalAnswer:
    """Return what the form says that the portal answered."""
    return flow_portal.PortalAnswer(
        request.form.get("answer", ""),
        told_rows(),
        request.form.get("zone", ""),
        told_words("reference", 80),
        told_words("note"),
        reason(),
    )
