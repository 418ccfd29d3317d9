"""Drafts of calls: by tenant, case and person; none typed over unseen; forgotten when told, or when left alone."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.call.talk import Aside, Press, Talk
from app.edges.store import SqlStore
from app.edges.store.database import Database
from app.edges.store.talks import SqlTalks
from app.flow.ports import TalkMoved
from tests.edges.store.builders import NOW, TENANT, a_case
from tests.edges.store.test_races import PEOPLE, race

ME = f"{TENANT}|me"


def a_draft(database: Database, **changes) -> Talk:
    """Return the draft of a call of a saved case, not kept yet."""
    case = SqlStore(database).save(a_case(), seen=None, now=NOW)
    return replace(Talk(case.id, ME, "call-1", {"note": "Ätzend\nlang"}), **changes)


def test_a_draft_is_given_back_as_it_was_kept(database: Database):
    """Words, presses and what stands aside, to its own person, case and hospital alone."""
    talks = SqlTalks(database)
    draft = a_draft(database, presses=(Press("hold", NOW),), asides=(Aside("note", "Films.", NOW),))
    kept = talks.keep(TENANT, draft, now=NOW)

    assert replace(draft, version=1, kept_at=NOW) == kept == talks.of(TENANT, draft.case_id, ME)
    others = (("other", draft.case_id, ME), (TENANT, "case-2", ME), (TENANT, draft.case_id, f"{TENANT}|you"))
    assert [None] * 3 == [talks.of(*each) for each in others]


def test_a_draft_that_another_device_kept_meanwhile_is_refused(database: Database):
    """Of the first version as of later ones: who read the older one must read again."""
    talks, draft = SqlTalks(database), a_draft(database)
    first = talks.keep(TENANT, draft, now=NOW)
    talks.keep(TENANT, first, now=NOW)
    for stale in (draft, first):
        with pytest.raises(TalkMoved):
            talks.keep(TENANT, replace(stale, words={"note": "lost"}), now=NOW)

    assert (2, draft.words) == ((found := talks.of(TENANT, draft.case_id, ME)).version, found.words)


def test_of_devices_that_save_at_the_same_moment_one_is_first(database: Database):
    """The others are told, and decide again upon what stands (app.flow.drafts)."""
    talks, draft = SqlTalks(database), a_draft(database)

    def save(n: int) -> None:
        try:
            talks.keep(TENANT, replace(draft, words={"note": str(n)}), now=NOW)
        except TalkMoved:
            lost.append(n)

    lost: list[int] = []
    race(PEOPLE, save)
    assert Counter(lost=PEOPLE - 1) == Counter(lost=len(lost))
    assert 1 == talks.of(TENANT, draft.case_id, ME).version


def test_a_draft_is_forgotten_when_told_and_when_nobody_touched_it(database: Database):
    """Of two drafts the older one goes; forgetting what is not there is no error."""
    talks, draft = SqlTalks(database), a_draft(database)
    talks.keep(TENANT, draft, now=NOW)
    talks.keep(TENANT, replace(draft, user_key=f"{TENANT}|you"), now=NOW + timedelta(days=2))

    assert (0, 1) == (
        talks.drop_before("other", NOW + timedelta(days=9)),
        talks.drop_before(TENANT, NOW + timedelta(1)),
    )
    assert talks.of(TENANT, draft.case_id, ME) is None and talks.of(TENANT, draft.case_id, f"{TENANT}|you")
    for _ in range(2):
        talks.drop(TENANT, draft.case_id, f"{TENANT}|you")
    assert talks.of(TENANT, draft.case_id, f"{TENANT}|you") is None
