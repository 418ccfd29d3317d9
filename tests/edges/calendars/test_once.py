"""Whatever the calendar: looked for before it is sent again, removed when it is gone, and once in the end."""

from dataclasses import replace

import pytest

from app.core.effects import WriteUnknown
from tests.edges.calendars import test_caldav, test_google, test_graph
from tests.edges.calendars.calls import HOUR, NOW, WEEK, call, hours
from tests.edges.calendars.google_like import GoogleLike
from tests.edges.calendars.graph_like import GraphLike
from tests.edges.calendars.json_server import json_server


@pytest.fixture(params=["google", "graph", "radicale", "xandikos"])
def ours(request):
    """An empty calendar of each kind."""
    if request.param in ("radicale", "xandikos"):
        yield test_caldav.connect(test_caldav.fresh(request.getfixturevalue(request.param), "once"))
        return
    account, connect, path = {
        "google": (GoogleLike(), test_google.connect, "/calendar/v3"),
        "graph": (GraphLike(), test_graph.connect, "/v1.0"),
    }[request.param]
    with json_server(account) as base:
        account.base = f"{base}{path}"
        yield connect(account.base)


def test_looking_sends_nothing(ours):
    """A write in doubt is looked for first: found, or still in doubt; the same when it is taken back."""
    told = call()
    with pytest.raises(WriteUnknown):
        ours.put(told, now=NOW, seen=True, may_send=False)
    ours.put(told, now=NOW, seen=True)

    assert ours.put(told, now=NOW, seen=True, may_send=False).how == "found"
    with pytest.raises(WriteUnknown):
        ours.remove(told, may_send=False)
    ours.remove(told)
    assert ours.remove(told, may_send=False).how == "found"


def test_life_of_a_call_leaves_one_event_at_its_last_time(ours):
    """Held, booked, moved twice, each told twice and the first word once more at the end."""
    held = call(tentative=True)
    booked = replace(held, revision=1, tentative=False)
    moves = [replace(booked, revision=n, interval=call(n).interval) for n in (2, 3)]

    for each in (held, held, booked, booked, *moves, *moves, held):
        ours.put(each, now=NOW + HOUR, seen=True)

    assert hours(ours.busy(WEEK, now=NOW)) == ["02 19:00-19:20"]


def test_call_that_was_cancelled_and_booked_again_stands(ours):
    """Under the same name, as its case has it."""
    told = call()
    ours.put(told, now=NOW, seen=False)
    ways = [ours.remove(told).how for _ in range(2)]
    ours.put(replace(told, revision=2), now=NOW, seen=True)

    assert (ways, hours(ours.busy(WEEK, now=NOW))) == (["removed", "found"], ["02 16:00-16:20"])


def test_call_of_ours_does_not_count_where_it_is_told_apart_and_a_meeting_at_its_minutes_does(ours):
    """By what it is, not by when it is: whoever booked over our held time is not double-booked in turn."""
    held, others = call(tentative=True), [call(), call(2)]
    ours.put(held, now=NOW, seen=False)
    ours.put(others[1], now=NOW, seen=False)

    assert hours(ours.busy(WEEK, now=NOW)) == ["02 16:00-16:20", "02 18:00-18:20"]
    assert hours(ours.busy(WEEK, now=NOW, but=[held, call(5)])) == ["02 18:00-18:20"]
    ours.put(others[0], now=NOW, seen=False)
    assert hours(ours.busy(WEEK, now=NOW, but=[held])) == ["02 16:00-16:20", "02 18:00-18:20"]
    assert hours(ours.busy(WEEK, now=NOW, but=[held, *others])) == []
    assert hours(ours.busy(WEEK, now=NOW))[-1] == "02 18:00-18:20"
