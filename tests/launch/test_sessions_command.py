"""`parley sessions`: who is signed in, and that it ends at once."""

import argparse
import io

import pytest

from app.core.people import Role
from launch.sessions import add_options, run_sessions
from tests.web.visit import Site, make_site


@pytest.fixture
def site(tmp_path):
    """The whole app, nobody signed in."""
    made = make_site(tmp_path)
    yield made
    made.office.database.close()


def run(site: Site, *given: str) -> tuple[int, str]:
    """Return the status and what was printed."""
    parser, out = argparse.ArgumentParser(), io.StringIO()
    add_options(parser)
    return run_sessions(site.office.database, parser.parse_args(given), now=site.office.now, out=out), out.getvalue()


def test_who_is_signed_in_is_listed_and_nothing_that_opens_a_page(site: Site):
    """Each launch once; not those that have ended by themselves."""
    visit = site.visit(Role.COORDINATOR)
    status, told = run(site)

    assert (0, True) == (status, "coordinator" in told and told.endswith("1 open.\n"))
    assert visit.id not in told
    site.office.push(minutes=16)
    assert "0 open.\n" == run(site)[1]


def test_a_person_is_signed_out_with_their_next_press(site: Site):
    """All their launches, nobody else's."""
    leaver, other = site.visit(Role.COORDINATOR), site.visit(Role.MANAGER)
    who = next(line for line in run(site)[1].splitlines() if "coordinator" in line).partition("  ")[0]

    assert 200 == leaver.get("worklist").status_code
    assert 0 == run(site, "--end", who)[0]
    assert (401, 200) == (leaver.get("worklist").status_code, other.get("worklist").status_code)
    assert 1 == run(site, "--end", who)[0]


def test_everybody_is_signed_out(site: Site):
    """After a stolen key, or before an upgrade."""
    visits = [site.visit(role) for role in (Role.COORDINATOR, Role.MANAGER)]

    assert 0 == run(site, "--end-all")[0]
    assert [401, 401] == [each.get("worklist").status_code for each in visits]
