"""
What is written elsewhere than in an EHR: the payer's book and post, the clinician's mail and calendar.

Each way has a real counterpart (aiosmtpd, Radicale behind a proxy, the sandbox's payer), what may befall it there, and
what stands there afterwards.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import requests
from werkzeug.serving import make_server

from app.core.effects import AskPayer, Effect, WriteEvent
from app.core.interval import Interval
from app.edges.calendars import Connected, ConnectedCalendars
from app.edges.calendars.caldav import CalDavCalendar, dav_endpoint
from app.edges.fhir.identifiers import carries, value_of_key
from app.edges.http import Limits, MailRelay, Transport
from app.edges.notices import MailNotices, Teller
from app.edges.payers import Mailer, PayerEndpoint, PublishedDesk, Recipient
from launch.sandbox.faults import Fault, Faults
from tests.edges.calendars.test_caldav import CREDENTIAL
from tests.edges.effects import tell_payer
from tests.edges.ehr_server import NOW, serve
from tests.edges.mail_server import Mood, mail_server, papers
from tests.edges.store.builders import SURGEON
from tests.flow.fault_list import FOREVER
from tests.flow.fault_writes import a_notice, effects_of

SHORT = Limits(connect_seconds=2, read_seconds=1.0, total_seconds=2.0)
US, THEM = "parley@hospital.example", "p2p@payer.example"
SLUG = "unitedhealthcare"


@dataclass(frozen=True)
class Befalls:
    """One fault. ends: passes | refused | unsure (of what cannot be asked for) | away; told: to whoever spoils."""

    ends: str
    told: Mapping[str, object]
    more: Mapping[str, object] | None = None  # and to what is asked when it is looked for


@dataclass
class Way:
    """One way to the world. spoil: sets a fault; standing: how often an effect stands there; ports: of `drain`."""

    effect: Callable[[str], Effect]
    faults: Mapping[str, Befalls]
    spoil: Callable[[Befalls], None]
    standing: Callable[[Effect], int]
    ports: Mapping[str, object]
    before: Callable[[str], Effect] | None = None
    gone: bool = False  # the effect takes something away


# -- mail ----------------------------------------------------------------------------------------------------
@dataclass
class Moody(Mood):
    """A mail server that is in a mood for so many messages only. mood: a step's answer, "drop", "hang up" or "wait"."""

    mood: str = ""
    at: str = ""
    times: int = 0

    def _now(self, step: str) -> str:
        if self.at != step or self.times <= 0:
            return ""
        self.times -= 1
        return self.mood

    async def handle_MAIL(self, server, session, envelope, address, options):
        mood = self._now("MAIL")
        if mood == "hang up":
            server.transport.close()
        envelope.mail_from = address
        return mood or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self._now("RCPT") or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mood = self._now("DATA")
        if not mood or not mood[0].isdigit():
            self.kept.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        if mood == "drop":
            server.transport.close()
        if mood == "wait":
            time.sleep(1.5)
        return mood if mood[:1].isdigit() else "250 OK"


def _mood(ends: str, at: str, mood: str, times: int = 1) -> Befalls:
    return Befalls(ends, {"at": at, "mood": mood, "times": times})


MAIL = {
    "none": _mood("passes", "", ""),
    "451 at the sender": _mood("passes", "MAIL", "451 try later"),
    "hangs up before the text": _mood("passes", "MAIL", "hang up"),
    "450 at the recipient, three times": _mood("passes", "RCPT", "450 greylisted", 3),
    "550 at the recipient": _mood("refused", "RCPT", "550 no such user Ann Family"),
    "452 after the text": _mood("passes", "DATA", "452 full"),
    "554 after the text": _mood("refused", "DATA", "554 refused: Ann Family"),
    "hangs up after the text": _mood("unsure", "DATA", "drop"),
    "never answers after the text": _mood("unsure", "DATA", "wait"),
    "451 for ever": _mood("away", "MAIL", "451 try later", FOREVER),
}


@contextmanager
def mail(folder: Path, standing_case: Callable) -> Iterator[Mapping[str, Way]]:
    """Yield a request to a payer and a notice to a clinician, both by mail. standing_case: as Teller's."""
    own, mood = papers(folder, "mail"), Moody()
    with mail_server(mood, own) as port:
        relay = MailRelay("localhost", port, ca_file=str(own.certificate), seconds=1.0)
        mailer = Mailer(relay, {"payer": Recipient(THEM)}, sender=US, clock=lambda: NOW)

        def spoil(fault: Befalls) -> None:
            mood.kept.clear()
            mood.at, mood.mood, mood.times = (fault.told[each] for each in ("at", "mood", "times"))

        def standing(effect: Effect) -> int:
            return sum(value_of_key(effect.key).encode() in content for _, _, content in mood.kept)

        def ask(case: str) -> Effect:
            return AskPayer(f"demo/{case}/ask", f"{case}/ask", case, "payer", "message", THEM, "A call", "We ask.")

        def notice(case: str) -> Effect:
            booking = effects_of(case, "full")["booked"]().booking
            return replace(a_notice(case, booking), way="mail", to="dr@hospital.example", key=f"{case}/booked/mail/own")

        told = Teller({"mail": MailNotices(relay, sender=US, clock=lambda: NOW)}, standing=standing_case)
        yield {
            "payer's mail": Way(ask, MAIL, spoil, standing, {"payers": mailer}),
            "clinician's mail": Way(notice, MAIL, spoil, standing, {"notices": told}),
        }


# -- over HTTP -----------------------------------------------------------------------------------------------
def _told(ends: str, do: str = "status", more: Mapping[str, object] | None = None, **told: object) -> Befalls:
    return Befalls(ends, {"do": do, **told}, more)


def _errors(severity: str) -> str:
    return f'{{"resourceType": "OperationOutcome", "issue": [{{"severity": "{severity}", "code": "exception"}}]}}'


HTTP = {
    "401 once": _told("passes", code=401),
    "403": _told("refused", code=403),
    "429 in seconds": _told("passes", code=429, headers={"Retry-After": "120"}),
    "429 in nonsense": _told("passes", code=429, headers={"Retry-After": "soon"}),
    "500": _told("passes", code=500),
    "502 as a page": _told("passes", code=502, body="<h1>Ann Family</h1>", headers={"Content-Type": "text/html"}),
    "503, three times": _told("passes", code=503, times=3),
    "504 after commit": _told("passes", "commit-then-status", code=504),
    "dropped before": _told("passes", "drop-before"),
    "dropped after commit": _told("passes", "commit-then-drop"),
    "dropped after commit, look 503": _told("passes", "commit-then-drop", {"code": 503, "times": 4}),
    "reset in the middle": _told("passes", "reset-after-headers"),
    "slow": _told("passes", "delay", seconds=1.6),
    "307 elsewhere": _told("passes", code=307, headers={"Location": "https://other.example/"}),
    "503 for ever": _told("away", code=503, times=FOREVER),
}
EVENT = HTTP | {"412": _told("passes", code=412), "507": _told("passes", code=507), "413": _told("refused", code=413)}
SLOT = HTTP | {
    "422": _told("refused", code=422, body=_errors("error")),
    "200 with errors": _told("passes", code=200, body=_errors("error")),
    "200 as a page": _told("passes", "html-200"),
    "truncated": _told("passes", "truncate"),
    "empty 201, no Location": _told("passes", "empty-201", without=("Location", "ETag")),
}


def _spoiler(faults: Faults, methods: tuple[str, ...], place: str, look: str) -> Callable[[Befalls], None]:
    def spoil(fault: Befalls) -> None:
        faults.clear()
        for method in methods:
            faults.add(Fault(**{"method": method, "type": place, **fault.told}))
        if fault.more:
            faults.add(Fault(**{"do": "status", "method": look, "type": place, **fault.more}))

    return spoil


class _Wall:
    """The time as it is."""

    def now(self) -> datetime:
        return datetime.now().astimezone()


def _forward(base: str) -> Callable:
    """Return a WSGI app that asks another server."""

    def app(environ: dict, start_response: Callable) -> list[bytes]:
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        headers |= {"Content-Type": environ.get("CONTENT_TYPE", ""), "Accept-Encoding": "identity"}
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        url = f"{base}{environ['PATH_INFO']}"
        answer = requests.request(environ["REQUEST_METHOD"], url, data=body, headers=headers, timeout=10)
        kept = {"content-type", "etag", "location"}
        told = [(name, value) for name, value in answer.headers.items() if name.lower() in kept]
        start_response(f"{answer.status_code} X", [*told, ("Content-Length", str(len(answer.content)))])
        return [answer.content]

    return app


@contextmanager
def _served(app: Callable) -> Iterator[str]:
    http = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@contextmanager
def calendar(dav) -> Iterator[Mapping[str, Way]]:
    """Yield the call put into a calendar of a real server, and taken out again."""
    path = f"/doc/{uuid4().hex[:8]}/"
    dav.make(path)
    faults = Faults(_forward(dav.base), _Wall())
    with _served(faults) as base:
        transport = Transport(allow_loopback=True, limits=SHORT)
        ours = CalDavCalendar(
            f"{base}{path}",
            dav_endpoint(base, transport, lambda _: CREDENTIAL),
            name="calls",
            zone="America/Chicago",
        )
        ports = {"calendars": ConnectedCalendars(lambda *_: Connected([ours], ours, ()))}

        def event(case: str, change: str = "booked") -> WriteEvent:
            key = f"demo/{case}/event"
            start = NOW + timedelta(days=9)
            return WriteEvent(
                f"{key}/{change}", f"{case}/event", key, case, SURGEON,
                Interval(start, start + timedelta(minutes=20)), change, f"Call {case}",
            )  # fmt: skip

        def standing(effect: Effect) -> int:
            held = requests.get(f"{dav.base}{path}", timeout=10).text  # the whole collection as one calendar
            return len(re.findall(rf"^SUMMARY:{effect.title}\r?$", held, re.MULTILINE))

        spoil = _spoiler(faults, ("PUT", "DELETE"), "/doc", "GET")
        yield {
            "event put": Way(event, EVENT, spoil, standing, ports),
            "event taken out": Way(
                lambda case: event(case, "removed"), HTTP, spoil, standing, ports, before=event, gone=True
            ),
        }


@contextmanager
def payers_book() -> Iterator[Mapping[str, Way]]:
    """Yield a slot taken in the sandbox payer's book, and given back."""
    with serve("full") as server:
        base = f"{server.origin}/payer/{SLUG}/fhir"
        desk = PublishedDesk({"payer": PayerEndpoint(base, True)}, Transport(allow_loopback=True, limits=SHORT))
        slots = iter(desk.windows("payer", Interval(NOW, NOW + timedelta(days=21)), now=NOW))
        taken: dict[str, str] = {}

        def tell(case: str, change: str = "booked") -> Effect:
            if case not in taken:
                taken[case] = next(slots).slot
            named = {"key": f"demo/{case}/payer/{change}", "target": f"{case}/payer"}
            return tell_payer(taken[case], change, booking_id=case, case_number=case, **named)

        def standing(effect: Effect) -> int:
            found = server.payer.stores[SLUG].all("Appointment")
            return sum(each["status"] == "booked" and carries(each, _name(effect)) for each in found)

        spoil = _spoiler(server.faults, ("POST", "PUT"), "/payer", "GET")
        ports = {"payers": desk}
        yield {
            "slot taken": Way(tell, SLOT, spoil, standing, ports),
            "slot given back": Way(
                lambda case: tell(case, "cancelled"), SLOT, spoil, standing, ports, before=tell, gone=True
            ),
        }


def _name(effect: Effect) -> str:
    return f"payer/{effect.payer_slot}/{effect.booking_id}"
