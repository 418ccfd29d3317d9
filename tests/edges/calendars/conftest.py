"""The two CalDAV servers, each started once for all tests of a process, when it is first asked for."""

import pytest

from tests.edges.calendars import servers


@pytest.fixture(scope="session")
def radicale(tmp_path_factory):
    """Radicale."""
    with servers.radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory):
    """Xandikos."""
    with servers.xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@pytest.fixture(params=["radicale", "xandikos"])
def dav(request):
    """A real CalDAV server; every test runs at both."""
    return request.getfixturevalue(request.param)
