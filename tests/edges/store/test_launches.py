"""Launch transactions are used once; sessions keep their own token and take over what waited for their person."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from app.edges.store import SqlOutbox, SqlStore
from app.edges.store.database import Database
from app.edges.store.launches import Launches
from tests.edges.store.builders import NOW, TENANT, a_case, a_session, a_transaction, an_effect, minutes

PEOPLE = 12


@pytest.fixture
def launches(database: Database) -> Launches:
    """The launches of each database in turn."""
    return Launches(database)


def test_a_transaction_comes_back_once(launches: Launches):
    """A replayed callback finds nothing."""
    launches.begin(a_transaction())

    assert replace(a_transaction(), used_at=NOW) == launches.consume("state-transaction-1", now=NOW)
    assert launches.consume("state-transaction-1", now=NOW) is None


def test_looking_at_a_transaction_does_not_use_it_up(launches: Launches):
    """The browser's cookie is compared first; a stranger's callback must not spend the right one's."""
    launches.begin(a_transaction())

    assert a_transaction() == launches.peek("state-transaction-1", now=NOW)
    assert launches.consume("state-transaction-1", now=NOW) is not None
    assert launches.peek("state-transaction-1", now=NOW) is None
    assert launches.peek("state-transaction-1", now=NOW + minutes(10)) is None


def test_callbacks_that_race_have_one_winner(launches: Launches):
    """Twelve replays of one callback at once."""
    launches.begin(a_transaction())

    with ThreadPoolExecutor(PEOPLE) as pool:
        won = pool.map(lambda _: launches.consume("state-transaction-1", now=NOW) is not None, range(PEOPLE))

        assert Counter({True: 1, False: PEOPLE - 1}) == Counter(won)


def test_an_expired_or_foreign_transaction_is_not_found(launches: Launches):
    """At its end, not after it, a transaction is over."""
    launches.begin(a_transaction())

    assert launches.consume("state-of-another", now=NOW) is None
    assert launches.consume("state-transaction-1", now=NOW + minutes(10)) is None


def test_a_session_comes_back_as_it_was_opened(launches: Launches):
    """Every field, the context of the launch included."""
    session = a_session(
        patient="Patient/1", fhir_context=({"reference": "ClaimResponse/1"},), fhir_user="Practitioner/1"
    )
    launches.open(session)

    assert session == launches.session(session.id)
    assert launches.session("another") is None


@pytest.mark.parametrize(("after", "live"), [(14, True), (15, False)])
def test_a_session_ends_when_nobody_uses_it(launches: Launches, after: int, live: bool):
    """Fifteen minutes of silence end it (reliability F5)."""
    launches.open(a_session())

    assert live == launches.session("session-1").is_live(now=NOW + minutes(after))


def test_use_keeps_a_session_open_up_to_its_end(launches: Launches):
    """Touching pushes the idle end ahead, never the absolute one."""
    launches.open(a_session())
    launches.touch("session-1", now=NOW + minutes(599), idle=minutes(15))

    assert launches.session("session-1").is_live(now=NOW + minutes(599))
    assert not launches.session("session-1").is_live(now=NOW + minutes(600))


def test_a_session_that_ended_stays_ended(launches: Launches):
    """Its token is gone, and neither use nor a refresh brings it back."""
    launches.open(a_session())
    launches.end("session-1", now=NOW)
    launches.touch("session-1", now=NOW, idle=minutes(15))
    launches.keep_token("session-1", token_box=b"new", token_expires_at=NOW, scopes="")

    ended = launches.session("session-1")
    assert (None, NOW, False) == (ended.token_box, ended.ended_at, ended.is_live(now=NOW))
    assert not launches.claim_refresh("session-1", NOW)


def test_an_administrator_ends_every_session_of_a_person(launches: Launches):
    """Termination reaches all tabs, and nobody else's."""
    for n in range(3):
        launches.open(a_session(f"s{n}"))
    launches.open(a_session("other", user_key="demo|other"))

    assert 3 == launches.end_all_of("demo|coordinator", now=NOW)
    assert [None, b"encrypted"] == [launches.session(each).token_box for each in ("s0", "other")]


def test_one_caller_refreshes_a_token(launches: Launches):
    """Twelve requests find the token old at once; a rotating refresh token survives only one use."""
    launches.open(a_session())

    with ThreadPoolExecutor(PEOPLE) as pool:
        claims = Counter(pool.map(lambda _: launches.claim_refresh("session-1", NOW), range(PEOPLE)))

    assert Counter({True: 1, False: PEOPLE - 1}) == claims


def test_a_claim_to_refresh_ends_with_the_token_or_by_itself(launches: Launches):
    """A process that dies while it refreshes blocks nobody for longer than half a minute."""
    launches.open(a_session())
    launches.claim_refresh("session-1", NOW)
    assert not launches.claim_refresh("session-1", NOW + timedelta(seconds=29))
    assert launches.claim_refresh("session-1", NOW + timedelta(seconds=30))

    launches.keep_token("session-1", token_box=b"new", token_expires_at=NOW + minutes(20), scopes="openid")
    session = launches.session("session-1")
    assert (b"new", NOW + minutes(20), "openid") == (session.token_box, session.token_expires_at, session.scopes)
    assert launches.claim_refresh("session-1", NOW)
    launches.end_refresh("session-1")
    assert launches.claim_refresh("session-1", NOW)


def waiting_effect(database: Database, case_id: str = "case-1") -> SqlStore:
    """Leave one effect waiting for the person of session-1 to sign in again."""
    store, outbox = SqlStore(database), SqlOutbox(database)
    key = f"key-{case_id}"
    store.save(a_case(case_id), effects=[an_effect(key, target=key)], seen=None, session_id="session-1", now=NOW)
    (due,) = outbox.lease(now=NOW, limit=1)
    outbox.put_back(due, state="waiting", say="Sign in.", due_at=NOW + timedelta(hours=9), now=NOW)
    return store


def test_signing_in_again_frees_what_waited(launches: Launches, database: Database):
    """The same person's new session performs it, at once."""
    launches.open(a_session())
    store = waiting_effect(database)
    assert () == SqlOutbox(database).lease(now=NOW, limit=9)

    launches.open(a_session("session-2"))
    (due,) = SqlOutbox(database).lease(now=NOW, limit=9)
    assert ("session-2", "leased") == (due.session_id, store.effects_of(TENANT, "case-1")[0].state)


@pytest.mark.parametrize(
    "changes",
    [{"user_key": "demo|somebody-else"}, {"issuer": "other"}, {"patient": "Patient/of-another-chart"}],
    ids=["another person", "another hospital", "another patient's chart"],
)
def test_a_session_that_does_not_fit_leaves_it_waiting(launches: Launches, database: Database, changes: dict):
    """A write never goes out under a token that was not given for it (reliability I5, I6)."""
    launches.open(a_session())
    store = waiting_effect(database)
    launches.open(a_session("session-2", **changes))

    assert () == SqlOutbox(database).lease(now=NOW, limit=9)
    assert "waiting" == store.effects_of(TENANT, "case-1")[0].state


def test_a_chart_launch_takes_its_own_patients_writes(launches: Launches, database: Database):
    """Two charts wait; the one that is opened again goes on."""
    launches.open(a_session())
    waiting_effect(database)
    waiting_effect(database, "case-2")
    launches.open(a_session("session-2", patient="Patient/case-2"))

    assert ["key-case-2"] == [due.effect.key for due in SqlOutbox(database).lease(now=NOW, limit=9)]


def test_what_was_in_doubt_is_looked_up_first(launches: Launches, database: Database):
    """A write whose answer was lost before the session ended comes back as unknown, not as new."""
    launches.open(a_session())
    store, outbox = SqlStore(database), SqlOutbox(database)
    store.save(a_case(), effects=[an_effect()], seen=None, session_id="session-1", now=NOW)
    (due,) = outbox.lease(now=NOW, limit=1)
    outbox.mark_sent(due, now=NOW)
    outbox.put_back(due, state="unknown", say="…", due_at=NOW, now=NOW)
    (due,) = outbox.lease(now=NOW, limit=1)
    outbox.put_back(due, state="waiting", say="Sign in.", due_at=NOW, now=NOW)

    launches.open(a_session("session-2"))
    assert "unknown" == store.effects_of(TENANT, "case-1")[0].state
    assert NOW == outbox.lease(now=NOW, limit=1)[0].doubt_since


def test_old_launches_are_purged(launches: Launches):
    """A day after their end, nothing of them is kept."""
    launches.begin(a_transaction())
    launches.open(a_session())
    assert 0 == launches.purge(now=NOW + timedelta(hours=24))

    assert 2 == launches.purge(now=NOW + timedelta(hours=35))
    assert launches.session("session-1") is None
