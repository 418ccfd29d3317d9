"""An office for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.office import Office, a_database


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The real store, rules and papers, among counterparts with a memory; Monday, nine in the morning in Chicago."""
    database = a_database(tmp_path)
    yield Office(database)
    database.close()
