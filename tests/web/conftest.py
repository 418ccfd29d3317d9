"""One app for all tests of a process; each test finds it empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edges.calendars.conftest import radicale, xandikos
from tests.fakes.office import Office, empty
from tests.web.own_calendars import town
from tests.web.visit import Site, make_site

__all__ = ["radicale", "town", "xandikos"]  # fixtures of other rooms


@pytest.fixture(scope="session")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = make_site(Path(tmp_path_factory.mktemp("site")))
    yield made
    made.office.database.close()


@pytest.fixture
def site(_site: Site) -> Site:
    """The whole app over counterparts with a memory; Monday, nine in the morning in Chicago, nothing in the store."""
    empty(_site.office.database)
    _site.begin_anew(Office(_site.office.database))
    return _site
