"""
What the page of a case says of its writes: the real route, over the store that the faults are played on.

`Pages.wrong` returns what a person would miss there ("unshown"), or has to read and cannot ("raw").
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import unescape

from app.core.effects import HANDED
from app.edges.store import Database
from app.flow.ports import EffectState
from app.web.filters import local
from tests.fakes.office import ZONE, Office
from tests.web.markup import faults_of_part
from tests.web.visit import shown, site_over

VIEWER = "https://ehr.example/view?at={reference}"
LOOKING = re.compile(r"look|tried again", re.IGNORECASE)
TO_DO = re.compile(r"by hand|yourself|administrator|Look in|(Call|Ask) the payer|Nothing is left to do", re.IGNORECASE)
# What only a programmer reads: brackets, JSON, classes, methods, statuses, our names for things, addresses.
RAW = re.compile(
    r"[{}\[\]<>]|\b(None|null|True|False|nan)\b|Traceback|\b[A-Z][a-z]+[A-Z]\w*|\b(GET|POST|PUT|HTTP)\b|\b[45]\d\d\b"
    r"|\((transient|required|invalid|security|duplicate|conflict|business-rule|throttled)|urn:|https?:|\b[a-z]+_[a-z_]+\b|\bdemo/"
)
# What may stand there nevertheless: where something stands in the EHR, and a mail server's answer, for whoever runs it.
REFERENCE = re.compile(
    r"\bmail server [^.]*\(\d{3}\)|\b(Appointment|Task|Communication|DocumentReference|QuestionnaireResponse)/[\w.-]+"
)
CHANGED = {"moved": "moved", "cancelled": "cancelled", "fulfilled": "held", "noshow": "not held"}
WHAT = {
    "WriteAppointment": "Booked call",
    "ChangeAppointment": "Change of the booked call",
    "WriteDocument": "Note",
    "WriteCommunication": "Message to the team",
    "TellClinician": "Notice of the booking, by ",
    "AskPayer": "Request to the payer",
    "TellPayer": "Payer’s slot",
    "WriteEvent": "’s calendar",
}
SENT = ("TellClinician", "AskPayer")


class Pages:
    """The app's pages over a database, as a coordinator sees them at whatever time it is."""

    def __init__(self, database: Database) -> None:
        self._site = site_over(Office(database), viewer=VIEWER)
        self.store = self._site.house.store

    def wrong(self, case_id: str, states: Sequence[EffectState], *, now: datetime) -> list[str]:
        """Return what is wrong with what the page says of a case's writes, in their order."""
        html = self._part(case_id, now=now)
        rows = [each.partition("</li>")[0] for each in re.split(r"<li[ >]", html)[1:]]
        if len(rows) != len(states):
            return [f"unshown: {len(states)} writes in {len(rows)} rows"]
        found = [f"raw: {each}" for each in faults_of_part(html) if VIEWER.partition("/v")[0] not in each]
        for row, state in zip(rows, states, strict=True):
            words = _words(row)
            found += [f"{each}: “{words}”" for each in (*_unshown(row, words, state), *_raw(words))]
        moving = any(each.state in ("queued", "leased", "sent", "unknown", "waiting") for each in states)
        if moving and "hx-trigger" not in html:
            found.append("unshown: the page does not look again by itself")
        return found

    def _part(self, case_id: str, *, now: datetime) -> str:
        self._site.office.now, ends = now, now + timedelta(hours=1)
        visit = self._site.visit(patient=f"Patient/{case_id}", idle_expires_at=ends, expires_at=ends)
        answer = visit.get(f"cases/{case_id}/writes", hx=True, headers={"HX-Target": "writes"})
        assert answer.status_code == 200, (answer.status_code, shown(answer))
        return shown(answer)


def _words(row: str) -> str:
    """Return what is read of a row, in order."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", row.partition(">")[2])).split()).replace(" :", ":")


def _unshown(row: str, words: str, state: EffectState) -> list[str]:
    """Return what a row does not say of where its write stands."""
    wanted = [WHAT[state.kind], *([CHANGED[state.change]] if state.change else ())]
    of_state = _of_write(state) if state.kind in HANDED else _of_other(state)
    missing = [each for each in (*wanted, *of_state) if each not in words]
    if state.state == "confirmed" and state.kind in HANDED and not _links(row, state):
        missing.append(f"a link to {state.reference}")
    if state.state == "unknown" and not LOOKING.search(words):
        missing.append("that it is looked up")
    if state.is_unsure and "not taken" in words:
        missing.append("that nobody knows")
    if state.state in ("rejected", "dead") and "again by itself" in words:
        missing.append("that nobody tries it any more")
    if state.state in ("rejected", "dead") and not TO_DO.search(words):
        missing.append("what to do")
    if "Nothing is left to do" not in words and state.state in ("rejected", "dead") and state.kind in HANDED:
        missing += [] if "<button" in row else ["a button that says it was done"]
    return [f"unshown: {each}" for each in missing]


def _of_write(state: EffectState) -> list[str]:
    if state.state == "confirmed":
        return ["written", "stands", _at(state.updated_at)]
    if state.state == "queued":
        tried = [f"tried {state.attempts} time", f"again {_at(state.due_at)}", state.say or "?"]
        return ["on its way", *(tried if state.attempts else ())]
    if state.state in ("leased", "sent"):  # a worker has it just now, or had it when it died
        return ["on its way"]
    if state.state == "waiting":
        return ["waiting", "for a sign-in", state.say or "?", "Open Parley again from the EHR"]
    if state.state == "unknown":
        return ["unknown", f"since {_at(state.unknown_since or state.updated_at)}"]
    return [*(() if state.is_unsure else ("not taken",)), state.say or "?"]


def _of_other(state: EffectState) -> list[str]:
    if state.state == "confirmed":
        stands = "taken out again" if state.event and state.event.change == "removed" else "stands"
        return ["sent" if state.kind in SENT else stands]
    if state.state == "queued":
        tried = [f"tried {state.attempts} time", f"again {_at(state.due_at)}", state.say or "?"]
        return ["on its way", *(tried if state.attempts else ())]
    if state.state in ("leased", "sent"):
        return ["on its way"]
    if state.state == "dead" and state.kind in SENT:
        return ["not sent" if state.is_given_up else "not known whether it was sent", state.say or "?"]
    words = {"waiting": "wait", "void": "not sent", "unknown": "unknown"}
    return [words.get(state.state, "not"), state.say or "?"]


def _links(row: str, state: EffectState) -> bool:
    return f'href="{VIEWER.replace("{reference}", state.reference or "?")}"' in row


def _raw(words: str) -> list[str]:
    return [f"raw: {found.group()}" for found in RAW.finditer(REFERENCE.sub("", words))][:1]


def _at(instant: datetime) -> str:
    return local(instant, ZONE)
