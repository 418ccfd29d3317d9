"""What a test or benchmark may do to the sandbox over HTTP, under /sandbox: mounted only when config.control."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta

from flask import Blueprint, Flask, Response, jsonify, request

from launch.sandbox.faults import Fault, Faults
from launch.sandbox.outcome import FhirError
from launch.sandbox.store import Store

SETTABLE = {one.name for one in fields(Fault)} - {"seen"}
DONE = ("", 204)


class Controls:
    """The controls of one sandbox; what the store holds when they are made is what a reset goes back to."""

    def __init__(self, store: Store, clock, faults: Faults, on_reset: tuple[Callable[[], None], ...]) -> None:
        self._store, self._clock, self._faults, self._on_reset = store, clock, faults, on_reset
        self._baseline = store.snapshot()

    def add_fault(self) -> tuple[Response, int]:
        """Script one fault."""
        asked = request.get_json()
        if unknown := set(asked) - SETTABLE:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        self._faults.add(Fault(**asked))
        return jsonify(script=len(self._faults.script)), 201

    def list_faults(self) -> Response:
        """List the script, with how many requests each fault has looked at."""
        script = list(self._faults.script)
        return jsonify([{"do": one.do, "method": one.method, "type": one.type, "seen": one.seen} for one in script])

    def clear_faults(self) -> tuple[str, int]:
        """Forget the script."""
        self._faults.forget_faults()
        return DONE

    def push_clock(self) -> Response:
        """Move the sandbox's clock ahead."""
        self._clock.push(timedelta(seconds=float(request.get_json()["push_seconds"])))
        return self.read_clock()

    def read_clock(self) -> Response:
        """Tell the sandbox's time."""
        return jsonify(now=self._clock.now().isoformat())

    def list_requests(self) -> Response:
        """List the requests so far: method, path, status, client, patient in context; never a body."""
        return jsonify(list(self._faults.log))

    def clear_requests(self) -> tuple[str, int]:
        """Forget the requests so far."""
        self._faults.log.clear()
        return DONE

    def list_stored(self, kind: str) -> Response:
        """List every stored resource of a type, as raw JSON."""
        return jsonify(self._store.all(kind))

    def put_stored(self, kind: str, key: str) -> Response:
        """Store a resource past all checks: what someone else did in the EHR meanwhile."""
        return jsonify(self._store.put({**request.get_json(), "resourceType": kind, "id": key}))

    def delete_stored(self, kind: str, key: str) -> tuple[str, int]:
        """Delete a resource past all checks."""
        self._store.delete(kind, key)
        return DONE

    def set_latency(self) -> Response:
        """Make every FHIR request wait so many milliseconds."""
        self._faults.latency_seconds = float(request.get_json()["ms"]) / 1000
        return jsonify(ms=self._faults.latency_seconds * 1000)

    def reset(self) -> tuple[str, int]:
        """Put the store, the faults, the log and the latency back; the clock cannot go back."""
        self._store.restore(self._baseline)
        self._faults.clear()
        for put_back in self._on_reset:
            put_back()
        return DONE


ROUTES = (
    ("POST", "/faults", Controls.add_fault),
    ("GET", "/faults", Controls.list_faults),
    ("DELETE", "/faults", Controls.clear_faults),
    ("POST", "/clock", Controls.push_clock),
    ("GET", "/clock", Controls.read_clock),
    ("GET", "/requests", Controls.list_requests),
    ("DELETE", "/requests", Controls.clear_requests),
    ("GET", "/store/<kind>", Controls.list_stored),
    ("PUT", "/store/<kind>/<key>", Controls.put_stored),
    ("DELETE", "/store/<kind>/<key>", Controls.delete_stored),
    ("POST", "/latency", Controls.set_latency),
    ("POST", "/reset", Controls.reset),
)


def install_controls(app: Flask, store: Store, clock, *, on_reset: tuple[Callable[[], None], ...] = ()) -> Faults:
    """
    Mount the controls and put the faults before every request.

    Call it last, when the stories are loaded. on_reset: further things that a reset puts back.
    """
    faults = Faults(app.wsgi_app, clock)
    app.wsgi_app = faults
    controls = Controls(store, clock, faults, on_reset)
    blueprint = Blueprint("controls", __name__, url_prefix="/sandbox")
    for verb, path, run in ROUTES:
        view = run.__get__(controls)
        blueprint.add_url_rule(path, endpoint=run.__name__, view_func=view, methods=[verb])
    blueprint.register_error_handler(FhirError, _refused)
    blueprint.register_error_handler(ValueError, _misread)
    blueprint.register_error_handler(TypeError, _misread)
    app.register_blueprint(blueprint)
    return faults


def _refused(error: FhirError) -> tuple[Response, int]:
    return jsonify(error.body()), error.status


def _misread(error: Exception) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400
