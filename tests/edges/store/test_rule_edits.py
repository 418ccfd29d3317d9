"""
A tenant's edits of the rule book on both databases: kept whole and for good, in order, one winner a number.

The control at the end: the same race with the uniqueness taken out of the schema lets everybody in.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from app.core.rulebook.edits import EditKind, NumberPassed, RuleMoved
from app.edges.rulebook.site import SiteRules
from app.edges.store import SqlStore
from app.edges.store.database import Database
from tests.fakes.office import Office, the_rules
from tests.rule_edits import UHC, an_edit, form, keep

PEOPLE = 8


def race(act) -> Counter:
    """Let people act at the same moment; return how often each result came."""
    gun = Barrier(PEOPLE, timeout=30)

    def run(n: int) -> str:
        gun.wait()
        try:
            act(n)
        except (NumberPassed, RuleMoved) as error:
            return type(error).__name__
        return "won"

    with ThreadPoolExecutor(PEOPLE) as pool:
        return Counter(pool.map(run, range(PEOPLE)))


def test_an_edit_comes_back_whole(database: Database):
    """Values, what stood before, evidence, who, when, why; a value given back has no evidence."""
    store = SqlStore(database)
    edits = (
        an_edit(1, values={"phone": "ünï \u202e 📞"}, before={"phone": None}, later=True),
        an_edit(2, name="windows", values={"windows": [{"amount": 3}], "lane": None}, before={"windows": []}),
        an_edit(3, kind=EditKind.BACK, values={}, before={"phone": "x"}, evidence=None),
    )
    # Evidence comes back with the edit's own why: it is kept once.
    for each in edits:
        store.add_rule_edit("demo", each)
    found = store.rule_edits("demo")

    assert [(each.values, each.before, each.later, each.kind) for each in edits] == [
        (each.values, each.before, each.later, each.kind) for each in found
    ]
    assert [each.at for each in edits] == [each.at for each in found]
    first = found[0].evidence
    assert ("https://payer.example/manual", "V", "Our own line.") == (first.source, first.grade, first.why)
    assert None is found[2].evidence
    assert ("Test Coordinator", "sandbox|coordinator") == (found[0].by_name, found[0].by)


def test_each_tenant_counts_its_own(database: Database):
    """Another hospital's edits are not seen, nor counted."""
    store = SqlStore(database)
    store.add_rule_edit("demo", an_edit(1))
    store.add_rule_edit("demo", an_edit(2))
    store.add_rule_edit("other", an_edit(1))

    assert (2, 1, 0) == tuple(store.rules_version(each) for each in ("demo", "other", "nobody"))
    assert (2, 1, 0) == tuple(len(store.rule_edits(each)) for each in ("demo", "other", "nobody"))


def test_an_edit_is_audited_with_it_or_not_kept(database: Database):
    """One transaction: a number that is taken leaves no entry, and the chain holds."""
    office = Office(database)
    office.store.add_rule_edit("sandbox", an_edit(1))
    with pytest.raises(NumberPassed):
        office.store.add_rule_edit("sandbox", an_edit(1, values={"phone": "800-555-0199"}))

    assert [("sandbox|coordinator", "rule set uhc_general phone #1", None, None)] == office.audited()
    assert None is office.store.check_audit("sandbox").broken_at


def test_of_people_who_edit_at_once_one_has_the_number(database: Database):
    """Everybody else is told so; nothing is lost or doubled."""
    store = SqlStore(database)
    for turn in range(1, 4):
        told = race(
            lambda n, turn=turn: store.add_rule_edit("demo", an_edit(turn, values={"phone": f"800-555-010{n}"}))
        )
        assert Counter(won=1, NumberPassed=PEOPLE - 1) == told

    assert [1, 2, 3] == [each.number for each in store.rule_edits("demo")]


def test_of_two_editors_of_one_rule_the_second_is_told(database: Database):
    """All saw the same page; one is kept, and each of the others is told who was first."""
    office = Office(database)

    told = race(lambda n: keep(office, "phone", form(phone=f"800-555-010{n}"), seen=0))

    assert Counter(won=1, RuleMoved=PEOPLE - 1) == told
    assert 1 == office.store.rules_version("sandbox")


def test_editors_of_different_rules_do_not_hinder_one_another(database: Database):
    """Each rule has its own page: all are kept, one after the other."""
    office = Office(database)
    keys = [each.key for each in the_rules().payers][:PEOPLE]

    assert Counter(won=PEOPLE) == race(lambda n: patiently(office, keys[n]))
    assert sorted(keys) == sorted(each.rule for each in office.store.rule_edits("sandbox"))


def patiently(office: Office, key: str) -> None:
    """Send the form until nobody else's comes between; flow itself tries a few times."""
    for _ in range(PEOPLE):
        try:
            keep(office, "phone", form(phone="800-555-0100"), rule=key, seen=0)
            return
        except NumberPassed:
            continue
    raise AssertionError("never came through")


def test_every_process_sees_an_edit_at_its_next_question(database: Database):
    """Two rule books over one database, as in two processes: no restart, and one question costs one look."""
    store = SqlStore(database)
    mine, yours = SiteRules(the_rules(), store), SiteRules(the_rules(), store)
    page = yours.of("demo")
    assert (None, None) == (mine.of("demo").payer_by_key(UHC).phone, page.payer_by_key(UHC).phone)

    store.add_rule_edit("demo", an_edit())
    assert "800-555-0100" == yours.of("demo").payer_by_key(UHC).phone
    assert None is page.payer_by_key(UHC).phone, "a page that has begun sees one book to its end"
    assert the_rules().payer_by_key(UHC) is yours.of("other").payer_by_key(UHC)


def test_without_the_uniqueness_everybody_wins(database: Database):
    """The control: the race above does find two with one number where the schema lets them in."""
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE loose AS SELECT * FROM rule_edits"))
        connection.execute(text("DROP TABLE rule_edits"))
        connection.execute(text("ALTER TABLE loose RENAME TO rule_edits"))
    store = SqlStore(database)

    assert Counter(won=PEOPLE) == race(lambda n: store.add_rule_edit("demo", an_edit(1)))
    assert PEOPLE == len(store.rule_edits("demo"))
