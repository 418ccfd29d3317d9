"""Policies on both databases: whole, for good, one winner a version, audited with it or not kept."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from app.core.rulebook.policies import NoSuchPolicy, PolicyMoved
from app.edges.store import SqlStore
from app.edges.store.database import Database
from app.edges.store.policies import SqlPolicies
from tests.core.test_policy import DOCUMENT, a_version
from tests.edges.store.builders import TENANT
from tests.fakes.office import Office

PEOPLE = 6


def test_a_version_comes_back_whole(database: Database):
    """Every field and every character of the text, odd ones too; another tenant sees nothing of it."""
    shelf = SqlPolicies(database)
    odd = "ünï \u202e 📞\t\n" + DOCUMENT
    told = a_version(payer=None, number=None, codes=("22612", "J17*"), has_criteria=True)
    gone = a_version(version=2, is_retired=True)
    shelf.keep(TENANT, told, odd)
    shelf.keep(TENANT, gone, "")

    assert (told, gone) == shelf.versions(TENANT)
    assert odd == shelf.text(TENANT, "d1", 1)
    assert () == shelf.versions("elsewhere")
    for tenant, id, version in (("elsewhere", "d1", 1), (TENANT, "d2", 1), (TENANT, "d1", 3)):
        with pytest.raises(NoSuchPolicy):
            shelf.text(tenant, id, version)


def test_of_people_who_put_a_version_in_at_once_one_has_its_number(database: Database):
    """The others are told; one text is kept, with one entry of the audit."""
    office = Office(database)
    shelf, gun = SqlPolicies(database), Barrier(PEOPLE, timeout=30)

    def put_in(n: int) -> str:
        gun.wait()
        try:
            shelf.keep("sandbox", replace(a_version(), title=f"By {n}"), f"text {n}")
        except PolicyMoved:
            return "moved"
        return "won"

    with ThreadPoolExecutor(PEOPLE) as pool:
        assert Counter(won=1, moved=PEOPLE - 1) == Counter(pool.map(put_in, range(PEOPLE)))
    (kept,) = shelf.versions("sandbox")
    assert shelf.text("sandbox", "d1", 1) == f"text {kept.title.removeprefix('By ')}"
    assert [("sandbox|coordinator", "policy kept d1 #1", None, None)] == office.audited()
    assert None is SqlStore(database).check_audit("sandbox").broken_at
