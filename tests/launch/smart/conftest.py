"""A world of EHR, app and browser; the slow parts of it are made once."""

import json
import shutil

import pytest

from app.edges.store.database import open_database
from launch.sandbox.keys import SigningKey
from launch.smart.keys import make_signing_keys
from tests.launch.smart.world import make_world


@pytest.fixture(scope="session")
def ehr_key():
    """The EHR's key for id_tokens."""
    return SigningKey()


@pytest.fixture(scope="session")
def signing_keys_path(tmp_path_factory):
    """Our own signing keys, in a file as a site keeps them."""
    path = tmp_path_factory.mktemp("keys") / "signing-keys.json"
    path.write_text(json.dumps(make_signing_keys()))
    path.chmod(0o600)
    return path


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database file with its tables, made once and copied."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    database = open_database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture
def database_path(empty_database, tmp_path):
    """A database file with its tables."""
    return shutil.copy(empty_database, tmp_path / "parley.db")


@pytest.fixture
def database(database_path):
    """The database."""
    opened = open_database(f"sqlite:///{database_path}")
    yield opened
    opened.close()


@pytest.fixture
def new_world(database, ehr_key, signing_keys_path):
    """A maker of worlds: keyword arguments change the issuer's record, `sandbox` and `auth` the EHR."""
    open_worlds = []

    def make(**changes):
        world = make_world(changes.pop("database", database), ehr_key, signing_keys_path, **changes)
        open_worlds.append(world)
        return world.__enter__()

    yield make
    for each in open_worlds:
        each.__exit__(None, None, None)


@pytest.fixture
def world(new_world):
    """The usual world: private_key_jwt with ES384, online refresh."""
    return new_world()


@pytest.fixture
def browser(world):
    """A browser in the usual world."""
    return world.browser()
