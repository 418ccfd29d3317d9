"""Outcome: what was decided; its form is on the server as it is typed."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.acts import CALL, AtStake
from app.core.call.talk import npi_doubt
from app.core.outcome import (
    ANSWERS,
    BEFORE_CALL,
    LINE_RESULTS,
    NOT_HELD,
    RESULTS,
    Contradiction,
    OutcomeForm,
    disputed_lines,
    topic_of,
)
from app.core.outcome.draft import BROKEN_BOXES, stamps_in
from app.core.people import Act, Reviewer
from app.errors import Refused
from app.flow import outcome as flow_outcome
from app.flow import telling as flow_telling
from app.flow.telling import Telling
from app.web.act import reason, stopped
from app.web.call import told_reviewer
from app.web.case import case_view
from app.web.guard import may
from app.web.session import here, now, ports, version_seen, whole
from app.web.show import done, is_swap, show, status_of_form, to_case
from app.web.told import told_authorization, told_words

bp = Blueprint("outcome", __name__)
LONGEST = 4000  # characters of a text; of the note more
LONGEST_NOTE = 8000
# As people write an amount, in thousands too; “6,5” may be meant either way and is asked about.
QUANTITY = re.compile(r"-?(?:[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\.[0-9]{1,6})?|\.[0-9]{1,6}")
WORDS = ("reference_number", "reviewer_reason", "criterion", "new_information", "next_step", "notice_told",
         "appeal_told")  # fmt: skip

NOT_HELD_WORDS = {each: each.replace("_", " ") for each in NOT_HELD if each != BEFORE_CALL}


@bp.get("/cases/<case_id>/outcome")
@may(Act.SEE_CASE)
def outcome(case_id: str) -> Response:
    """Show the outcome or its form."""
    return form_page(flow_telling.telling(ports(), case_id, asked_way(), now=now()))


@bp.post("/cases/<case_id>/outcome")
@may(Act.RECORD_OUTCOME)
def record(case_id: str) -> Response:
    """Keep the outcome; a contradiction is shown beside its field; what was typed stays, whatever is refused."""
    try:
        flow_outcome.record_outcome(ports(), case_id, told(), why=reason(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    except Refused as error:
        return form_page(flow_telling.telling(ports(), case_id, asked_way(), now=now()), error=error)
    return to_case(case_id, "moved_on" if request.form.get("result") == "rescheduled" else "settled")


@bp.post("/cases/<case_id>/outcome/draft")
@may(Act.RECORD_OUTCOME)
def keep(case_id: str) -> Response:
    """Keep what is typed so far, or forget it; answer with the part that says so, or with the page."""
    if request.form.get("press") == "forget":
        flow_telling.start_over(ports(), case_id, asked_way(), now=now())
        return done("outcome.outcome", case_id=case_id, way=asked_way())
    found = flow_telling.keep(ports(), case_id, asked_way(), typed(), shown(), now=now())
    if not is_swap():
        return done("outcome.outcome", case_id=case_id, way=found.way, said="kept")
    return form_page(found, "outcome/_kept.html", stamps=stamps_in(found.case, found.way, typed()), swapped=True)


@bp.post("/cases/<case_id>/outcome/answer")
@may(Act.RECORD_OUTCOME)
def answer(case_id: str) -> Response:
    """Keep which lines are accepted and which are appealed."""
    try:
        flow_outcome.answer(ports(), case_id, told_answers(), seen=version_seen(), now=now())
    except Refused as error:
        return form_page(flow_telling.telling(ports(), case_id, now=now()), error=error)
    return to_case(case_id, "answered")


@bp.post("/cases/<case_id>/close")
@may(Act.RECORD_OUTCOME)
def close(case_id: str) -> Response:
    """Close the case."""
    try:
        flow_outcome.close_case(ports(), case_id, why=reason(), seen=version_seen(), now=now())
    except AtStake as error:
        return stopped(case_id, error)
    return to_case(case_id, "closed")


def form_page(
    found: Telling, partial: str = "outcome/_outcome.html", *, error: Refused | None = None, **more
) -> Response:
    """Show the page, with the form as typed when it was refused; or the part that was asked for."""
    words = found.words | blank_choices(found) | typed() if error else found.words
    base = {"told": found, "words": words, "stamps": found.stamps}
    return show(
        "outcome/page.html",
        partial,
        status=status_of_form(error),
        error=error,
        results=RESULTS,
        line_results=LINE_RESULTS,
        not_held_words=NOT_HELD_WORDS,
        answers=ANSWERS,
        disputed=disputed_lines(found.case),
        topic=topic_of(found.way),
        broken_boxes=BROKEN_BOXES,
        doubt=npi_doubt(words.get("reviewer_npi", "")),
        **(base | more),
        **case_view(found.case),
    )


def blank_choices(found: Telling) -> dict[str, str]:
    """Return the fields that a browser leaves out where nothing is chosen: nothing was."""
    return {name: "" for name in ("result", "final", "reviewer_withheld", "before_call", *BROKEN_BOXES)}


def asked_way() -> str:
    """Return what the form is to be of: as typed, as the link said, else nothing."""
    return request.form.get("way") or request.args.get("way", "")


def typed() -> dict[str, str]:
    """Return the form's fields as the browser sent them; of a box and the blank before it, the box."""
    return {name: request.form.getlist(name)[-1] for name in request.form}


def shown() -> dict[str, str]:
    """Return the stamps of what the device had been shown, by field."""
    return {name.removeprefix("shown_"): text for name, text in request.form.items() if name.startswith("shown_")}


def told() -> OutcomeForm:
    """Return the form's fields as core takes them; raises Contradiction naming the field."""
    form = request.form
    return OutcomeForm(
        result=form.get("result", ""),
        final=form.get("final") == "final",
        lines=told_lines(),
        changes={n: text for n, text in numbered("change_") if text},
        held_at=told_instant("held_at", "Say when the call was, as date and time."),
        again_at=told_instant("again_at", "Say to when it was moved, as date and time."),
        reviewer=withheld_or_told(),
        in_writing={"yes": True, "no": False}.get(form.get("in_writing", "")),
        not_held_reason=told_words("not_held_reason") or (BEFORE_CALL if is_ticked("before_call") else None),
        authorization=told_authorization(),
        prep_minutes=told_minutes(),
        way=form.get("way") or CALL,
        problems=tuple(name for name in BROKEN_BOXES if is_ticked(name)),
        note=told_words("note", LONGEST_NOTE),
        **{name: told_words(name, LONGEST) for name in WORDS},
    )


def numbered(start: str) -> list[tuple[int, str]]:
    """Return what was said in the fields that begin so and end in a line's number."""
    found = ((whole(name.removeprefix(start)), text) for name, text in request.form.items() if name.startswith(start))
    return [(number, text.strip()) for number, text in found if number is not None]


def told_lines() -> dict[int, tuple[str, float | None]]:
    """Return what was said of each line; lines left alone are not in it. A number, or a change, alone is modified."""
    cut = {number for start in ("quantity_", "change_") for number, text in numbered(start) if text}
    said = {number: result or ("modified" if number in cut else "") for number, result in numbered("line_")}
    return {number: (result, quantity(number)) for number, result in said.items() if result}


def told_answers() -> dict[int, str]:
    """Return what we answer to each line; lines left alone are not in it."""
    return {number: said for number, said in numbered("answer_") if said}


def quantity(number: int) -> float | None:
    """Return the approved quantity of a line; raises Contradiction."""
    text = request.form.get(f"quantity_{number}", "").strip()
    if not text:
        return None
    if QUANTITY.fullmatch(text) is None:
        raise Contradiction(f"quantity_{number}", "An approved quantity is a number, as 6 or 2.5.")
    return float(text.replace(",", ""))


def is_ticked(name: str) -> bool:
    """Whether a box is."""
    return "yes" in request.form.getlist(name)


def withheld_or_told() -> Reviewer | None:
    """Return the reviewer as told; one who would not say is noted as that."""
    reviewer = told_reviewer()
    if not is_ticked("reviewer_withheld"):
        return reviewer
    known = reviewer or Reviewer()
    return Reviewer(known.name, known.credential, known.specialty, known.npi, withheld=True)


def told_minutes() -> int | None:
    """Return the minutes of preparation; raises Contradiction."""
    text = request.form.get("prep_minutes", "").strip()
    if text and (found := whole(text)) is None:
        raise Contradiction("prep_minutes", "Minutes of preparation are a whole number.")
    return found if text else None


def told_instant(name: str, say: str) -> datetime | None:
    """Return the wall time of the site's zone as an instant; raises Contradiction."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(here().session.zone))
    except ValueError as error:
        raise Contradiction(name, say) from error
