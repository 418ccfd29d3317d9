"""The worklist's page: order, filters, counts, search, and 50,000 cases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.core.brief.answer import lines_in_dispute
from app.core.brief.service import diagnosis_key
from app.core.case import Case, CaseState, NextAction, Outcome
from app.core.denial import Code, Decision, DenialLine, LineRouting, Path, Routing
from app.core.detect.cited import ICD10
from app.core.learn.odds import Likeness, Precedents, odds_of, precedents_of
from app.edges.store import SqlOutbox, SqlStore
from app.edges.store.cases import cases, stage_of
from app.edges.store.database import Database
from app.edges.store.migrate import downgrade, upgrade
from app.edges.store.worklist import FILTERS
from app.errors import BadInput
from app.flow.ports import WorklistPage
from tests.edges.store.builders import NOW, TENANT, a_case, an_effect, at, booked

ME = "demo|me"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def store(database: Database) -> SqlStore:
    """An empty store."""
    return SqlStore(database)


def put(store: SqlStore, id: str, **changes) -> Case:
    """Save a new case with these changes; nothing of it is due soon unless they say so."""
    quiet = {"next_action": NextAction("book", "Book a time", NOW + 9 * DAY, "us"), **changes}
    return store.save(a_case(id, **quiet), seen=None, now=NOW)


def page(store: SqlStore, show: str = "open", search: str = "", **how) -> WorklistPage:
    """Return the first page of a filter."""
    asked = {"user_key": ME, "now": NOW, "limit": 200, "offset": 0, **how}
    return store.worklist(TENANT, show=show, search=search, **asked)


def ids(found: WorklistPage) -> list[str]:
    """Return the ids of the rows in order."""
    return [row.case_id for row in found.rows]


def test_open_cases_come_in_the_order_in_which_time_runs_out(store: SqlStore):
    """
    The last safe moment to book counts while there is something to book, else the day of the next action.

    Documents that are due tomorrow once stood below every call of the week, because no call was planned for them.
    """
    never = NextAction("read", "Read it", None, "us")
    put(store, "none-new", opened_at=NOW, next_action=never)
    put(store, "later", last_safe_at=NOW + 2 * DAY)
    put(store, "overdue", last_safe_at=NOW - DAY)
    put(store, "none-old", opened_at=NOW - DAY, next_action=never)
    put(store, "soon", last_safe_at=NOW + HOUR)
    put(store, "documents", next_action=NextAction("send_information", "Send it", NOW + DAY, "us"))
    put(store, "told", state=CaseState.DECIDED, last_safe_at=NOW - 2 * DAY)

    found = page(store)
    assert ["overdue", "soon", "documents", "later", "told", "none-old", "none-new"] == ids(found)
    due = [-24, 1, 24, 48, 9 * 24, None, None]
    assert due == [row.act_by and (row.act_by - NOW) // HOUR for row in found.rows]


def test_pages_follow_one_another_without_gap(store: SqlStore):
    """The total tells how many there are; ties are broken by id."""
    for n in range(7):
        put(store, f"c{n}")
    pages = [page(store, limit=3, offset=offset) for offset in (0, 3, 6, 9)]

    assert [f"c{n}" for n in range(7)] == [each for found in pages for each in ids(found)]
    assert {7} == {found.total for found in pages}


FILTERED = {
    "mine": {"mine": {"owner_key": ME}, "other": {"owner_key": "demo|you"}, "nobody": {}},
    "unowned": {"nobody": {}, "mine": {"owner_key": ME}},
    "today": {
        "safe": {"last_safe_at": NOW + HOUR},
        "action": {"next_action": NextAction("chase", "Chase", NOW + HOUR, "payer")},
        "tomorrow": {"last_safe_at": NOW + 2 * DAY},
    },
    "waiting_payer": {"payer": {"next_action": NextAction("chase", "Chase", None, "payer")}, "us": {}},
    "no_time": {"none": {"next_action": NextAction("ask_windows", "Ask for call times", None, "us")}, "some": {}},
    "verbal": {"told": {"state": CaseState.DECIDED}, "written": {"state": CaseState.CONFIRMED}},
    "overdue": {
        "late": {"last_safe_at": NOW - HOUR},
        "action": {"next_action": NextAction("chase", "Chase", NOW - HOUR, "payer")},
        "booked in time": {"last_safe_at": NOW - HOUR, "state": CaseState.BOOKED},
        "in time": {"last_safe_at": NOW + HOUR},
    },
    "closed": {"over": {"state": CaseState.CLOSED}, "open": {}},
    "open": {"open": {}, "withdrawn": {"state": CaseState.WITHDRAWN}, "over": {"state": CaseState.CLOSED}},
}
EXPECTED = {
    "mine": {"mine"},
    "unowned": {"nobody"},
    "today": {"safe", "action"},
    "waiting_payer": {"payer"},
    "no_time": {"none"},
    "verbal": {"told"},
    "overdue": {"late", "action"},
    "closed": {"over"},
    "open": {"open", "withdrawn"},
}


@pytest.mark.parametrize("show", FILTERED)
def test_a_filter_shows_what_it_says_and_counts_it(store: SqlStore, show: str):
    """Rows, count and total agree, whichever filter is open."""
    for id, changes in FILTERED[show].items():
        put(store, id, **changes)
    found = page(store, show)

    assert EXPECTED[show] == set(ids(found))
    assert len(EXPECTED[show]) == found.total == found.counts[show] == page(store).counts[show]
    assert set(FILTERS) == set(found.counts)


def test_a_call_of_today_is_of_today_until_it_is_over(store: SqlStore):
    """Today ends at the reader's midnight, which the page hands in."""
    for id, hour in (("today", 16), ("tomorrow", 23)):
        store.save(
            booked(a_case(id, next_action=NextAction("call", "Call", None, "us")), at(hour), at(hour, 20)),
            seen=None,
            now=NOW,
        )

    assert {"today"} == set(ids(page(store, "today", today_ends_at=at(22))))
    assert {"today", "tomorrow"} == set(ids(page(store, "today")))


def test_what_the_ehr_has_not_taken_is_counted_until_it_has(store: SqlStore, database: Database):
    """A refused write stays visible, also when the case is closed; a confirmed one does not."""
    case = put(store, "a")
    store.save(replace(case, state=CaseState.CLOSED), effects=[an_effect("1"), an_effect("2")], seen=1, now=NOW)
    put(store, "b")
    assert [("a", 2)] == [(row.case_id, row.unwritten) for row in page(store, "unwritten").rows]

    from app.flow.ports import Written

    outbox = SqlOutbox(database)
    (due,) = outbox.lease(now=NOW, limit=1)
    outbox.put_back(due, state="rejected", say="No.", due_at=NOW, now=NOW)
    assert 2 == page(store, "unwritten").rows[0].unwritten
    (due,) = outbox.lease(now=NOW, limit=1)
    outbox.confirm(due, Written("Thing/1"), now=NOW)
    assert [1, 0] == [page(store, "unwritten").rows[0].unwritten, page(store).rows[0].unwritten]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("p-a", ["a"]),
        ("BETA", ["b"]),
        ("knee health", ["b"]),
        ("health knee", ["b"]),
        ("%", []),
        ("_", []),
        ("Synthetic", []),
        ("  ", ["a", "b"]),
        ("'; drop table cases; --", []),
        ("\x00p-a", ["a"]),
    ],
)
def test_search_finds_number_payer_and_service_never_a_name(store: SqlStore, search: str, expected: list[str]):
    """What is typed ends up in the URL, so a patient's name finds nothing; wildcards are letters."""
    put(store, "a", payer_name="Alpha Health", service_label="spine")
    put(store, "b", payer_name="Beta Health", service_label="knee")
    found = page(store, search=search)

    assert expected == ids(found)
    assert len(expected) == found.counts["unowned"] == found.total


def test_what_is_most_is_counted_to_the_end_only_where_it_is_shown(store: SqlStore, monkeypatch):
    """Years of closed cases are not walked for a number in the corner; their own list tells it whole."""
    monkeypatch.setattr("app.edges.store.worklist.MOST_COUNTED", 3)
    for number in range(5):
        put(store, f"c{number}", state=CaseState.CLOSED)
    put(store, "a")

    assert (3, 1) == (page(store).counts["closed"], page(store).counts["open"])
    assert 5 == page(store, "closed").counts["closed"] == page(store, "closed").total


def test_another_tenants_cases_are_neither_shown_nor_counted(store: SqlStore):
    """Reliability I6."""
    put(store, "a")
    store.save(replace(a_case("b"), tenant="other"), effects=[an_effect()], seen=None, now=NOW)

    assert (["a"], 0) == (ids(page(store)), page(store).counts["unwritten"])


def test_an_unknown_filter_is_refused(store: SqlStore):
    """The refusal names the field."""
    with pytest.raises(BadInput) as refused:
        page(store, "everything")

    assert "show" == refused.value.path


@pytest.mark.parametrize(
    ("state", "windows", "route", "stage"),
    [
        (CaseState.OPEN, (), Path.P2P, "windows"),
        (CaseState.OPEN, (), Path.APPEAL, "detect"),
        (CaseState.OFFERED, (), Path.P2P, "slots"),
        (CaseState.BOOKED, (), Path.P2P, "call"),
        (CaseState.DECIDED, (), Path.P2P, "outcome"),
        (CaseState.CLOSED, (), Path.P2P, "learn"),
    ],
)
def test_each_state_has_its_stage(state, windows, route, stage):
    """Every state has one; a case that no call can win stays at its explanation."""
    case = a_case(state=state, windows=windows)

    assert stage == stage_of(replace(case, routing=replace(case.routing, route=route)))
    assert {stage_of(a_case(state=each)) for each in CaseState} <= {
        "detect",
        "windows",
        "slots",
        "book",
        "brief",
        "call",
        "outcome",
        "learn",
    }


def test_a_page_takes_three_queries_however_many_rows(store: SqlStore, database: Database):
    """Never a query per row."""
    for n in range(30):
        put(store, f"c{n}")
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    page(store)

    assert 3 == len([each for each in asked if each.startswith("SELECT")])


def decided(id: str, result: str = "approved", **changes) -> Case:
    """Return a closed case whose call came to this."""
    outcome = Outcome(f"o-{id}", result, True, NOW - DAY, "Coordinator")
    return a_case(id, **({"state": CaseState.CLOSED, "outcome": outcome, "service_key": "lumbar_fusion"} | changes))


def clinical() -> Routing:
    """Return a routing for a clinical reason, after the denial."""
    return replace(a_case().routing, reason_kind="clinical")


def test_history_is_counted_in_one_question(store: SqlStore, database: Database):
    """However many calls were decided: one query, and none again within the minute."""
    for number, result in enumerate(("approved", "modified", "upheld", "upheld", "not_held", "withdrawn")):
        store.save(decided(f"c{number}", result, routing=clinical()), seen=None, now=NOW)
    store.save(decided("else", tenant="elsewhere", routing=clinical()), seen=None, now=NOW)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    like = Likeness("Example Mutual", "clinical", "lumbar_fusion", "post_denial")
    first, again = store.history(TENANT, now=NOW), store.history(TENANT, now=NOW + timedelta(seconds=59))

    assert (2, 4) == (odds_of(like, first).share.count, odds_of(like, first).share.n)
    assert Precedents(1, 1, 4, NOW - DAY) == precedents_of(like, first)
    assert again is first
    assert 1 == len([each for each in asked if "FROM cases" in each])


def test_a_row_is_like_others_only_while_its_call_is_to_be_booked(store: SqlStore):
    """Booked, decided, or on a path without a call: nothing is to be weighed."""
    put(store, "open", routing=clinical(), service_key="lumbar_fusion", payer_key="payer_a")
    put(store, "appeal", routing=replace(clinical(), route=Path.APPEAL))
    store.save(booked(a_case("booked"), at(16), at(17)), seen=None, now=NOW)
    like = {row.case_id: row.like for row in page(store).rows}

    assert {
        "open": Likeness("payer_a", "clinical", "lumbar_fusion", "post_denial"),
        "appeal": None,
        "booked": None,
    } == like


def test_the_group_of_a_diagnosis_is_filled_in_of_cases_that_are_never_saved_again(store: SqlStore, database: Database):
    """Of the lines in dispute alone, as the case's own next save would have it."""
    approved, denied = (DenialLine(n, diagnoses=(Code(ICD10, code),)) for n, code in ((1, "E11.9"), (2, "m43.16")))
    routed = tuple(LineRouting(n, how, Path.P2P, (), ()) for n, how in ((1, Decision.APPROVED), (2, Decision.DENIED)))
    plain = a_case("told")
    told = replace(plain, denial=replace(plain.denial, lines=(approved, denied)), diagnosis_key="M43")
    store.save(replace(told, routing=replace(told.routing, lines=routed)), seen=None, now=NOW)
    put(store, "none")
    assert "M43" == diagnosis_key(lines_in_dispute(told.denial, replace(told.routing, lines=routed)))
    downgrade(database, "0019")
    upgrade(database)
    with database.reading() as connection:
        found = connection.execute(select(cases.c.id, cases.c.diagnosis_key).order_by(cases.c.id)).all()

    assert [("none", None), ("told", "M43")] == [tuple(row) for row in found]


def test_what_was_decided_before_there_was_a_column_for_it_is_counted(store: SqlStore, database: Database):
    """Moving an old database fills in what its documents tell."""
    store.save(decided("won", routing=clinical()), seen=None, now=NOW)
    store.save(decided("unheld", "not_held"), seen=None, now=NOW)
    appeal = Outcome("o-appeal", "approved", True, NOW, "Coordinator", way="file_appeal")
    call = Outcome("o-call", "upheld", True, NOW - DAY, "Coordinator")
    store.save(decided("appealed", outcome=appeal, earlier=(call,)), seen=None, now=NOW)
    put(store, "open")

    def kept() -> list[tuple]:
        c = cases.c
        with database.reading() as connection:
            rows = connection.execute(select(c.id, c.reason_kind, c.result, c.decided_at).order_by(c.id))
            return [tuple(row) for row in rows]

    before = kept()
    downgrade(database, "0008")
    upgrade(database)

    assert before == kept()
    assert [("appealed", "upheld"), ("open", None), ("unheld", None), ("won", "approved")] == [
        (row[0], row[2]) for row in before
    ]


def test_a_case_is_looked_at_when_its_time_has_come(store: SqlStore):
    """The longest due first among those that are due; no other tenant's, none without a time."""
    for id, look_at in (("later", NOW + DAY), ("due", NOW), ("long", NOW - DAY), ("never", None)):
        put(store, id, look_at=look_at)

    assert {"due", "long"} == {each.id for each in store.cases_to_look_at(TENANT, now=NOW, limit=9)}
    assert ["long"] == [each.id for each in store.cases_to_look_at(TENANT, now=NOW, limit=1)]
    assert () == store.cases_to_look_at("elsewhere", now=NOW, limit=9)


def test_a_closed_case_is_worked_on_again_while_what_it_won_runs_out(store: SqlStore):
    """It stands among the open ones with that action, and among the closed ones without."""
    ends = NextAction("authorization", "The authorization ends", NOW + DAY, "us")
    put(store, "ends", state=CaseState.CLOSED, next_action=ends)
    put(store, "over", state=CaseState.CLOSED)

    assert (["ends"], ["over"]) == (ids(page(store)), ids(page(store, "closed")))
