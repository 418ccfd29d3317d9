"""Appeal: the packet as it would go out, what is chosen of it, its files, and that it was filed."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.acts import AtStake
from app.core.brief.own import NotOfThisCase
from app.core.outcome.appeal.choice import GROUNDS, LEVELS, NotAChoice, cite_key
from app.core.outcome.appeal.lines import appealable_lines
from app.core.outcome.appeal.shown import citable
from app.core.outcome.filing import WAYS
from app.core.people import Act
from app.errors import Refused
from app.flow import appeal as flow_appeal
from app.web.act import reason, stopped
from app.web.brief import is_draft
from app.web.case import case_view
from app.web.guard import may
from app.web.packet import FORM, FORMS
from app.web.session import now, ports, version_seen, whole
from app.web.show import done, download, show, status_of_form, to_case

bp = Blueprint("appeal", __name__)


@bp.get("/cases/<case_id>/appeal")
@may(Act.SEE_CASE)
def appeal(case_id: str) -> Response:
    """Show the packet as it would go out, and what is missing of it."""
    return appeal_page(case_id)


def appeal_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Return the page. error: why what was typed is refused; it stays typed."""
    read = flow_appeal.appeal_read(ports(), case_id, now=now())
    view = {"read": read, "paper": read.paper, "choice": read.appeal.choice, "may_be": appealable_lines(read.case)}
    view["citable"] = [(cite_key(each), each) for each in citable(read.appeal.brief)]
    words = {"levels": LEVELS, "appeal_ways": WAYS, "grounds": GROUNDS}
    told = {"error": error, "typed": request.form if error else {}, "ticked": ticked()}
    more = {**view, **words, **told, **case_view(read.case)}
    return show("appeal/page.html", "appeal/_appeal.html", status=status_of_form(error), **more)


@bp.get(f"/cases/<case_id>/appeal.{FORM}")
@may(Act.SEE_CASE)
def file(case_id: str, form: str) -> Response:
    """Download the packet, named by case number and not by person."""
    case, body = flow_appeal.appeal_file(ports(), case_id, form, draft=is_draft(), now=now())
    return download(body, FORMS[form], f"appeal-{case.number}.{form}")


@bp.post("/cases/<case_id>/appeal")
@may(Act.TAKE_ACT)
def choose(case_id: str) -> Response:
    """Keep what is chosen of it."""
    try:
        flow_appeal.choose(ports(), case_id, request.form, ticked(), request.form.getlist("uncited"), now=now())
    except NotAChoice as error:
        return appeal_page(case_id, error=error)
    return done("appeal.appeal", case_id=case_id, said="narrowed")


@bp.post("/cases/<case_id>/appeal/expedite")
@may(Act.SIGN_SENTENCE)
def expedite(case_id: str) -> Response:
    """Sign that the patient cannot wait, or take it back."""
    told = {"ticked": request.form.get("grounds") == "yes", "off": request.form.get("off") == "yes"}
    try:
        flow_appeal.expedite(ports(), case_id, request.form.get("why", ""), **told, now=now())
    except (NotAChoice, NotOfThisCase) as error:
        return appeal_page(case_id, error=error)
    return done("appeal.appeal", case_id=case_id, said="unhurried" if told["off"] else "expedited")


@bp.post("/cases/<case_id>/appeal/filed")
@may(Act.TAKE_ACT)
def filed(case_id: str) -> Response:
    """Mark it as filed; where that may cost the call, only with a reason."""
    try:
        flow_appeal.file(ports(), case_id, request.form, why=reason(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except NotAChoice as error:
        return appeal_page(case_id, error=error)
    return to_case(case_id, "acted")


def ticked() -> tuple[int, ...]:
    """Return the lines that are ticked in the form."""
    return tuple(n for each in request.form.getlist("line") if (n := whole(each)) is not None)
