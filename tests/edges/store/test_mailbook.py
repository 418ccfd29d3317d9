"""How far a mailbox was read, one reader at a time, and whose a message is; the same on both databases."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.edges.fhir.identifiers import value_of_key
from app.edges.store import SqlStore
from app.edges.store.database import Database
from app.edges.store.mailbook import SqlMailBook
from app.edges.store.messages import SqlMessages
from app.edges.store.migrate import downgrade, upgrade
from app.flow.ports import Mark, Named
from tests.edges.store.builders import NOW, TENANT, a_case
from tests.edges.store.test_messages import a_message
from tests.edges.store.test_races import PEOPLE, race

BOX, MINUTE = "calls@hospital.example", timedelta(minutes=1)


def test_one_of_many_workers_reads_a_mailbox_at_a_time(database: Database):
    """Until its round is over; another mailbox is another round."""
    book, won = SqlMailBook(database), Counter()

    def claim(n: int) -> None:
        won[book.claim(BOX, now=NOW, until=NOW + MINUTE)] += 1

    race(PEOPLE, claim)
    assert Counter({True: 1, False: PEOPLE - 1}) == won
    assert book.claim("other@hospital.example", now=NOW, until=NOW + MINUTE)
    assert book.claim(BOX, now=NOW + MINUTE, until=NOW + 2 * MINUTE)


def test_the_mark_is_given_back_as_it_was_kept(database: Database):
    """Numbers of 32 bits, as IMAP gives them."""
    book, mark = SqlMailBook(database), Mark(2**32 - 1, 2**32 - 2, NOW)
    assert book.mark(BOX) is None
    book.claim(BOX, now=NOW, until=NOW)
    assert book.mark(BOX) is None
    book.move(BOX, mark)

    assert mark == book.mark(BOX)


def asked(database: Database, tenant: str = TENANT, *, id: str = "c1", number: str = "P-AAAAAA") -> str:
    """Keep a case with a request of ours; return what the request is known by outside."""
    case = replace(a_case(id), tenant=tenant, number=number)
    SqlStore(database).save(case, seen=None, now=NOW)
    key = f"{tenant}/{id}/ask/1"
    sent = a_message(f"out-{id}", name=f"out:{key}", direction="out", channel="message", effect=key, case_id=id)
    SqlMessages(database).add(tenant, sent)
    return value_of_key(key)


def test_a_message_is_whose_request_it_answers_or_whose_case_it_names(database: Database):
    """Of any tenant, each case once; what nobody has is nobody's."""
    book = SqlMailBook(database)
    ours, theirs = asked(database), asked(database, "elsewhere", id="c9", number="P-BBBBBB")
    mine, other = Named(TENANT, "c1", "P-AAAAAA"), Named("elsewhere", "c9", "P-BBBBBB")

    assert ((mine,), (other,)) == (book.asked_in([ours]), book.asked_in([theirs]))
    assert {mine, other} == set(book.numbered(["P-AAAAAA", "P-BBBBBB", "P-CCCCCC"]))
    assert () == book.asked_in(["nothing"]) == book.numbered(["P-CCCCCC"])


@pytest.mark.parametrize("kept", ["asked", "none"])
def test_requests_sent_before_the_upgrade_are_known_by_their_names_too(database: Database, kept: str):
    """Their answers may still come."""
    reference = asked(database) if kept == "asked" else None
    SqlMessages(database).add(TENANT, a_message())
    downgrade(database, "0010")
    upgrade(database)

    assert [bool(reference)] == [bool(SqlMailBook(database).asked_in([reference or "x"]))]
    with database.reading() as connection:
        told = connection.execute(text("SELECT count(*) FROM messages WHERE reference IS NULL")).scalar_one()
    assert 1 == told
