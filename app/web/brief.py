"""Brief: one page for the call."""

from collections.abc import Callable, Sequence

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from app.core import people
from app.core.brief import Brief, Evidence
from app.core.brief.opened import MOST, handle_of
from app.core.brief.own import NoSuchSentence, NotASentence, NotOfThisCase
from app.core.people import Act
from app.errors import Refused
from app.flow import brief as flow_brief
from app.flow.brief import held as flow_held
from app.flow.brief import literature as flow_literature
from app.flow.brief import own as flow_own
from app.flow.brief import todo as flow_todo
from app.web.case import case_view
from app.web.guard import may
from app.web.session import here, now, ports
from app.web.show import DOCX, MARKDOWN, PDF, done, download, show, status_of_form

bp = Blueprint("brief", __name__)


@bp.get("/cases/<case_id>/brief")
@may(Act.SEE_CASE)
def brief(case_id: str) -> Response:
    """Show the brief, each sentence with its source, and what people add to it."""
    return brief_page(case_id)


def brief_page(case_id: str, *, error: Refused | None = None) -> Response:
    """Return the brief with all that stands around it. error: why what was typed into it is refused"""
    read = flow_brief.brief_of(ports(), case_id, now=now())
    return show(
        "brief/page.html",
        "brief/_brief.html",
        status=status_of_form(error),
        brief=read.brief,
        left_out=read.left_out,
        opens=opens_sources(read.brief, case_id),
        own=flow_own.own_sentences(ports(), read.case),
        todo=flow_todo.todo(ports(), read, now=now()),
        held=flow_held.held(ports(), read),
        typed=request.form,
        error=error,
        policy=read.policy,
        worded=read.worded,
        literature=flow_literature.literature_beside(ports(), read.case, read.brief.literature),
        may_edit_rules=people.may(here().session.user.role, Act.EDIT_RULES),
        **case_view(read.case),
    )


def opens_sources(brief: Brief, case_id: str) -> Callable[..., str]:
    """Return what gives each mark its address: of all that a sentence rests on, or of one numbered source of it."""
    key = here().session.csrf

    def opens(evidence: Sequence[Evidence], number: int | None = None) -> str:
        among = (
            evidence if number is None else [each for each in evidence if each in brief.sources[number - 1].evidence]
        )
        handles = [handle_of(each, key=key) for each in dict.fromkeys(among)]
        return url_for("brief.source", case_id=case_id, at=".".join(handles[:MOST]))

    return opens


@bp.get("/cases/<case_id>/brief/source")
@may(Act.SEE_CASE)
def source(case_id: str) -> Response:
    """Open what a sentence rests on, the quoted words marked."""
    handles = request.args.get("at", "").split(".")
    read = flow_brief.open_source(ports(), case_id, handles, key=here().session.csrf, now=now())
    return show("brief/source.html", "brief/_source.html", source=read, **case_view(read.case))


@bp.post("/cases/<case_id>/brief/own")
@may(Act.DRAFT_SENTENCE)
def write(case_id: str) -> Response:
    """Keep a sentence of their own, as a draft or signed."""
    text, place, sign = (request.form.get(each, "") for each in ("text", "place", "sign"))
    try:
        flow_own.write(ports(), case_id, text, place, sign=sign == "yes", now=now())
    except (NotASentence, NotOfThisCase) as error:
        return brief_page(case_id, error=error)
    return done("brief.brief", case_id=case_id, said="signed" if sign == "yes" else "drafted")


@bp.post("/cases/<case_id>/brief/own/<sentence_id>/sign")
@may(Act.SIGN_SENTENCE)
def sign(case_id: str, sentence_id: str) -> Response:
    """Sign a draft."""
    try:
        flow_own.sign(ports(), case_id, sentence_id, now=now())
    except (NoSuchSentence, NotOfThisCase) as error:
        return brief_page(case_id, error=error)
    return done("brief.brief", case_id=case_id, said="signed")


@bp.post("/cases/<case_id>/brief/own/<sentence_id>/withdraw")
@may(Act.DRAFT_SENTENCE)
def withdraw(case_id: str, sentence_id: str) -> Response:
    """Take a sentence off the brief."""
    try:
        flow_own.withdraw(ports(), case_id, sentence_id, now=now())
    except (NoSuchSentence, NotOfThisCase) as error:
        return brief_page(case_id, error=error)
    return done("brief.brief", case_id=case_id, said="withdrawn")


def is_draft() -> bool:
    """Return whether a paper is asked for that says on itself what it lacks."""
    return request.args.get("draft") == "yes"


@bp.get("/cases/<case_id>/brief.docx")
@may(Act.SEE_CASE)
def docx(case_id: str) -> Response:
    """Download the brief for Word; the file is named by case number, not by person."""
    case, body = flow_brief.brief_docx(ports(), case_id, now=now(), draft=is_draft())
    return download(body, DOCX, f"brief-{case.number}.docx")


@bp.get("/cases/<case_id>/brief.pdf")
@may(Act.SEE_CASE)
def pdf(case_id: str) -> Response:
    """Download the brief as a PDF, named the same way."""
    case, body = flow_brief.brief_pdf(ports(), case_id, now=now(), draft=is_draft())
    return download(body, PDF, f"brief-{case.number}.pdf")


@bp.get("/cases/<case_id>/brief.md")
@may(Act.SEE_CASE)
def markdown(case_id: str) -> Response:
    """Download the brief as Markdown, to be pasted into a note."""
    case, body = flow_brief.brief_markdown(ports(), case_id, now=now(), draft=is_draft())
    return download(body, MARKDOWN, f"brief-{case.number}.md")
