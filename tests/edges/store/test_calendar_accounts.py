"""Accounts on both databases: one calendar takes calls, a code is tried so often, one at a time renews."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.edges.store.calendar_accounts import AccountRow, CalendarRow, SqlAccounts
from app.edges.store.database import Database
from tests.edges.store.builders import NOW, minutes

WHO = ("demo", "Practitioner/1")
USES = ("off", "reads", "takes")


@pytest.fixture
def rows(database: Database) -> SqlAccounts:
    """The accounts of each database in turn."""
    return SqlAccounts(database)


def account(id: str = "a1", *, state: str = "connected", **more) -> AccountRow:
    """Return an account with two calendars, one of which can be written to."""
    found = (CalendarRow(f"{id}-own", "own", "Own", True), CalendarRow(f"{id}-other", "other", "Other", False))
    base = AccountRow(id, *WHO, "google", "doc", state, NOW, "demo|me", "Me", secret_box=b"sealed", calendars=found)
    return replace(base, **more)


def uses(rows: SqlAccounts) -> dict[str, str]:
    """Return what each calendar is for."""
    return {each.id: each.use for one in rows.of(*WHO) for each in one.calendars}


def test_what_was_kept_comes_back(rows: SqlAccounts):
    """The oldest first, with their calendars; nothing of another clinician or hospital."""
    rows.add(account("a2", made_at=NOW + minutes(1)))
    rows.add(account("a1", token_expires_at=NOW))

    assert [each.id for each in rows.of(*WHO)] == ["a1", "a2"]
    assert rows.one("a1") == account("a1", token_expires_at=NOW)
    assert (rows.of("demo", "Practitioner/2"), rows.of("other", WHO[1]), rows.one("no")) == ((), (), None)


def test_one_calendar_takes_calls_whoever_chooses(rows: SqlAccounts):
    """Twelve who choose at once, of four accounts: one in the end, and what took calls before is remembered."""
    for number in range(4):
        rows.add(account(f"a{number}"))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: rows.choose(*WHO, {f"a{n % 4}-own": "takes"}), range(12)))

    assert list(uses(rows).values()).count("takes") == 1
    rows.choose(*WHO, {"a0-own": "takes"})
    rows.choose(*WHO, {"a1-own": "takes"})
    (before,) = [each for each in rows.one("a0").calendars if each.id == "a0-own"]
    assert (before.use, before.took_calls) == ("reads", True)


def test_calendar_that_cannot_be_written_to_takes_no_calls(rows: SqlAccounts):
    """Whatever a form says."""
    rows.add(account())
    rows.choose(*WHO, {"a1-other": "takes"})

    assert uses(rows)["a1-other"] == "reads"


def test_code_is_right_in_its_session_and_not_for_ever(rows: SqlAccounts):
    """Five tries, of which the wrong ones count; another session's word is none."""
    waiting = account(state="answered", session_id="s1", code_hash="right", lapses_at=NOW + minutes(10))
    rows.add(waiting)
    told = {"most": 2, "now": NOW}

    assert not rows.confirm("a1", session_id="s2", code_hash="right", **told)
    assert not rows.confirm("a1", session_id="s1", code_hash="wrong", **told)
    assert rows.confirm("a1", session_id="s1", code_hash="right", **told)
    assert rows.one("a1").state == "connected"
    rows.add(replace(waiting, id="a2", calendars=(), tries=2))
    assert not rows.confirm("a2", session_id="s1", code_hash="right", **told)


def test_answer_is_taken_once_whoever_races(rows: SqlAccounts):
    """Of eight callbacks with one state one finds it; a late one finds nothing."""
    rows.add(account(state="asked", state_hash="s", lapses_at=NOW + minutes(15)))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: rows.answered("s", now=NOW, lapses_at=NOW + minutes(10)), range(8)))

    assert sum(each is not None for each in found) == 1
    rows.add(account("a2", state="asked", state_hash="late", lapses_at=NOW))
    assert rows.answered("late", now=NOW, lapses_at=NOW) is None


def test_one_at_a_time_renews(rows: SqlAccounts):
    """The claim ends by itself; an account that has ended is renewed by nobody."""
    rows.add(account())
    assert [rows.claim_refresh("a1", now=NOW) for _ in range(2)] == [True, False]
    assert rows.claim_refresh("a1", now=NOW + minutes(1))
    rows.keep_token("a1", secret_box=b"new", token_expires_at=NOW)
    assert (rows.one("a1").secret_box, rows.claim_refresh("a1", now=NOW)) == (b"new", True)
    rows.end("a1")
    assert (rows.claim_refresh("a1", now=NOW + minutes(9)), rows.one("a1").secret_box) == (False, None)


def test_what_nobody_confirms_and_what_is_disconnected_is_gone(rows: SqlAccounts):
    """With its secret and its calendars."""
    rows.add(account("a1", state="answered", lapses_at=NOW))
    rows.add(account("a2"))

    assert [each.secret_box for each in rows.lapse(now=NOW)] == [b"sealed"]
    assert rows.remove("demo", "Practitioner/2", "a2") is None
    assert rows.remove(*WHO, "a2").secret_box == b"sealed"
    assert (rows.one("a1"), rows.one("a2"), uses(rows)) == (None, None, {})
