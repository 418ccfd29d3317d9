"""A FHIR client over a small store, with whatever scopes a test gives it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask

from launch.sandbox.clock import Clock
from launch.sandbox.config import SandboxConfig
from launch.sandbox.control import install_controls
from launch.sandbox.fhir_server import fhir_blueprint
from launch.sandbox.grants import Grant, Unauthorized, parse_scopes
from launch.sandbox.store import Store

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
BASE = "http://localhost:8571/fhir"


def patient(key, **more):
    return {"resourceType": "Patient", "id": key, "name": [{"family": f"Family-{key}", "given": ["Ann"]}], **more}


def reference(to, **more):
    return {"reference": to, **more}


def observation(key, of="pat-1", *, code="8302-2", at="2026-02-01T10:00:00Z", **more):
    return {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": reference(f"Patient/{of}"),
        "effectiveDateTime": at,
        **more,
    }


def appointment(of="pat-1", **more):
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-03-04T15:00:00Z",
        "end": "2026-03-04T15:20:00Z",
        "participant": [{"actor": reference(f"Patient/{of}"), "status": "accepted"}],
        **more,
    }


def document(of="pat-1", **more):
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        "subject": reference(f"Patient/{of}"),
        "author": [reference("Practitioner/doc-1")],
        "content": [{"attachment": {"contentType": "text/plain", "data": "b3V0Y29tZQ=="}}],
        **more,
    }


def people():
    yield patient("pat-1", birthDate="1980-05-06", gender="female")
    yield patient("pat-2", birthDate="1971-01-01", gender="male")
    yield {"resourceType": "Practitioner", "id": "doc-1", "name": [{"family": "Müller", "given": ["José"]}]}
    yield {"resourceType": "Encounter", "id": "enc-1", "status": "finished", "class": {"code": "AMB"}} | {
        "subject": reference("Patient/pat-1")
    }


@dataclass
class FhirClient:
    """One caller. scopes: of its token; patient: in context; None as scopes is no token."""

    app: Flask
    store: Store
    clock: Clock
    scopes: str | None = "user/*.cruds"
    patient: str | None = None
    headers: dict = field(default_factory=dict)

    def call(self, method, path, *, headers=None, **more):
        sent = {"Authorization": f"{self.patient or '-'} {self.scopes}"} if self.scopes is not None else {}
        path = path.removeprefix(BASE).removeprefix("/")
        url = f"/fhir/{path}" if path else "/fhir"
        return self.app.test_client().open(url, method=method, headers=sent | self.headers | (headers or {}), **more)

    def get(self, path, **headers):
        return self.call("GET", path, headers=_spelled(headers))

    def post(self, path, resource, **headers):
        return self.call("POST", path, json=resource, headers=_spelled(headers))

    def put(self, path, resource, **headers):
        return self.call("PUT", path, json=resource, headers=_spelled(headers))

    def patch(self, path, operations, **headers):
        as_patch = {"content_type": "application/json-patch+json"}
        return self.call("PATCH", path, json=operations, headers=_spelled(headers), **as_patch)

    def search(self, path, **headers):
        """Return the searchset; the search must have been accepted."""
        got = self.get(path, **headers)
        assert 200 == got.status_code, got.text
        return got.get_json(force=True)

    def ids(self, path):
        return [entry["resource"]["id"] for entry in entries(self.search(path), "match")]

    def as_patient(self, key, scopes):
        return FhirClient(self.app, self.store, self.clock, scopes, key)


def _spelled(headers):
    return {name.replace("_", "-"): value for name, value in headers.items()}


def entries(bundle, mode):
    return [entry for entry in bundle.get("entry", []) if entry.get("search", {}).get("mode") == mode]


def link(bundle, relation):
    return next((one["url"] for one in bundle["link"] if one["relation"] == relation), None)


def problem(got):
    """Return (status, issue code) of a refusal, which must be an OperationOutcome."""
    body = got.get_json(force=True)
    assert "OperationOutcome" == body["resourceType"]
    return got.status_code, body["issue"][0]["code"]


def below(location):
    """Return what of a Location stands below the FHIR base."""
    assert location.startswith(BASE + "/"), location
    return urlsplit(location).path.removeprefix("/fhir/").partition("/_history")[0]


def a_server(profile="full", *resources, **config):
    """Return a client of a fresh server that holds two patients, a practitioner, an encounter and these."""
    clock = Clock(lambda: NOW)
    store = Store(clock)
    for resource in (*people(), *resources):
        store.put(resource)
    app = Flask("ehr")
    settings = SandboxConfig(profile=profile, clock=clock, load_stories=False, **config)
    app.register_blueprint(fhir_blueprint(store, settings, _grant_of))
    install_controls(app, store, clock)
    return FhirClient(app, store, clock)


def _grant_of(header):
    """Read a grant from a made-up header `patient scopes`; the real one is A's, tested in test_authorize."""
    if not header:
        raise Unauthorized("no access token")
    key, _, scopes = header.partition(" ")
    words = frozenset(parse_scopes(scopes))
    return Grant("client-1", words, None if key == "-" else key, "Practitioner/doc-1", system="system/" in scopes)
