"""A sandbox at a fixed time, and those who visit it."""

import pytest

from launch.sandbox import create_sandbox
from launch.sandbox.clock import Clock
from launch.sandbox.config import Client, SandboxConfig
from launch.sandbox.keys import SigningKey
from tests.launch.sandbox.visitor import APP, NOW, KeyServer, Visitor


@pytest.fixture(scope="session")
def _key_server():
    server = KeyServer()
    yield server
    server.close()


@pytest.fixture
def key_server(_key_server):
    """The place where a client's public keys are published, as if nobody had asked yet."""
    _key_server.forget()
    return _key_server


@pytest.fixture(scope="session")
def signing_key():
    """One key for all sandboxes: making it is the slowest part of a test."""
    return SigningKey()


@pytest.fixture
def make_box(key_server, signing_key):
    """A sandbox with three ways to authenticate and one patient; keyword arguments change its config."""

    def make(**changes):
        urls = {"redirect_uris": (f"{APP}/callback",), "launch_urls": (f"{APP}/launch",)}
        clients = (
            Client("public", "public", **urls),
            Client("basic", "client_secret_basic", secret="a-secret:with colon", **urls),
            Client("signed", "private_key_jwt", jwks_uri=key_server.url, **urls),
            Client("narrow", "public", scopes=("launch", "patient/Observation.r", "user/*.rs"), **urls),
            Client("backend", "private_key_jwt", redirect_uris=(), jwks_uri=key_server.url, backend=True),
        )
        settings = {"clients": clients, "clock": Clock(lambda: NOW), "wall": lambda: NOW, "load_stories": False}
        box = create_sandbox(SandboxConfig(**(settings | changes)), signing_key=signing_key)
        put = box.extensions["sandbox"].store.put
        for patient in ("pat-1", "pat-2"):
            put({"resourceType": "Patient", "id": patient, "name": [{"family": f"Family-{patient}"}]})
        return box

    return make


@pytest.fixture
def box(make_box):
    """The usual sandbox."""
    return make_box()


@pytest.fixture
def visitor(box):
    """A public client of the usual sandbox."""
    return Visitor(box)


@pytest.fixture
def signed(box, key_server):
    """A client that signs its assertions."""
    return Visitor(box, key_server, client_id="signed")


@pytest.fixture
def backend(box, key_server):
    """A backend service."""
    return Visitor(box, key_server, client_id="backend")
