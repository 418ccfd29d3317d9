"""
Every write × every fault × every profile that offers it: nothing lost, nothing twice, everything shown.

`make nightly` runs the whole matrix, `make test` each fault once at each profile with the writes in turn. The controls
take one guard away and must be caught by name.
"""

import os
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from app.edges.ehr import lookup, writeback
from app.edges.ehr.lookup import Looked
from app.edges.http import Counterpart, endpoint
from app.edges.store import SqlOutbox, open_database
from app.flow.outbox import drain
from tests.databases import KINDS, new_url
from tests.fakes.office import a_database
from tests.flow.fault_list import AWAY, SCRIPTS, Script
from tests.flow.fault_pages import Pages
from tests.flow.fault_world import Report, World, a_world
from tests.flow.fault_writes import SITES, WRITES, WriteKind, effects_of

NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
PROFILES = ("full", "epic-like", "oracle-like")
ROWS = [(site, write) for site, writes in WRITES.items() for write in writes]
NAMES = [f"{site}: {write.name}" for site, write in ROWS]
AWAY_SAMPLED = ("unreachable for ever", "503 for ever")  # each takes a day of the clock, and hundreds of tries


def befalls(script: Script, write: WriteKind) -> bool:
    """Whether a fault can befall such a write."""
    return script.of in ("", write.method)


def whole() -> set[tuple[str, str, str]]:
    """Return the matrix: (site, write, fault)."""
    return {
        (site, write.name, name) for site, write in ROWS for name, script in SCRIPTS.items() if befalls(script, write)
    }


def sample() -> set[tuple[str, str, str]]:
    """Return each fault once at each profile, the writes in turn; of the days without an EHR two, at one profile."""
    chosen = set()
    for at, profile in enumerate(PROFILES):
        rows = [(site, write) for site, write in ROWS if SITES[site][0] == profile]
        for n, (name, script) in enumerate(SCRIPTS.items()):
            if name in AWAY and (name not in AWAY_SAMPLED or at != AWAY_SAMPLED.index(name)):
                continue
            fitting = [(site, write) for site, write in rows if befalls(script, write)]
            if fitting:
                site, write = fitting[n % len(fitting)]
                chosen.add((site, write.name, name))
    return chosen


CHOSEN = whole() if NIGHTLY else sample()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Questions are repeated without a pause of the machine's own time."""
    monkeypatch.setattr(endpoint, "_FIRST_WAIT_SECONDS", 0.002)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    opened = a_database(tmp_path_factory.mktemp("faults"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def worlds(database):
    """Return one EHR a site, for as long as the module's tests run."""
    pages = Pages(database)
    opened = {site: a_world(site, database, pages) for site in SITES}
    yield {site: each.__enter__() for site, each in opened.items()}
    for each in opened.values():
        each.__exit__(None, None, None)


def complaints(world: World, write: WriteKind, name: str) -> list[str]:
    """Return what is wrong with one run, with its name."""
    return [f"{write.name} × {name}: {each}" for each in world.run(write, SCRIPTS[name]).wrong]


def test_the_matrix_holds_every_write_and_every_fault(capsys):
    """Each fault is met at each profile and by each write, in the sample too."""
    everything, some = whole(), sample()
    with capsys.disabled():
        print(f"\nfaults: {len(ROWS)} writes × {len(SCRIPTS)} faults = {len(everything):,} runs; now {len(CHOSEN):,}")

    assert {name for _, _, name in everything} == set(SCRIPTS)
    assert {(site, write) for site, write, _ in some} == {(site, write.name) for site, write in ROWS}
    for profile in PROFILES:
        met = {name for site, _, name in some if SITES[site][0] == profile}
        assert not (set(SCRIPTS) - set(AWAY)) - met - {"changed meanwhile"}


@pytest.mark.timeout(3_600 if NIGHTLY else 300)
@pytest.mark.parametrize("site, write", ROWS, ids=NAMES)
def test_whatever_befalls_a_write_it_stands_once_or_a_person_is_told(worlds, site, write):
    """Driven until it settles: one of it, the truth on the case, order kept, nobody held up, nothing in the logs."""
    names = [name for name in SCRIPTS if (site, write.name, name) in CHOSEN]

    assert [] == [each for name in names for each in complaints(worlds[site], write, name)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["429 in seconds", "401, session over", "dropped after commit", "422 with an issue"])
def test_on_each_database_alike(kind, name, tmp_path: Path):
    """SQLite and PostgreSQL keep the same book of what is in doubt."""
    opened = open_database(new_url(kind, tmp_path))
    opened.upgrade()
    with a_world("full", opened) as world:
        rows = [write for write in WRITES["full"] if write.name in ("booked", "moved", "note amended")]
        wrong = [each for write in rows for each in complaints(world, write, name)]
    opened.close()

    assert [] == wrong


# -- a worker that dies, and two of them ---------------------------------------------------------------------
class Killed(BaseException):
    """The process is gone: nothing of it catches this."""


@contextmanager
def killed(world: World, step: str, write: WriteKind):
    """Let the worker die once, at a step of the one write."""
    outbox, transport = world.outbox, world.transport
    exchange, mark, confirm = transport.exchange, SqlOutbox.mark_sent, SqlOutbox.confirm

    def dying(method, url, **how):
        is_it = method == write.method and how.get("kind") == write.kind
        if is_it and step == "before sending":
            raise Killed
        answer = exchange(method, url, **how)
        if is_it and step == "after sending":
            raise Killed
        return answer

    def die(*_args, **_how):
        raise Killed

    transport.exchange = dying
    outbox.mark_sent = die if step == "before it is marked" else lambda *each, **how: mark(outbox, *each, **how)
    outbox.confirm = die if step == "before it is confirmed" else lambda *each, **how: confirm(outbox, *each, **how)
    try:
        yield
    finally:
        transport.exchange = exchange
        del outbox.mark_sent, outbox.confirm


STEPS = ("before it is marked", "before sending", "after sending", "before it is confirmed")
LOST = Script("passes", lost=True)


def run_killed(world: World, write: WriteKind, step: str) -> Report:
    """Drive a write whose worker dies at a step; the next one comes when the lease is over."""
    plain, kept = world.drain, []

    def drain_and_die() -> int:
        if kept or not world.armed:
            return plain()
        kept.append(step)
        with killed(world, step, write), pytest.raises(Killed):
            plain()
        return plain()  # the others, by the worker that is started next

    world.drain = drain_and_die
    try:
        return world.run(write, LOST)
    finally:
        del world.drain


@pytest.mark.parametrize("site, write", ROWS, ids=NAMES)
def test_a_worker_killed_at_any_step_leaves_one_of_it(worlds, site, write):
    """In the night at each step, by day at one of them, in turn."""
    steps = STEPS if NIGHTLY else (STEPS[ROWS.index((site, write)) % len(STEPS)],)

    assert [] == [f"{step}: {each}" for step in steps for each in run_killed(worlds[site], write, step).wrong]


@pytest.mark.parametrize("site", ["full", "epic-like", "oracle-like"])
def test_two_workers_at_once_write_each_thing_once(worlds, site):
    """Many cases, two workers, an EHR that takes its time: one of each, in order."""
    world = worlds[site]
    first = world.begin()
    names = ("note", "note amended", "note amended again", "message", "message following")
    effects = {}
    for number in range(6):
        case = f"{first}-{number}"
        effects[case] = [effects_of(case, site)[name]() for name in names]
        world.open(case, *effects[case])
    world.server.faults.latency_seconds = 0.01

    def work():
        drain(world.outbox, world, world, None, world, now=world.clock, jitter=lambda: 0.5)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(timeout=60)
    world.settle()

    for case, mine in effects.items():
        assert {"confirmed"} == {world.state(case, each).state for each in mine}
        assert [1] * len(mine) == [len(world.of(each)) for each in mine]


def test_a_worker_too_slow_for_its_lease_sends_nothing(worlds, monkeypatch):
    """The EHR took longer to answer the looks than the lease allows: another worker may be about to send."""
    world = worlds["epic-like"]
    monkeypatch.setattr("app.edges.ehr.reading.SEND_WITHIN_SECONDS", -1.0)
    case = world.begin()
    effect = effects_of(case, "epic-like")["message"]()
    world.open(case, effect)
    world.drain()
    assert ("queued", []) == (world.state(case, effect).state, world.of(effect))
    monkeypatch.undo()
    world.clock.time = world.state(case, effect).due_at
    world.drain()

    assert ("confirmed", 1) == (world.state(case, effect).state, len(world.of(effect)))


# -- the controls --------------------------------------------------------------------------------------------
def caught(world: World, write: str, name: str) -> set[str]:
    """Return the names of the complaints of one run."""
    row = next(each for each in WRITES[world.site] if each.name == write)
    return {each.partition(":")[0] for each in world.run(row, SCRIPTS[name]).wrong}


@pytest.mark.parametrize("write", ["message", "note", "booked"])
def test_without_the_look_the_matrix_finds_two(worlds, monkeypatch, write):
    """Control: sent again without a look."""
    assert set() == caught(worlds["epic-like"], write, "dropped after commit")
    monkeypatch.setattr(writeback, "look_for", lambda *_, **__: Looked(possible=False, sure=True))

    assert "twice" in caught(worlds["epic-like"], write, "dropped after commit")


def test_without_the_identifier_the_matrix_finds_two(worlds, monkeypatch):
    """Control: what stands there is not known as ours."""
    monkeypatch.setattr(lookup, "carries", lambda *_: False)

    assert "twice" in caught(worlds["epic-like"], "message", "dropped after commit")


def test_without_if_match_the_matrix_finds_what_was_overwritten(worlds, monkeypatch):
    """Control: what somebody else wrote between our reading and our writing."""
    assert set() == caught(worlds["full"], "moved", "changed meanwhile")
    write = Counterpart.write
    monkeypatch.setattr(Counterpart, "write", lambda *each, if_match=None, **how: write(*each, **how))

    assert "overwritten" in caught(worlds["full"], "moved", "changed meanwhile")


@pytest.mark.parametrize("hidden, name", [("say", "unshown"), ("babble", "raw")])
def test_a_page_that_hides_or_babbles_is_found(worlds, monkeypatch, hidden, name):
    """Control: the reason is left out, or the counterpart's own words come through."""
    plain = worlds["full"].pages.store.effects_of
    said = {"say": None, "babble": '{"resourceType": "OperationOutcome"}'}[hidden]
    assert set() == caught(worlds["full"], "message", "403")
    monkeypatch.setattr(
        worlds["full"].pages.store, "effects_of", lambda *each: tuple(replace(one, say=said) for one in plain(*each))
    )

    assert name in caught(worlds["full"], "message", "403")


def test_going_along_with_a_redirect_is_found(worlds, monkeypatch):
    """Control: 307 asks for the same body again, at another server."""
    request = requests.Session.request
    monkeypatch.setattr(
        requests.Session, "request", lambda *each, **how: request(*each, **how | {"allow_redirects": True})
    )

    assert "elsewhere" in caught(worlds["full"], "message", "307 elsewhere")


def test_without_the_mark_a_crash_makes_two(worlds, monkeypatch):
    """Control: nothing says that a send was begun, at a server that cannot be asked."""
    row = next(each for each in WRITES["oracle-like"] if each.name == "message")
    assert [] == run_killed(worlds["oracle-like"], row, "after sending").wrong
    monkeypatch.setattr(SqlOutbox, "mark_sent", lambda *_, **__: None)

    assert "twice" in {each.partition(":")[0] for each in run_killed(worlds["oracle-like"], row, "after sending").wrong}


def test_a_refused_try_taken_for_a_doubt_is_found_as_lost(worlds, monkeypatch):
    """Control, and what went wrong: one 429 to a message at Oracle, and it was never sent for want of a look."""
    from app.edges.store import outbox

    plain = outbox._due_effect
    monkeypatch.setattr(outbox, "_due_effect", lambda row: _seen_once_sent(plain(row)))

    assert "lost" in caught(worlds["oracle-like"], "message", "429 in seconds")


def _seen_once_sent(due):
    return replace(due, seen=due.first_sent_at is not None)
