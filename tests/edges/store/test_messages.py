"""Messages are kept once under races, on both databases."""

from collections import Counter

import pytest

from app.core.people import Role, User
from app.core.windows.message import Message
from app.edges.store.database import Database
from app.edges.store.messages import SqlMessages
from app.flow.ports import NoSuchMessage
from tests.edges.store.builders import NOW, TENANT
from tests.edges.store.test_races import PEOPLE, race

READER = User("demo|u", "Example Reader", Role.COORDINATOR)


def a_message(id: str = "m1", **more) -> Message:
    """Return a message that came."""
    return Message(**({"id": id, "name": f"fax:{id}", "at": NOW, "direction": "in", "channel": "fax",
                       "counterpart": "555-0100", "subject": "s", "text": "t"} | more))  # fmt: skip


def test_one_message_that_comes_twenty_times_at_once_is_one(database: Database):
    """A provider repeats its webhook until it hears an answer."""
    store, kept = SqlMessages(database), Counter()

    def come(n: int) -> None:
        kept[store.add(TENANT, a_message(f"m{n}", name="fax:77")).id] += 1

    assert Counter(won=PEOPLE) == race(PEOPLE, come)
    assert [PEOPLE] == list(kept.values())
    assert 1 == store.count_new(TENANT)


def test_reading_marks_once_even_when_two_windows_read(database: Database):
    """The first look counts."""
    store = SqlMessages(database)
    store.add(TENANT, a_message())
    race(4, lambda n: store.mark_read(TENANT, "m1", by=READER, at=NOW))

    assert ["Example Reader"] == [each.who for each in store.readers(TENANT, "m1")]


def test_a_message_of_another_tenant_is_not_there(database: Database):
    """By id or in lists."""
    store = SqlMessages(database)
    store.add(TENANT, a_message())
    with pytest.raises(NoSuchMessage):
        store.one("other", "m1")
    assert () == store.all("other", state=None, case_ids=None)
    assert () == store.all(TENANT, state="new", case_ids=["c1"])
