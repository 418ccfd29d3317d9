"""
One write, one fault: the real drain on the real store, the real client over HTTP, a real EHR, a clock that is pushed.

`World.run` drives a write until it has settled and returns what is wrong, in words that begin with a name:

    twice  overwritten  lie  mute  lost  order  held up  early  late  leak  elsewhere  unshown  raw
"""

import base64
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

from structlog.testing import capture_logs

from app.core.case import CaseState
from app.core.effects import ChangeAppointment, Effect, SignInNeeded, TellClinician, WriteDocument
from app.edges.ehr import FhirEhr, SiteProfile, fetch_capability
from app.edges.fhir.appointment import has_change
from app.edges.fhir.identifiers import carries
from app.edges.fhir.questionnaire import questionnaire
from app.edges.fhir.task import has_task_change
from app.edges.http import Limits, Transport
from app.edges.store import Database, SqlOutbox, SqlStore
from app.flow.outbox import drain
from app.flow.ports import EffectState
from launch.smart.refusals import EhrSilent
from tests.edges.effects import the_chart, write_communication, write_document
from tests.edges.ehr_server import ALL, NOW, Server, serve
from tests.edges.store.builders import SURGEON, a_case
from tests.edges.test_own_slots import LATER, a_schedule, a_slot
from tests.fakes.office import TENANT
from tests.flow.fault_list import CANARY, FOREVER, SCRIPTS, Script
from tests.flow.fault_pages import Pages
from tests.flow.fault_writes import FORM, SITES, WriteKind, effects_of

SHORT = Limits(connect_seconds=2, read_seconds=0.4, total_seconds=1.2)
OURS = ("Appointment", "Task", "Communication", "DocumentReference", "QuestionnaireResponse")
ENDED = ("confirmed", "rejected", "dead", "void")
LONGEST = timedelta(hours=40)
ROUND = timedelta(minutes=15)  # of a worker, while an EHR is away: a day of it in a hundred tries
TO_DO = ("by hand", "yourself", "administrator", "Look in", "again")
PRIVATE = (*CANARY.split()[:2], "1980-05-06", "pat-1", "José", "800-555", "Overturned", "Result: overturned")


class Clock:
    """A clock that a test pushes."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Token:
    """A session's token; `signs_in`: whether one that was refused is renewed, or the person must sign in again."""

    signs_in: str = ""
    count: int = 0
    over: bool = False

    @property
    def text(self) -> str:
        """Return the token: always another, always good for the same."""
        return base64.urlsafe_b64encode(f"{json.dumps([ALL, None])}{' ' * self.count}".encode()).decode()

    def __call__(self, rejected: str | None) -> str:
        if rejected is not None and self.signs_in == "silent":
            self.signs_in = "renewed"
            raise EhrSilent
        if rejected is not None and self.signs_in == "over":
            self.over = True
        if self.over:
            raise SignInNeeded
        if rejected == self.text:
            self.count += 1
        return self.text


@dataclass
class Report:
    """What became of it all. wrong: complaints, each beginning with its name; state: of the write itself."""

    wrong: list[str] = field(default_factory=list)
    state: EffectState | None = None
    sent: int = 0


@dataclass
class World:
    """A store, a clock, and one EHR as one site has it. Implements flow.ports.Ehrs and Notices."""

    site: str
    server: Server
    database: Database
    pages: Pages
    elsewhere: "Elsewhere"
    clock: Clock = field(default_factory=Clock)
    tokens: dict[str | None, Token] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store, self.outbox = SqlStore(self.database), SqlOutbox(self.database)
        self.transport = Transport(allow_loopback=True, limits=SHORT)
        self.capability = fetch_capability(self.server.base, Transport(allow_loopback=True))
        self.chart = self.server.store.snapshot()
        self.count = 0
        self.meddles_with: str | None = None
        self.armed = False  # whether the write itself is next to be driven
        served = self.server.faults.app
        self.server.faults.app = lambda environ, start: self._meddle(environ) or served(environ, start)

    def for_effect(self, tenant: str, session_id: str | None, *, now: datetime) -> FhirEhr:
        """Return the EHR; once after a refused token a SignInNeeded, then the person has signed in."""
        token = self.tokens.setdefault(session_id, Token())
        if token.over:
            token.over, token.count = False, token.count + 1
            raise SignInNeeded
        return FhirEhr(
            self.server.base,
            self.transport,
            token,
            capability=self.capability,
            scopes=ALL,
            profile=SiteProfile(**SITES[self.site][1]),
            fhir_user="Practitioner/doc-1",
            patient=None,
            zone="America/Chicago",
        )

    def standing(self, tenant: str, case_id: str):
        """Return the case, as a notice is told only while it is so."""
        return self.store.case(tenant, case_id)

    def drain(self) -> int:
        """Drain once, and wait for what the EHR still works at though nobody listens."""
        tried = drain(self.outbox, self, self, None, self, now=self.clock, jitter=lambda: 0.9)
        until = time.monotonic() + 5
        while any(each["fault"] == "delay" and each["status"] is None for each in self.server.faults.log):
            assert time.monotonic() < until, "the EHR never ended"
            time.sleep(0.01)
        return tried

    def settle(self) -> None:
        """Drain until nothing is left to do: on a busy machine an answer may come too late, which is a fault too."""
        self.drain()
        while (due := self.outbox.earliest_due()) is not None and due - self.clock() < LONGEST:
            self.clock.time = max(self.clock(), due)
            self.drain()

    def _meddle(self, environ: dict) -> None:
        """Change, once and as somebody else, the resource that is just being written."""
        kind, _, key = environ["PATH_INFO"].removeprefix("/fhir/").partition("/")
        if environ["REQUEST_METHOD"] == "PUT" and kind == self.meddles_with:
            self.meddles_with = None
            self.server.store.put({**self.server.store.read(kind, key), "language": "en-US"})

    def begin(self) -> str:
        """Put the EHR back and the clock; return the name of a new case with a live booking."""
        self.server.faults.clear()
        self.server.store.restore(self.chart)
        self.tokens.clear()
        self.armed = False
        self.clock.time = NOW
        self.count += 1
        return f"case-{id(self)}-{self.count}"

    def open(self, case: str, *effects: Effect, session: str = "s1") -> None:
        """Keep a case with its booking and these effects."""
        booking = next((each.booking for each in effects if hasattr(each, "booking")), None)
        kept = replace(a_case(case), tenant=TENANT, state=CaseState.OPEN)
        if isinstance(effects[0], TellClinician):
            booking = effects_of(case, self.site)["booked"]().booking
        if booking is not None:
            booking = replace(booking, clinician=replace(SURGEON, reference=f"Practitioner/{case}"))
            kept = replace(kept, state=CaseState.BOOKED, booking=booking)
        self.store.save(kept, effects=effects, seen=None, session_id=session, now=self.clock())

    def add(self, case: str, *effects: Effect) -> None:
        """Queue more effects of a case."""
        kept = self.store.case(TENANT, case)
        self.store.save(kept, effects=effects, seen=kept.version, session_id="s1", now=self.clock())

    def state(self, case: str, effect: Effect) -> EffectState:
        """Return where an effect stands, as the case's page shows it."""
        return next(each for each in self.store.effects_of(TENANT, case) if each.key == effect.key)

    def of(self, effect: Effect) -> list[dict]:
        """Return what stands in the EHR of one effect; answers carry the identifier of their latest version only."""
        return [each for kind in OURS for each in self.server.store.all(kind) if self._carried(each, effect.key)]

    def _carried(self, resource: dict, key: str) -> bool:
        versions = self._versions(resource) if resource["resourceType"] == "QuestionnaireResponse" else (resource,)
        return any(carries(each, key) for each in versions)

    def run(self, write: WriteKind, script: Script) -> Report:
        """Do one write under one fault until it has settled."""
        case = self.begin()
        make = effects_of(case, self.site)
        before = [make[each]() for each in write.before]
        effect, follower = make[write.makes](), make[write.after]() if write.after else None
        if before:
            self.open(case, *before)
            self.settle()
            assert {"confirmed"} == {self.state(case, each).state for each in before}
            self.clock.time = NOW
            self.add(case, *filter(None, (effect, follower)))
        else:
            self.open(case, *filter(None, (effect, follower)))
        beside, other = _bystander(case, write, self.site), f"{case}-beside"
        self.open(other, beside, session="s2")
        self.tokens["s1"] = Token(script.signs_in)
        self.server.faults.log.clear()
        self.elsewhere.heard.clear()
        for each in script.faults(write.method, write.kind, elsewhere=self.elsewhere.base):
            self.server.faults.add(each)
        self.meddles_with = write.kind if script.meanwhile else None
        self.armed = True
        with _listening() as heard:
            report = self._drive(case, effect, follower, (other, beside), write, script)
        report.wrong += [f"elsewhere: {each} was asked of another server" for each in self.elsewhere.heard]
        report.wrong += [f"leak: {word}" for word in (*PRIVATE, self.tokens["s1"].text) if word in str(heard)]
        return report

    def _drive(self, case, effect, follower, beside, write: WriteKind, script: Script) -> Report:
        report, first, told = Report(), True, None
        while True:
            self.drain()
            state = self.state(case, effect)
            if told != state.state:  # at the first, at every change and so at the end
                told = state.state
                report.wrong += self.unshown(case)
            if first:
                report.wrong += self._after_the_first(state, *beside, script)
                first = False
            if follower and state.state not in ENDED and self.state(case, follower).attempts:
                report.wrong.append("order: what follows began before this had ended")
            report.wrong += self._twice(case)
            due = self.outbox.earliest_due()
            if report.wrong or due is None or due - NOW > LONGEST:
                break
            self.clock.time = max(due, self.clock() + (ROUND if script.ends == "away" else timedelta(0)))
        report.state = state
        report.sent = [(each["method"], each["path"].split("/")[2]) for each in self.server.faults.log].count(
            (write.method, write.kind)
        )
        report.wrong += self._judge(case, effect, follower, write, script, report)
        return report

    def _after_the_first(self, state: EffectState, other: str, beside: Effect, script: Script) -> list[str]:
        # On a busy machine its answer may come too late; tried it was.
        wrong = [] if self.state(other, beside).attempts else ["held up: another case waits too"]
        if script.pause and state.state not in ENDED:
            least, most = script.pause
            waits = (state.due_at - NOW).total_seconds()
            if not least <= waits <= most:
                wrong.append(f"{'early' if waits < least else 'late'}: {waits} s, not {least} to {most}")
        return wrong

    def unshown(self, case: str) -> list[str]:
        """Return what the case's page does not say of its writes, or says in a way that no person can read."""
        return self.pages.wrong(case, self.store.effects_of(TENANT, case), now=self.clock())

    def _twice(self, case: str) -> list[str]:
        keys = [each.key for each in self.store.effects_of(TENANT, case)]
        everything = [each for kind in OURS for each in self.server.store.all(kind)]
        return [f"twice: {key}" for key in keys if sum(carries(each, key) for each in everything) > 1]

    def _judge(self, case, effect, follower, write: WriteKind, script: Script, report: Report) -> list[str]:
        wrong = [] if report.state.state in _may_end(self.site, write, script) else [_told("lost", report.state)]
        wrong += self._truth(effect, report.state, script)
        if script.meanwhile and not any(each.get("language") == "en-US" for each in self.server.store.all(write.kind)):
            wrong.append("overwritten: what somebody else wrote meanwhile is gone")
        if follower:
            state = self.state(case, follower)
            wrong += self._truth(follower, state, script)
            if report.state.state == "confirmed" and script.ends != "away" and state.state not in ENDED:
                wrong.append(_told("lost: what follows", state))
            if report.state.state in ENDED and not state.attempts:
                wrong.append(_told("held up: what follows", state))
        return wrong

    def _truth(self, effect: Effect, state: EffectState, script: Script) -> list[str]:
        if state.state != "confirmed":
            if state.attempts == 0:
                return []
            words = state.say or ""
            wrong = [f"leak: {word}" for word in PRIVATE if word in words]
            if state.state in ENDED and not any(each in words for each in TO_DO):
                wrong.append(_told("mute", state))
            if state.state == "rejected" and self._is_so(effect, self._where(effect)):
                wrong.append(_told("lie: it stands", state))
            return wrong
        found = self._where(effect, state.reference)
        if found is None or not self._is_so(effect, found):
            return [_told("lie: it does not stand there", state)]
        if (
            "slots" in self.site
            and sum(each["status"] == "booked" for each in self.server.store.all("Appointment")) > 1
        ):
            if "old time stays" not in (state.how or ""):
                return [_told("twice: the old time is booked too", state)]
        may_stay = (
            self.site == "oracle-like"
            or script.ends != "passes"
            or script.on_look is not None
            or script.signs_in == "over"
        )
        told = "older note" in (state.how or "") and may_stay
        if isinstance(effect, WriteDocument) and effect.replaces_key and not told and script.ends != "away":
            old = replace(effect, key=effect.replaces_key)
            if any(
                each["resourceType"] == "DocumentReference"
                and each["status"] == "current"
                and not carries(each, effect.key)
                for each in self.of(old)
            ):
                return [_told("lie: the older note is current", state)]
        return []

    def _where(self, effect: Effect, reference: str | None = None) -> dict | None:
        standing = self.of(effect)
        if _changes(effect):  # a move into another slot is an appointment of its own, to which the next change is made
            keys = [f"{effect.appointment_key}/1", effect.appointment_key]
            standing += [each for key in keys for each in self.of(replace(effect, key=key))]
        wanted = [each for each in standing if reference in (None, f"{each['resourceType']}/{each['id']}")]
        return wanted[0] if wanted else None

    def _is_so(self, effect: Effect, resource: dict | None) -> bool:
        if resource is None:
            return False
        if not _changes(effect) or resource["resourceType"] == "Communication":
            return self._carried(resource, effect.key)
        newer = [each for each in self._versions(resource) if _has_change(each, effect)]
        return bool(newer)

    def _versions(self, resource: dict) -> tuple[dict, ...]:
        return self.server.store.history(resource["resourceType"], resource["id"])


def _changes(effect: Effect) -> bool:
    return isinstance(effect, ChangeAppointment)


def _has_change(resource: dict, effect: ChangeAppointment) -> bool:
    return (has_task_change if resource["resourceType"] == "Task" else has_change)(resource, effect)


def _told(name: str, state: EffectState) -> str:
    return f"{name}: {state.kind} {state.state} after {state.attempts} ({state.how or state.say})"


def can_look(site: str, kind: str) -> bool:
    """Whether the EHR lets us look for what we wrote of a type; Oracle's messages cannot be found again."""
    return site != "oracle-like" or kind != "Communication"


def _may_end(site: str, write: WriteKind, script: Script) -> tuple[str, ...]:
    unlookable = script.lost and write.method == "POST" and not can_look(site, write.kind)
    if write.effect:  # the new note stands, whatever becomes of the older
        return ("confirmed", "dead") if script.ends == "away" else ("confirmed",)
    if script.ends == "away":
        return ("dead", "waiting") if script.signs_in else ("dead",)
    if script.ends == "passes":
        return ("confirmed", "dead") if unlookable else ("confirmed",)
    lower = (write.makes == "booked" and write.kind != "Communication") or write.kind == "DocumentReference"
    lower = lower or (write.kind == "QuestionnaireResponse" and write.method == "PUT")  # then they stand beside
    # A message about a call goes without its calendar file where that may be what was refused.
    files = write.kind == "Communication" and SITES[site][1].get("communication_files")
    plain = files and (script.on or {}).get("code") not in (403, 404)
    return ("confirmed",) if (lower or plain) and not script.withheld else ("rejected",)


def _bystander(case: str, write: WriteKind, site: str) -> Effect:
    about = () if not site.startswith("full") else ("ClaimResponse/cr-1",)
    if "forms" in site:  # neither documents nor messages there
        return effects_of(f"{case}-beside", site)["booked"]()
    if write.kind == "DocumentReference":
        return write_communication(key=f"demo/{case}-beside/m", target=f"{case}-beside", about=about)
    return write_document(
        key=f"demo/{case}-beside/d", target=f"{case}-beside", about=about, encounter="Encounter/enc-1"
    )


@contextmanager
def _listening() -> Iterator[list]:
    """Yield everything that is logged in the block, by us and by libraries; the EHR's own lines are not ours."""
    heard: list[object] = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: None if record.name == "werkzeug" else heard.append(record.getMessage())
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        with capture_logs() as ours:
            yield heard
        heard += ours
    finally:
        root.removeHandler(handler)


@dataclass
class Elsewhere:
    """Another server, to which an EHR may send us; it takes what it gets and notes that it was asked."""

    base: str
    heard: list[str]


@contextmanager
def somewhere_else() -> Iterator[Elsewhere]:
    """Run such a server."""
    heard: list[str] = []

    class Taking(BaseHTTPRequestHandler):
        def _take(self) -> None:
            heard.append(self.command)
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = _take

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Taking) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield Elsewhere(f"http://127.0.0.1:{http.server_port}", heard)
        http.shutdown()
        thread.join()


@contextmanager
def a_world(site: str, database: Database, pages: Pages | None = None) -> Iterator[World]:
    """Run the EHR of a site for as long as the block lasts."""
    form = {"id": "form", **questionnaire(FORM)}
    free = (a_slot("fits"), a_slot("tempts"), a_slot("later", LATER), a_slot("tempts-later", LATER))
    slots = (a_schedule("sch-1", "doc-1"), *free) if "slots" in site else ()
    with serve(SITES[site][0], *the_chart(), form, *slots) as server, somewhere_else() as elsewhere:
        yield World(site, server, database, pages or Pages(database), elsewhere)


__all__ = ["FOREVER", "SCRIPTS", "Report", "World", "a_world", "can_look"]
