"""
What networks and EHRs do to a write on bad days: each fault by name, how it is scripted, and how it must end.

ends: "passes" (the write must stand in the end), "refused" (for good: nothing stands, a person is told), "away" (for
longer than Parley tries). lost: nothing says whether the write was done. pause: seconds that are waited at least and
at most before the next request.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

from launch.sandbox.faults import Fault

CANARY = "Ann Family-pat-1 born 1980-05-06"  # what servers put into their diagnostics, and nobody may be shown
DAY = 86_400.0
FOREVER = 1_000_000


@dataclass(frozen=True)
class Script:
    """One fault; `on` is the write, `on_look` what is asked of the same type."""

    ends: str
    on: Mapping[str, object] | None = None
    on_look: Mapping[str, object] | None = None
    lost: bool = False
    pause: tuple[float, float] | None = None
    then: Mapping[str, object] | None = None  # what befalls the next try of the write
    signs_in: str = ""  # renewed | over | silent, then renewed: what becomes of the token that a 401 refuses
    meanwhile: bool = False  # someone else changes the resource between our reading and our writing
    withheld: bool = False  # the patient is withheld: no other place is tried
    of: str = ""  # POST | PUT: it can befall such a write only

    def faults(self, method: str, kind: str, *, elsewhere: str = "") -> list[Fault]:
        """Return what the server is told to do to a write by this method of this type; elsewhere: another's address."""
        script = []
        for nth, told in ((1, self.on), (2, self.then)):
            if told:
                headers = {name: _put(value, elsewhere) for name, value in told.get("headers", {}).items()}
                script.append(Fault(**{"method": method, "type": kind, "nth": nth, **told, "headers": headers}))
        return script + ([Fault(**{"method": "GET", "type": kind, **self.on_look})] if self.on_look else [])


def _status(code: int, **more: object) -> dict[str, object]:
    return {"do": "status", "code": code, **more}


def _issues(*codes: str, number: str | None = None, severity: str = "error") -> str:
    details = {"details": {"coding": [{"code": number}]}} if number else {}
    issues = [{"severity": severity, "code": code, "diagnostics": CANARY, **details} for code in codes]
    return json.dumps({"resourceType": "OperationOutcome", "issue": issues})


def _html(code: int) -> dict[str, object]:
    return _status(code, body=f"<h1>{CANARY}</h1>", headers={"Content-Type": "text/html"})


def _committed(code: int, **more: object) -> dict[str, object]:
    """Return what a gateway answers for a server that did the write."""
    return {"do": "commit-then-status", "code": code, **more}


def _busy(asked: str | None, least: float, most: float) -> Script:
    return Script("passes", _status(429, headers={} if asked is None else {"Retry-After": asked}), pause=(least, most))


def _put(value: str, elsewhere: str) -> str:
    """Return "in N" as an HTTP date of the server's own time, which it sends as Date; ELSEWHERE as that address."""
    value = value.replace("ELSEWHERE", elsewhere)
    return formatdate(time.time() + int(value[3:]), usegmt=True) if value.startswith("in ") else value


def _stays_refused() -> Script:
    return Script("away", {"do": "commit-then-drop"}, _status(403, times=FOREVER, **LOOK), lost=True)


def _nothing() -> str:
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []})


OWN = (0.5, 5.0)  # our own first pause, or the first look
LOOK = {"nth": 2}  # of a new write: the first look comes before anything is sent
REFUSED = {
    "400": Script("refused", _status(400, body=_issues("invalid"))),
    "400 break the glass": Script("refused", _status(400, body=_issues("security", number="4130")), withheld=True),
    "403": Script("refused", _status(403)),
    "403 as a page": Script("refused", _html(403)),
    "404": Script("refused", _status(404)),
    "405": Script("refused", _status(405)),
    "413": Script("refused", _status(413)),
    "415": Script("refused", _status(415)),
    "422 with an issue": Script("refused", _status(422, body=_issues("required"))),
    "422 with fifty issues": Script("refused", _status(422, body=_issues(*["business-rule", "required"] * 25))),
    "422 as a page": Script("refused", _html(422)),
    "501": Script("refused", _status(501)),
}
PASSING = {
    "401, token renewed": Script("passes", _status(401), signs_in="renewed"),
    "401, session over": Script("passes", _status(401), signs_in="over"),
    "401 before, session over": Script("passes", None, _status(401), signs_in="over"),
    "409": Script("passes", _status(409)),
    "409 four times": Script("passes", _status(409, times=4)),
    "412": Script("passes", _status(412)),
    "412 four times": Script("passes", _status(412, times=4)),
    "400 duplicate 59141": Script("passes", _status(400, body=_issues("duplicate", number="59141"))),
    "400 tomorrow 4135": Script("passes", _status(400, body=_issues("throttled", number="4135")), pause=(DAY, DAY)),
    "429 in seconds": _busy("120", 120, 120),
    "429 at a date": _busy("in 120", 118, 120),
    "429 at a past date": _busy("in -3600", *OWN),
    "429 at a date beyond all": _busy("Mon, 02 Mar 99999999999999999999 15:00:00 GMT", *OWN),
    "429 garbage": _busy("soon", *OWN),
    "429 garbage that looks like a number": _busy("--5", *OWN),
    "429 a fraction": _busy("1.5e3", *OWN),
    "429 negative": _busy("-30", *OWN),
    "429 huge": _busy("9" * 60, DAY, DAY),
    "429 empty": _busy("", *OWN),
    "429 missing": _busy(None, *OWN),
    "look 503": Script("passes", None, _status(503, times=5)),
    "look 429": Script("passes", None, _status(429, times=2, headers={"Retry-After": "77"})),
    "look truncated": Script("passes", None, {"do": "truncate", "times": 4}),
    "look as a page": Script("passes", None, {"do": "html-200", "times": 4}),
    "look dropped": Script("passes", None, {"do": "drop-before", "times": 4}),
    "changed meanwhile": Script("passes", meanwhile=True, of="PUT"),
    "empty 201": Script("passes", {"do": "empty-201"}),
    "401, token endpoint silent": Script("passes", _status(401), signs_in="silent"),
    "429, then 503": Script("passes", _status(429), then=_status(503), lost=True),
    "409, then 401, session over": Script("passes", _status(409), then=_status(401), signs_in="over"),
    "look dripping": Script("passes", None, {"do": "drip", "seconds": 0.2, "times": 2}),
    "look in broken gzip": Script("passes", None, {"do": "bad-gzip", "times": 4}),
    "look slow": Script("passes", None, {"do": "delay", "seconds": 0.8, "times": 2}),
}
LOST = {
    "408": Script("passes", _status(408), lost=True),
    "500": Script("passes", _status(500), lost=True),
    "500 four times": Script("passes", _status(500, times=4), lost=True),
    "502 as a page": Script("passes", _html(502), lost=True),
    "503": Script("passes", _status(503), lost=True),
    "503 with Retry-After": Script("passes", _status(503, headers={"Retry-After": "77"}), lost=True, pause=(77, 77)),
    "504": Script("passes", _status(504), lost=True),
    "504 after commit": Script("passes", _committed(504), lost=True),
    "500 after commit": Script("passes", _committed(500), lost=True),
    "429 after commit": Script("passes", _committed(429, headers={"Retry-After": "3"}), of="PUT"),
    "200 as a page after commit": Script(
        "passes", _committed(200, body=f"<p>{CANARY}</p>", headers={"Content-Type": "text/html"}), lost=True
    ),
    "200 with an outcome after commit": Script(
        "passes", _committed(200, body=_issues("informational", severity="information")), lost=True
    ),
    "200 with errors": Script("passes", _status(200, body=_issues("exception")), lost=True),
    "201 with errors and a place": Script(
        "passes", _status(201, body=_issues("exception"), headers={"Location": "Task/none"}), lost=True, of="POST"
    ),
    "201 after commit, placed elsewhere": Script(
        "passes",
        {"do": "empty-201", "headers": {"Location": "https://inside.example/fhir/Patient/7"}},
        lost=True,
        of="POST",
    ),
    "broken gzip": Script("passes", {"do": "bad-gzip"}, lost=True),
    "dripping": Script("passes", {"do": "drip", "seconds": 0.2}, lost=True),
    "503, then dropped after commit": Script("passes", _status(503), then={"do": "commit-then-drop"}, lost=True),
    "504 after commit, look dripping": Script(
        "passes", _committed(504), {"do": "drip", "seconds": 0.2, "times": 2, **LOOK}, lost=True
    ),
    "307 elsewhere": Script("passes", _status(307, headers={"Location": "ELSEWHERE"}), lost=True),
    "308 elsewhere": Script("passes", _status(308, headers={"Location": "ELSEWHERE"}), lost=True),
    "302 to a login": Script("passes", _status(302, headers={"Location": "https://other.example/in"}), lost=True),
    "200 as a page": Script("passes", {"do": "html-200"}, lost=True),
    "timeout": Script("passes", {"do": "delay", "seconds": 0.8}, lost=True),
    "dropped before": Script("passes", {"do": "drop-before"}, lost=True),
    "dropped after commit": Script("passes", {"do": "commit-then-drop"}, lost=True),
    "dropped after commit, five times": Script("passes", {"do": "commit-then-drop", "times": 5}, lost=True),
    "reset in the middle": Script("passes", {"do": "reset-after-headers"}, lost=True),
    "truncated": Script("passes", {"do": "truncate"}, lost=True),
    "truncated to nothing": Script("passes", {"do": "truncate", "bytes": 0}, lost=True),
    "empty 201, no Location": Script("passes", {"do": "empty-201", "without": ("Location", "ETag")}, lost=True),
    "201 for nothing": Script(
        "passes",
        _status(201, body="", headers={"Location": "https://other.example/fhir/Task/1"}),
        lost=True,
        of="POST",
    ),
    "lost, look 503": Script("passes", {"do": "commit-then-drop"}, _status(503, times=9, **LOOK), lost=True),
    "lost, look 403": Script("passes", {"do": "commit-then-drop"}, _status(403, times=6, **LOOK), lost=True),
    "lost, look 429": Script(
        "passes", {"do": "commit-then-drop"}, _status(429, times=3, headers={"Retry-After": "40"}, **LOOK), lost=True
    ),
    "lost, look truncated": Script(
        "passes", {"do": "commit-then-drop"}, {"do": "truncate", "times": 4, **LOOK}, lost=True
    ),
    "lost, session over": Script(
        "passes", {"do": "commit-then-drop"}, _status(401, **LOOK), lost=True, signs_in="over"
    ),
    "empty 201, no Location, session over": Script(
        "passes",
        {"do": "empty-201", "without": ("Location", "ETag")},
        _status(401, **LOOK),
        lost=True,
        signs_in="over",
    ),
    "empty 201, no Location, token endpoint silent": Script(
        "passes",
        {"do": "empty-201", "without": ("Location", "ETag")},
        _status(401, **LOOK),
        lost=True,
        signs_in="silent",
    ),
    "lost, search blind for a minute": Script(
        "passes",
        {"do": "commit-then-drop"},
        _status(200, body=_nothing(), times=2, **LOOK),
        lost=True,
        of="POST",
    ),
}
AWAY = {
    "503 for ever": Script("away", _status(503, times=FOREVER), lost=True),
    "409 for ever": Script("away", _status(409, times=FOREVER)),
    "429 for ever": Script("away", _status(429, times=FOREVER)),
    "unreachable for ever": Script(
        "away", {"do": "drop-before", "times": FOREVER}, {"do": "drop-before", "times": FOREVER}, lost=True
    ),
    "lost, look 403 for ever": _stays_refused(),
    "401 for ever": Script("away", _status(401, times=FOREVER), signs_in="over"),
}
SCRIPTS: dict[str, Script] = {**REFUSED, **PASSING, **LOST, **AWAY}
