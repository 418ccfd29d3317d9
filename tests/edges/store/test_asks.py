"""What came of each question, which cases are due, and one worker a round; the same on both databases."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

from app.core.case import CaseState
from app.core.denial import Decision, Path
from app.edges.store import SqlAsks, SqlStore
from app.flow.ports import LONG_AGO, Ask, Rest
from tests.edges.store.builders import NOW, TENANT, a_case

HOUR = timedelta(hours=1)
KEY = "uhc_general"


def an_ask(case_id: str = "case-1", **changes) -> Ask:
    """Return a question that was answered."""
    base = Ask(case_id, KEY, NOW, "Coordinator Test", "same", "No change: still under review.", NOW + HOUR)
    return replace(base, **changes)


def pended(number: int, **changes):
    """Return a case that waits at its payer."""
    base = a_case()
    routing = replace(base.routing, decision=Decision.PENDED, route=Path.WAIT, lines=())
    denial = replace(base.denial, reference=f"ClaimResponse/{number}", request=f"Claim/{number}")
    named = {"id": f"case-{number}", "number": f"P-{number:06d}", "payer_key": KEY}
    return replace(base, **(named | {"routing": routing, "denial": denial, "opened_at": NOW} | changes))


def test_the_latest_question_stands_in_place_of_the_one_before(database):
    """Who, when, what came of it, when it is due: given back as it was kept."""
    asks = SqlAsks(database)
    assert asks.of_case(TENANT, "case-1") is None
    asks.note(TENANT, an_ask(failures=2))
    asks.note(TENANT, second := an_ask(at=NOW + HOUR, how="changed", say="The payer's answer: denied."))

    assert second == asks.of_case(TENANT, "case-1")
    assert asks.of_case("elsewhere", "case-1") is None


def test_only_what_waits_and_is_due_is_asked_about(database):
    """Never asked comes first, then the longest due; decided, closed, without a request or not due yet: not."""
    asks, store = SqlAsks(database), SqlStore(database)
    for number in range(1, 5):
        store.save(pended(number, opened_at=NOW + number * HOUR), seen=None, now=NOW)
    decided = replace(pended(5).routing, decision=Decision.DENIED)
    store.save(pended(5, routing=decided), seen=None, now=NOW)
    store.save(pended(6, state=CaseState.CLOSED), seen=None, now=NOW)
    store.save(pended(7, payer_key="another"), seen=None, now=NOW)
    store.save(pended(8, denial=replace(pended(8).denial, request=None)), seen=None, now=NOW)
    asks.note(TENANT, an_ask("case-1", due_at=NOW - HOUR))
    asks.note(TENANT, an_ask("case-2", due_at=NOW - 2 * HOUR))
    asks.note(TENANT, an_ask("case-3", due_at=NOW + HOUR))

    assert ("case-4", "case-2", "case-1") == asks.due(TENANT, KEY, now=NOW, limit=10)
    assert ("case-4",) == asks.due(TENANT, KEY, now=NOW, limit=1)
    assert () == asks.due("elsewhere", KEY, now=NOW, limit=10)


def test_a_case_that_is_decided_is_not_asked_about_any_more(database):
    """The row follows the case at every save."""
    asks, store = SqlAsks(database), SqlStore(database)
    case = store.save(pended(1), seen=None, now=NOW)
    decided = replace(case, routing=replace(case.routing, decision=Decision.DENIED, route=Path.P2P))
    store.save(decided, seen=case.version, now=NOW)

    assert () == asks.due(TENANT, KEY, now=NOW, limit=10)


def test_a_round_is_one_workers_alone(database):
    """Eight at once: one asks; the next round begins when this one is over."""
    asks, gate, won = SqlAsks(database), Barrier(8), []

    def claim() -> None:
        gate.wait()
        won.append(asks.claim_round(KEY, now=NOW, until=NOW + timedelta(minutes=1)))

    threads = [Thread(target=claim) for _ in range(8)]
    [each.start() for each in threads]
    [each.join() for each in threads]

    assert 1 == sum(won)
    assert not asks.claim_round(KEY, now=NOW + timedelta(seconds=59), until=NOW + HOUR)
    assert asks.claim_round(KEY, now=NOW + timedelta(seconds=60), until=NOW + HOUR)
    assert asks.claim_round("another", now=NOW, until=NOW + HOUR)


def test_a_payer_that_rests_is_left_alone(database):
    """After a failure until free_at; where it asked for time, until then whatever else is free."""
    asks = SqlAsks(database)
    assert Rest(LONG_AGO, LONG_AGO, 0) == asks.rest_of(KEY)
    asks.rest(KEY, rest := Rest(NOW + HOUR, NOW + 2 * HOUR, 3))

    assert rest == asks.rest_of(KEY)
    assert not asks.claim_round(KEY, now=NOW, until=NOW + HOUR)
    assert not asks.claim_round(KEY, now=NOW + HOUR, until=NOW + 2 * HOUR)
    assert asks.claim_round(KEY, now=NOW + 2 * HOUR, until=NOW + 3 * HOUR)
    assert 3 == asks.rest_of(KEY).failures
