"""Everything that flow does with one case, each with the state in which it can be done: what every guard must hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.core.acts import Told
from app.core.case import Case
from app.core.outcome import OutcomeForm
from app.core.people import Act
from app.flow import (
    act,
    book,
    brief,
    call,
    cases,
    clinician,
    outcome,
    phone,
    portal,
    slots,
    ways,
    windows,
    worklist,
)
from app.flow.ports import Ports
from tests.builders import CLINICIAN
from tests.fakes.office import Office, an_attempt, best_slot, bring, told_window


@dataclass(frozen=True)
class Deed:
    """One flow function: what it takes to do it. writes: it takes the version that the page showed."""

    name: str
    act: Act
    state: str
    do: Callable[[Ports, Case, dict], object]
    writes: bool = True

    def __str__(self) -> str:
        return self.name


def _seen(case: Case, at: dict) -> dict:
    return {"seen": at.get("seen", case.version), "now": at["now"]}


DEEDS = (
    Deed("open", Act.SEE_CASE, "open", lambda p, c, at: cases.case_for(p, c.id, Act.SEE_CASE, now=at["now"]), False),
    Deed("propose", Act.SEE_CASE, "offered", lambda p, c, at: slots.propose_slots(p, c.id, now=at["now"]), False),
    Deed(
        "published",
        Act.SEE_CASE,
        "offered",
        lambda p, c, at: windows.read_published_windows(p, c.id, now=at["now"]),
        False,
    ),
    Deed("brief", Act.SEE_CASE, "open", lambda p, c, at: brief.brief_of(p, c.id, now=at["now"]), False),
    Deed("pdf", Act.SEE_CASE, "open", lambda p, c, at: brief.brief_pdf(p, c.id, now=at["now"], draft=True), False),
    Deed("docx", Act.SEE_CASE, "open", lambda p, c, at: brief.brief_docx(p, c.id, now=at["now"], draft=True), False),
    Deed(
        "markdown",
        Act.SEE_CASE,
        "open",
        lambda p, c, at: brief.brief_markdown(p, c.id, now=at["now"], draft=True),
        False,
    ),
    Deed(
        "portal", Act.TAKE_ACT, "open", lambda p, c, at: portal.task(p, c.id, portal.TypedForm(), now=at["now"]), False
    ),
    Deed(
        "form",
        Act.DOWNLOAD_FORM,
        "open",
        lambda p, c, at: portal.form_file(p, c.id, portal.TypedForm(), "docx", now=at["now"]),
        False,
    ),
    Deed("way", Act.SEE_CASE, "open", lambda p, c, at: ways.best_way(p, c.id, now=at["now"]), False),
    Deed("phone", Act.LOG_ATTEMPT, "open", lambda p, c, at: phone.task(p, c.id, now=at["now"]), False),
    Deed(
        "tap",
        Act.LOG_ATTEMPT,
        "open",
        lambda p, c, at: phone.tap(p, c.id, phone.Tapped("voicemail"), **_seen(c, at)),
    ),
    Deed(
        "answer",
        Act.TAKE_ACT,
        "open",
        lambda p, c, at: portal.answer(p, c.id, portal.PortalAnswer("waiting"), **_seen(c, at)),
    ),
    Deed("own", Act.OWN, "open", lambda p, c, at: worklist.take_over(p, c.id, **_seen(c, at))),
    Deed("who", Act.SEE_CASE, "open", lambda p, c, at: clinician.choices_of(p, c.id, name="Dr", now=at["now"]), False),
    Deed(
        "choose",
        Act.CHOOSE_CLINICIAN,
        "open",
        lambda p, c, at: clinician.choose(p, c.id, CLINICIAN.reference, **_seen(c, at)),
    ),
    Deed(
        "window",
        Act.CAPTURE_WINDOWS,
        "open",
        lambda p, c, at: windows.capture_told_window(p, c.id, told_window(), **_seen(c, at)),
    ),
    Deed("book", Act.BOOK, "offered", lambda p, c, at: book.book(p, c.id, at["slot"], **_seen(c, at))),
    Deed("move", Act.BOOK, "booked", lambda p, c, at: book.move(p, c.id, at["slot"], **_seen(c, at))),
    Deed("cancel", Act.BOOK, "booked", lambda p, c, at: book.cancel(p, c.id, reason="clinic", **_seen(c, at))),
    Deed("log", Act.LOG_ATTEMPT, "booked", lambda p, c, at: call.log(p, c.id, **an_attempt(at["now"]), **_seen(c, at))),
    Deed(
        "act",
        Act.TAKE_ACT,
        "open",
        lambda p, c, at: act.take(p, c.id, "file_appeal", Told(why="The family asked for it."), **_seen(c, at)),
    ),
    Deed(
        "outcome",
        Act.RECORD_OUTCOME,
        "connected",
        lambda p, c, at: outcome.record_outcome(p, c.id, OutcomeForm("approved"), **_seen(c, at)),
    ),
    Deed("close", Act.RECORD_OUTCOME, "confirmed", lambda p, c, at: outcome.close_case(p, c.id, **_seen(c, at))),
)
WRITES = tuple(each for each in DEEDS if each.writes)


def prepare(office: Office, deed: Deed, **answer) -> tuple[Case, dict]:
    """Return a case in which the deed can be done, and what it takes: the moment and, where one is meant, a slot."""
    case = bring(office, deed.state, **answer)
    at: dict[str, object] = {"now": office.now}
    if deed.name in ("book", "move"):
        at["slot"] = best_slot(office, case)
    case = office.case(case.id)
    office.ehr.asked.clear()
    return case, at


def when(at: dict) -> datetime:
    """Return the moment of the deed."""
    return at["now"]
