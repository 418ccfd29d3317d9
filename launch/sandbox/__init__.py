"""
An EHR and a payer in a box, for the demo and for tests: a stranger that shares no code with the app.

Everything in it is invented. It is strict where a real EHR is strict.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from launch.sandbox.auth_pages import auth_blueprint
from launch.sandbox.authorize import AuthorizationServer
from launch.sandbox.config import Client, SandboxConfig, default_clients
from launch.sandbox.control import install_controls
from launch.sandbox.faults import Faults
from launch.sandbox.fhir_server import fhir_blueprint
from launch.sandbox.keys import SigningKey
from launch.sandbox.own_calendars import OwnCalendars, own_calendars_blueprint
from launch.sandbox.pages import Ehr, pages_blueprint
from launch.sandbox.payer import Payer, payer_blueprint
from launch.sandbox.profiles import profile_named
from launch.sandbox.record import Record
from launch.sandbox.store import Store
from launch.sandbox.stories import STORIES, USERS, load
from launch.sandbox.telephone import Telephones, telephone_blueprint

__all__ = ["Client", "Sandbox", "SandboxConfig", "create_sandbox", "default_clients"]

# No page of the EHR runs a script, and only the EHR itself may frame one (the sign-in inside the app's frame).
POLICY = "script-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The parts of one sandbox, for tests and the demo: `app.extensions["sandbox"]`."""

    config: SandboxConfig
    store: Store
    payer: Payer
    server: AuthorizationServer
    record: Record
    faults: Faults | None  # only with config.control


def create_sandbox(config: SandboxConfig, *, signing_key: SigningKey | None = None) -> Flask:
    """
    Return the sandbox as one WSGI application; all its state lives in it and ends with it.

    signing_key: signs id_tokens; None makes a new one
    """
    app = Flask(__name__, static_folder=None)
    store, payer = Store(config.clock), Payer(config.clock)
    if config.load_stories:
        load(store, payer, config.clock)
    server = AuthorizationServer(
        config, users=USERS, key=signing_key or SigningKey(), types=profile_named(config.profile).types
    )
    record = Record(store, config)
    ehr = Ehr(server, record, stories=STORIES)
    app.register_blueprint(auth_blueprint(server, patients=lambda: [(row.id, row.name) for row in ehr.rows()]))
    app.register_blueprint(fhir_blueprint(store, config, server.grant_of))
    app.register_blueprint(payer_blueprint(payer, config))
    app.register_blueprint(pages_blueprint(ehr))
    app.register_blueprint(telephone_blueprint(phones := Telephones(config.clock)))
    app.register_blueprint(own_calendars_blueprint(own := OwnCalendars(), config.clock, base=config.ehr_base))
    app.after_request(_guarded)
    forget = (payer.forget, phones.forget, own.forget)
    faults = install_controls(app, store, config.clock, on_reset=forget) if config.control else None
    app.extensions["sandbox"] = Sandbox(config, store, payer, server, record, faults)
    return app


def _guarded(answer):
    if answer.mimetype == "text/html":
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
