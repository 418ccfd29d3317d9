"""What payers publish as it was read, by one reader a round; and what we publish ourselves; on both databases."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

from app.core.case import OfferedWindow
from app.core.interval import Interval
from app.core.people import Reviewer, Role, User
from app.core.slots.offered import Offered, OutFeed, Publication
from app.edges.store.feed_times import SqlFeedTimes
from app.edges.store.publications import SqlPublications
from app.edges.store.store import SqlStore
from app.flow.ports import KeptTimes, TimesRead
from tests.edges.store.builders import NOW, TENANT

HOUR = timedelta(hours=1)
KEY = "uhc_general"
USER = User(f"{TENANT}|m", "Manager Test", Role.MANAGER)
WINDOW = OfferedWindow(
    "w1",
    Interval(NOW, NOW + HOUR),
    "published",
    slot="feed:uhc_general/Slot/1#x",
    reviewer=Reviewer("Dr Peer \x00 Example"),
    source="bulk",
    seats=3,
    link="https://desk.payer.example/1",
)
READ = TimesRead((WINDOW,), "stamp-1", ("One line could not be read.",))


def test_what_was_read_is_given_back_and_a_failure_leaves_it(database):
    """Windows, warnings and when; a later failure is told beside them; the next success takes it away."""
    times = SqlFeedTimes(database)
    assert KeptTimes() == times.of(KEY)
    assert times.claim(KEY, now=NOW, until=NOW + HOUR)
    assert times.keep(KEY, READ, at=NOW, due_at=NOW)
    kept = times.of(KEY)
    assert (READ.warnings, NOW, 0, None) == (kept.warnings, kept.read_at, kept.failures, kept.say)
    (window,) = kept.windows
    assert replace(WINDOW, reviewer=window.reviewer) == window
    times.fail(KEY, "It is down.", due_at=NOW)
    times.fail(KEY, "It is down.", due_at=NOW)
    kept = times.of(KEY)
    assert ((window,), 2, "It is down.") == (kept.windows, kept.failures, kept.say)

    assert not times.keep(KEY, READ, at=NOW + HOUR, due_at=NOW), "the same as before"
    kept = times.of(KEY)
    assert (0, None, NOW + HOUR) == (kept.failures, kept.say, kept.read_at)
    assert times.keep(KEY, replace(READ, windows=(), stamp="stamp-2"), at=NOW, due_at=NOW)
    assert () == times.of(KEY).windows
    assert () == SqlFeedTimes(database).of(KEY).windows


def test_one_of_many_workers_reads_a_feed(database):
    """Eight at once, three rounds: one each."""
    times = [SqlFeedTimes(database) for _ in range(8)]
    for round_ in range(3):
        barrier, won = Barrier(8), []
        now = NOW + round_ * HOUR

        def race(mine, barrier=barrier, won=won, now=now):
            barrier.wait()
            if mine.claim(KEY, now=now, until=now + HOUR):
                won.append(mine)

        threads = [Thread(target=race, args=(each,)) for each in times]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert 1 == len(won)
    assert not times[0].claim(KEY, now=NOW + 2 * HOUR, until=NOW + 9 * HOUR)


def test_addresses_people_and_what_stands_there_are_kept_by_tenant(database):
    """One open address a payer; whom we chose; the snapshot; each change an entry of the tenant's audit."""
    publications = SqlPublications(database)
    first = OutFeed("f1", TENANT, KEY, "digest-1", "Manager Test", NOW)
    second = replace(first, id="f2", digest="digest-2", made_at=NOW + HOUR)
    publications.open(first, who=USER.key)
    publications.open(second, who=USER.key)
    assert ["ended", "open"] == [each.state for each in publications.feeds(TENANT)]
    assert second == publications.by_digest("digest-2")
    assert publications.by_digest("other") is None
    assert not publications.end("elsewhere", "f2", by=USER, at=NOW)
    assert publications.end(TENANT, "f2", by=USER, at=NOW)
    assert not publications.end(TENANT, "f2", by=USER, at=NOW)

    publications.choose(TENANT, {"Practitioner/1": "Dr A", "Practitioner/2": "Dr B"}, by=USER, at=NOW)
    publications.choose(TENANT, {"Practitioner/2": "Dr B"}, by=USER, at=NOW)
    assert {"Practitioner/2": "Dr B"} == publications.people(TENANT)
    assert {} == publications.people("elsewhere")

    told = Publication((Offered("a", "Dr B", None, (Interval(NOW, NOW + HOUR),)),), NOW, NOW)
    assert Publication() == publications.standing(TENANT, KEY)
    publications.keep(TENANT, KEY, Publication())
    publications.keep(TENANT, KEY, told)
    assert told == publications.standing(TENANT, KEY)
    assert Publication() == publications.standing("elsewhere", KEY)
    checked = SqlStore(database).check_audit(TENANT)
    assert (6, None) == (checked.entries, checked.broken_at)
