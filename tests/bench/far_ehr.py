"""
An EHR thirty milliseconds away: two hundred payers' answers with what stands around them, every answer ready as bytes.

`python -m tests.bench.far_ehr WAY` prints its port. WAY says what it offers: include (forth and back, in turn), forth
(requests and patients alone), batch, or reads alone. It counts what it is asked: GET /asked.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from tests.answers import answer, line

CASES, PATIENTS, PAYERS, CLINICIANS = 200, 130, 9, 24
AWAY = 0.03  # seconds
FORTH = {
    "ClaimResponse": ["request", "patient", "insurer"],
    "Claim": ["provider", "care-team"],
    "Coverage": ["payor"],
}
BACK = {"Patient": ["Coverage:beneficiary"]}


def resources() -> dict[str, dict]:
    """Return everything in it by "Type/ID"."""
    made = [
        *({"resourceType": "Organization", "id": f"payer-{n}", "name": f"Payer {n}"} for n in range(PAYERS)),
        *({"resourceType": "Practitioner", "id": f"doc-{n}", "name": [{"family": f"D{n}"}]} for n in range(CLINICIANS)),
        *({"resourceType": "Patient", "id": f"pat-{n}", "name": [{"family": f"P{n}"}]} for n in range(PATIENTS)),
    ]
    for n in range(PATIENTS):
        payor = [{"reference": f"Organization/payer-{n % PAYERS}"}]
        whose = {"reference": f"Patient/pat-{n}"}
        made.append({"resourceType": "Coverage", "id": f"cov-{n}", "beneficiary": whose, "payor": payor})
    for n in range(CASES):
        made += _case(n)
    return {f"{each['resourceType']}/{each['id']}": each for each in made}


def _case(n: int) -> list[dict]:
    patient, payer = {"reference": f"Patient/pat-{n % PATIENTS}"}, {"reference": f"Organization/payer-{n % PAYERS}"}
    claim = {
        "resourceType": "Claim",
        "id": f"claim-{n}",
        "use": "preauthorization",
        "patient": patient,
        "insurer": payer,
        "provider": {"reference": f"Practitioner/doc-{n % CLINICIANS}"},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/cov-{n % PATIENTS}"}}],
        "item": [{"sequence": 1}],
    }
    around = {"patient": patient, "insurer": payer, "request": {"reference": f"Claim/claim-{n}"}}
    return [claim, answer(line(1, "A3", "0F"), id=f"answer-{n}", **around)]


def _offered(kind: str, way: str) -> dict:
    forth = FORTH if way == "include" else {"ClaimResponse": ["request", "patient"]} if way == "forth" else {}
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchInclude": [f"{kind}:{each}" for each in forth.get(kind, ())],
        "searchRevInclude": BACK.get(kind, []) if way == "include" else [],
        "searchParam": [{"name": "use", "type": "token"}, {"name": "_count", "type": "number"}],
    }


class _Ehr:
    """What it holds and offers."""

    def __init__(self, way: str) -> None:
        self.held = resources()
        self.asked = 0
        rest = [_offered(kind, way) for kind in sorted({each.partition("/")[0] for each in self.held})]
        batches = [{"code": "batch"}] if way in ("batch", "forth", "include") else []
        modes = [{"mode": "server", "resource": rest, "interaction": batches}]
        self.statement = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": modes}
        self.ready = {f"/{name}": json.dumps(each).encode() for name, each in self.held.items()}
        self.ready["/metadata"] = json.dumps(self.statement).encode()
        beside = ("ClaimResponse", "Claim", "Patient") if way in ("forth", "include") else ("ClaimResponse",)
        self.ready["/ClaimResponse"] = self._searchset(lambda each: each["resourceType"] in beside)
        self.whole = self._searchset(lambda _: True)

    def search(self, asked: str) -> bytes:
        """Return the answers, with all that stands around them where the back include was asked for."""
        return (
            self.whole if "_revinclude:iterate=Coverage:beneficiary" in unquote(asked) else self.ready["/ClaimResponse"]
        )

    def _searchset(self, wanted: Callable[[dict], bool]) -> bytes:
        entries = [{"resource": each} for each in self.held.values() if wanted(each)]
        return json.dumps({"resourceType": "Bundle", "type": "searchset", "total": CASES, "entry": entries}).encode()

    def batch(self, asked: bytes) -> bytes:
        """Return the answers of a batch."""
        names = [each["request"]["url"] for each in json.loads(asked)["entry"]]
        entries = [{"response": {"status": "200"}, "resource": self.held[name]} for name in names]
        return json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": entries}).encode()


def _handler(ehr: _Ehr) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/asked":
                self._answer(str(ehr.asked).encode())
                return
            self._count_and_wait()
            self._answer(ehr.search(self.path) if path == "/ClaimResponse" else ehr.ready[path])

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            self._count_and_wait()
            self._answer(ehr.batch(asked))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _count_and_wait(self) -> None:
            ehr.asked += 1
            time.sleep(AWAY)

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(_Ehr(sys.argv[1])))
    server.daemon_threads = True
    print(server.server_port, flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever(0.05)
