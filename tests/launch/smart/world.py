"""One EHR (the strict sandbox), one app with nothing but the launch in it, each on a socket, and browsers between."""

import io
import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Blueprint, Flask, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from app.edges.http import Limits, Transport
from app.edges.store.database import Database
from app.flow.ports import EhrSession, SessionEnded
from app.settings import Issuer, Settings, SmartConfig
from app.web.session import cookie_name
from launch.sandbox import Client, SandboxConfig, create_sandbox
from launch.sandbox.clock import Clock
from launch.sandbox.discovery import smart_configuration
from launch.sandbox.launches import Launch
from launch.smart import Smart

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECRET = "a-secret:with colon"
SPINE = "Practitioner/ada-lindqvist"
PATIENTS = ("pat-1", "pat-2")


@dataclass(frozen=True)
class Request:
    """One request as the EHR received it."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]
    body: str


class Recorder:
    """WSGI middleware that keeps every request; `instead` may answer one in the app's place."""

    def __init__(self, app: Callable) -> None:
        self.app, self.requests = app, []
        self.instead: Callable[[Request], tuple[int, str, bytes] | None] = lambda _: None

    def __call__(self, environ, start_response):
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(raw)
        seen = Request(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            single(environ.get("QUERY_STRING", "")),
            single(raw.decode()),
            {name[5:].lower(): value for name, value in environ.items() if name.startswith("HTTP_")},
            raw.decode(),
        )
        self.requests.append(seen)
        answer = self.instead(seen)
        if answer is None:
            return self.app(environ, start_response)
        status, kind, body = answer
        start_response(f"{status} X", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def of(self, path: str) -> list[Request]:
        """Return the requests to one path."""
        return [each for each in self.requests if each.path == path]


class Quiet(WSGIRequestHandler):
    """Serve without a line for every request."""

    def log(self, *_args, **_kwargs):
        """Say nothing."""


@contextmanager
def serving(host: str, app):
    """Serve a WSGI app on a free port of a loopback name; yield the port."""
    server = make_server(host, 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class Later:
    """A WSGI app that is known only once its port is."""

    app = None

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@dataclass
class World:
    """All of it. `now` is everybody's time: EHR's, app's, and that of the JWTs between them."""

    ehr_base: str
    app_base: str
    now: datetime = NOW
    sandbox: Flask = None
    recorder: Recorder = None
    settings: Settings = None
    smart: Smart = None
    app: Flask = None

    @property
    def ehr(self):
        """Return the sandbox's authorization server."""
        return self.sandbox.extensions["sandbox"].server

    @property
    def issuer(self) -> Issuer:
        """Return the one issuer."""
        return self.settings.smart.issuers[0]

    @property
    def token_requests(self) -> list[Request]:
        """Return what the token endpoint was asked."""
        return self.recorder.of("/auth/token")

    def pass_time(self, **by: float) -> None:
        """Let time pass, for all."""
        self.now += timedelta(**by)

    def put(self, resource: dict) -> None:
        """Store a resource in the EHR."""
        self.sandbox.extensions["sandbox"].store.put(resource)

    def change_configuration(self, change: Callable[[dict], None]) -> None:
        """Let the EHR say something else in its smart-configuration."""
        told = smart_configuration(self.ehr.config)
        change(told)
        self.recorder.instead = lambda seen: as_json(told) if seen.path.endswith("smart-configuration") else None

    def change_token(self, change: Callable[[dict], None]) -> None:
        """Let the EHR's token endpoint answer something else than it would."""

        def answer(seen: Request):
            if seen.path != "/auth/token":
                return None
            headers = {"Authorization": seen.headers["authorization"]} if "authorization" in seen.headers else {}
            told = self.sandbox.test_client().post("/auth/token", data=seen.form, headers=headers).json
            change(told)
            return as_json(told)

        self.recorder.instead = answer

    def browser(self) -> "Browser":
        """Return a browser with no cookies."""
        return Browser(self)


@dataclass
class Landed:
    """A session as the browser has it: id from the URL, secret from the cookie."""

    id: str
    secret: str
    response: object


class Browser:
    """Carries redirects and cookies between EHR and app; scopes cookies by path as browsers do."""

    def __init__(self, world: World) -> None:
        self.world, self.http = world, world.app.test_client()

    def launch_value(self, *, user="spine", patient="pat-1", **context) -> str:
        """Return a launch value as the EHR gives it."""
        client_id = self.world.issuer.client_id
        return self.world.ehr.launches.issue(Launch(client_id, user=user, patient=patient, **context))

    def get(self, path: str, **query):
        """Ask the app."""
        return self.http.get(path, query_string=query or None, base_url=self.world.app_base)

    def set_out(self, *, path="/launch", iss=None, **context):
        """Follow the EHR's launch to the app; return its answer."""
        launch = self.launch_value(**({"patient": None} if path != "/launch" else {}) | context)
        return self.get(path, iss=iss or f"{self.world.ehr_base}/fhir", launch=launch)

    def sign_in(self, authorize_url: str) -> str:
        """Follow the app's redirect to the EHR; return where that sends the browser back to."""
        answer = requests.get(authorize_url, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def come_back(self, callback_url: str):
        """Follow the EHR's redirect to the app; return its answer."""
        parts = urlsplit(callback_url)
        assert f"{parts.scheme}://{parts.netloc}" == self.world.app_base
        return self.http.get(f"{parts.path}?{parts.query}", base_url=self.world.app_base)

    def launch(self, **more) -> Landed:
        """Go all the way."""
        out = self.set_out(**more)
        assert out.status_code == 302, out.text
        back = self.come_back(self.sign_in(out.headers["Location"]))
        assert back.status_code == 303, back.text
        session_id = back.headers["Location"].strip("/").split("/")[1]
        cookie = self.http.get_cookie(cookie_name(session_id), "127.0.0.1", f"/s/{session_id}/")
        return Landed(session_id, cookie.value, back)

    def open(self, landed: Landed) -> EhrSession:
        """Return the session as a page would see it."""
        return self.world.smart.sessions.open(landed.id, landed.secret, now=self.world.now, active=True)


@contextmanager
def make_world(
    database: Database, signing_key, signing_keys_path: Path, *, sandbox=None, auth="private_key_jwt", **issuer
):
    """Yield a world. sandbox: changes to its config; issuer: changes to the app's record of it."""
    ehr, own = Later(), Later()
    with serving("localhost", ehr) as ehr_port, serving("127.0.0.1", own) as app_port:
        world = World(f"http://localhost:{ehr_port}", f"http://127.0.0.1:{app_port}")
        _add_sandbox(world, auth, signing_key, sandbox or {})
        world.settings = settings_of(world, signing_keys_path, auth=auth, **issuer)
        transport = Transport(allow_loopback=True, limits=Limits(total_seconds=5, read_seconds=4))
        world.smart = Smart(world.settings, database, transport, clock=lambda: world.now)
        world.app = bare_app(world.smart)
        ehr.app, own.app = world.recorder, world.app
        yield world


def _add_sandbox(world: World, auth: str, signing_key, changes: dict) -> None:
    urls = {
        "redirect_uris": (f"{world.app_base}/callback",),
        "launch_urls": (f"{world.app_base}/launch", f"{world.app_base}/launch/worklist"),
    }
    jwks_uri = f"{world.app_base}/.well-known/jwks.json"
    more = {"client_secret_basic": {"secret": SECRET}, "private_key_jwt": {"jwks_uri": jwks_uri}}.get(auth, {})
    config = {
        "ehr_base": world.ehr_base,
        "app_base": world.app_base,
        "clients": (
            Client("parley", auth, **more, **urls),
            Client("parley-backend", "private_key_jwt", redirect_uris=(), jwks_uri=jwks_uri, backend=True),
        ),
        "clock": Clock(lambda: world.now),
        "wall": lambda: world.now,
        "load_stories": False,
    }
    world.sandbox = create_sandbox(SandboxConfig(**(config | changes)), signing_key=signing_key)
    world.recorder = Recorder(world.sandbox)
    for each in PATIENTS:
        world.put({"resourceType": "Patient", "id": each, "name": [{"family": f"Family-{each}"}]})
    name = [{"given": ["Ada"], "family": "Lindqvist-Moreau", "suffix": ["MD"]}]
    world.put({"resourceType": "Practitioner", "id": "ada-lindqvist", "name": name})


def settings_of(world: World, signing_keys_path: Path, **issuer) -> Settings:
    """Return the app's settings: one issuer, the sandbox, with changes."""
    record = {
        "slug": "sandbox",
        "fhir_base": f"{world.ehr_base}/fhir",
        "client_id": "parley",
        "backend_client_id": "parley-backend",
        "frame_ancestors": (world.ehr_base,),
        "roles": {SPINE: "clinician", "coordinator": "coordinator"},
    }
    return Settings(
        smart=SmartConfig(issuers=(Issuer(**(record | issuer)),)),
        base_url=world.app_base,
        database_url="sqlite:///unused",
        secret_keys=("test-only-secret-of-more-than-32-characters",),
        client_secrets={"sandbox": SECRET},
        signing_keys_path=signing_keys_path,
        allow_loopback=True,
        launches_a_minute=10_000,
    )


def bare_app(smart: Smart) -> Flask:
    """Return an app with the launch, and a page under each session that tells what a page would know."""
    app = Flask("bare", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.register_blueprint(smart.blueprint)
    case = Blueprint("case", __name__)

    @case.get("/s/<session_id>/")
    def landing(session_id):
        secret = request.cookies.get(cookie_name(session_id))
        try:
            session = smart.sessions.open(session_id, secret, now=smart.clock(), active=True)
        except SessionEnded:
            return jsonify(ended=True), 401
        return jsonify(patient=session.patient, user=session.user.name, cookies=sorted(request.cookies))

    app.register_blueprint(case)
    return app


def single(encoded: str) -> dict[str, str]:
    """Return urlencoded parameters, each of which must stand once."""
    read = parse_qs(encoded, keep_blank_values=True)
    assert all(len(values) == 1 for values in read.values()), encoded
    return {name: values[0] for name, values in read.items()}


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of a URL."""
    return single(urlsplit(url).query)


def as_json(document: dict) -> tuple[int, str, bytes]:
    """Return an answer for Recorder.instead."""
    return 200, "application/json", json.dumps(document).encode()
