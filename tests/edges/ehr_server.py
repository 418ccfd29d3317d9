"""A real EHR to talk to over sockets: the sandbox's FHIR server and payers, at a fixed time, with faults on request."""

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from werkzeug.serving import make_server

from app.edges.ehr import FhirEhr, SiteProfile, fetch_capability
from app.edges.fhir.capability import read_capability
from app.edges.http import Limits, Transport
from launch.sandbox.clock import Clock
from launch.sandbox.config import SandboxConfig
from launch.sandbox.control import install_controls
from launch.sandbox.faults import Fault
from launch.sandbox.fhir_server import fhir_blueprint
from launch.sandbox.grants import Grant, Unauthorized, parse_scopes
from launch.sandbox.payer import Payer, payer_blueprint
from launch.sandbox.store import Store
from launch.sandbox.stories import load
from tests.fhir_validation import node_ready

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday, 09:00 in Chicago
ALL = "user/*.cruds"
QUICK = Limits(connect_seconds=4, read_seconds=3, total_seconds=8)


def bearer(scopes: str, patient: str | None) -> str:
    """Return a token that says itself what it grants."""
    return base64.urlsafe_b64encode(json.dumps([scopes, patient]).encode()).decode()


def _grant_of(header: str | None) -> Grant:
    if not header or not header.startswith("Bearer "):
        raise Unauthorized("no token")
    scopes, patient = json.loads(base64.urlsafe_b64decode(header.removeprefix("Bearer ")))
    return Grant("test", frozenset(parse_scopes(scopes)), patient=patient, user="Practitioner/doc-1")


@dataclass
class Server:
    """A running sandbox: its store and faults at hand, and FhirEhrs that speak to it."""

    origin: str
    store: Store
    payer: Payer
    faults: object

    @property
    def base(self) -> str:
        """Return the FHIR base."""
        return f"{self.origin}/fhir"

    def ehr(
        self,
        *,
        scopes: str = ALL,
        patient: str | None = None,
        encounter: str | None = None,
        launch_url: str | None = None,
        seen=None,
        saying=None,
        refusals=None,
        print_note=None,
        **profile,
    ) -> FhirEhr:
        """Return the EHR as a token with these scopes sees it. saying: a CapabilityStatement instead of its own."""
        transport = Transport(allow_loopback=True, limits=QUICK, seen=seen)
        return FhirEhr(
            self.base,
            transport,
            lambda _: bearer(scopes, patient),
            capability=read_capability(saying)
            if saying
            else fetch_capability(self.base, Transport(allow_loopback=True)),
            scopes=scopes,
            profile=SiteProfile(**profile),
            fhir_user="Practitioner/doc-1",
            patient=patient and f"Patient/{patient}",
            zone="America/Chicago",
            encounter=encounter,
            launch_url=launch_url,
            refusals=refusals,
            print_note=print_note,
        )

    def fault(self, do: str, **more) -> None:
        """Script one fault."""
        self.faults.add(Fault(do, **more))

    def asked(self, method: str | None = None) -> list[str]:
        """Return the paths asked for so far, without the base."""
        return [each["path"].removeprefix("/fhir/") for each in self.faults.log if method in (None, each["method"])]


@contextmanager
def serve(profile: str = "full", *resources: dict, stories: bool = False) -> Iterator[Server]:
    """Run a sandbox on a loopback port."""
    holder: dict[str, object] = {}
    http = make_server("127.0.0.1", 0, lambda environ, start: holder["app"](environ, start), threaded=True)
    origin = f"http://127.0.0.1:{http.server_port}"
    clock = Clock(lambda: NOW)
    store, payer = Store(clock), Payer(clock)
    if stories:
        load(store, payer, clock)
    for resource in resources:
        store.put(resource)
    app = Flask("ehr", template_folder=None)
    config = SandboxConfig(profile=profile, clock=clock, load_stories=False, ehr_base=origin)
    app.register_blueprint(fhir_blueprint(store, config, _grant_of))
    app.register_blueprint(payer_blueprint(payer))
    faults = install_controls(app, store, clock)
    holder["app"] = app
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Server(origin, store, payer, faults)
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@contextmanager
def medplum() -> Iterator[str]:
    """Run Medplum's router on a loopback port; yields its base."""
    command = ["node", str(node_ready() / "server.mjs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.kill()


def medplum_ehr(
    base: str, *, profile: SiteProfile | None = None, fhir_user: str | None = "Practitioner/doc-1"
) -> FhirEhr:
    """Return Medplum's server as ours talks to it, everything granted."""
    transport = Transport(allow_loopback=True)
    return FhirEhr(
        base,
        transport,
        lambda _: "t",
        capability=fetch_capability(base, transport),
        scopes=ALL,
        profile=profile or SiteProfile(),
        fhir_user=fhir_user,
        patient=None,
        zone="America/Chicago",
    )
