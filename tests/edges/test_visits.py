"""
Under which visit a note is filed where the EHR takes none without: the sandbox's Epic-like server over sockets.

It refuses a document without an encounter, or with one of another patient.
"""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.edges.ehr import SiteProfile
from app.edges.fhir.encounter import NOT_LONG_AGO, begun_at
from app.edges.fhir.operation_outcome import explain_outcome
from app.edges.http import Counterpart, Down, Transport
from app.errors import Permanent, Temporary
from tests.edges.effects import the_chart, write_communication, write_document
from tests.edges.ehr_server import NOW, medplum, medplum_ehr, serve
from tests.edges.test_planner import stood, version
from tests.edges.test_writeback import perform

NEEDS = {"document_needs_encounter": True, "messages_need_patient": True}
PAT = "Patient/pat-1"


def a_visit(key: str, days: float = -3, *, lasts: float | None = 0.02, of: str = "pat-1", **more) -> dict:
    """Return an Encounter that began so many days from now, and goes on where it does not last."""
    begun = NOW + timedelta(days=days)
    period = {"start": begun.isoformat()}
    if lasts is not None:
        period["end"] = (begun + timedelta(days=lasts)).isoformat()
    return {
        "resourceType": "Encounter",
        "id": key,
        "status": "in-progress" if lasts is None else "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/{of}"},
        "period": period,
        **more,
    }


UNFIT = (
    a_visit("planned", 2, status="planned"),
    a_visit("cancelled", -1, status="cancelled"),
    a_visit("mistaken", -1, status="entered-in-error"),
    a_visit("not-yet", 1),
    a_visit("long-ago", -400),
    a_visit("other-patients", -1, of="pat-2"),
    a_visit("restricted", -1, meta={"security": [{"code": "R"}]}),
    a_visit("of-a-program", -1, type=[{"text": "Opioid treatment program"}]),
    {key: each for key, each in a_visit("undated").items() if key != "period"},
)


def note(**more):
    return write_document(**{"about": (), **more})


def filed(server) -> list[str]:
    """Return the visits of the notes that stand."""
    documents = server.store.all("DocumentReference")
    return [each["reference"] for one in documents for each in one["context"].get("encounter", ())]


@pytest.mark.parametrize("told", [True, False], ids=["by the site's record", "by the server's refusal"])
def test_a_note_of_no_visit_goes_under_the_newest_that_fits(told):
    """The record says that the EHR wants one, or the EHR itself does: one document, and the case says it is a guess."""
    with serve("epic-like", *the_chart(), a_visit("older", -40), a_visit("newer", -3), *UNFIT) as server:
        written = perform(server.ehr(**(NEEDS if told else {})), note())

        assert "DocumentReference" == stood(server, written.reference)
        assert ["Encounter/newer"] == filed(server)
        assert "newest visit that fits: move it in the EHR" in written.how
        assert (1 if told else 2) == len(server.asked("POST"))


def test_the_requests_visit_goes_before_the_launchs_and_that_before_any_other():
    """What is named is not guessed, and not looked for."""
    chart = (*the_chart(), a_visit("newest", -1), a_visit("launched", -2))
    for encounter, launch, expected in (
        ("Encounter/enc-1", "Encounter/launched", "Encounter/enc-1"),
        (None, "Encounter/launched", "Encounter/launched"),
        (None, "Encounter/not:an id", "Encounter/newest"),
    ):
        with serve("epic-like", *chart) as server:
            ehr = server.ehr(scopes="patient/*.cruds", patient="pat-1", encounter=launch, **NEEDS)
            written = perform(ehr, note(encounter=encounter))
            looked = [each for each in server.asked("GET") if each.startswith("Encounter")]

            assert [expected] == filed(server)
            assert ("newest visit" in written.how) == bool(looked) == (expected == "Encounter/newest")


def test_a_launch_from_no_chart_lends_its_visit_to_nobody():
    """A visit without its patient could be anybody's."""
    with serve("epic-like", *the_chart(), a_visit("mine", -1), a_visit("theirs", -1, of="pat-2")) as server:
        perform(server.ehr(encounter="Encounter/theirs", **NEEDS), note())

        assert ["Encounter/mine"] == filed(server)


def test_a_named_visit_that_the_ehr_does_not_take_is_followed_by_the_newest():
    """The request named another patient's, or a merged one: the note still becomes a document of this patient's."""
    with serve("epic-like", *the_chart(), a_visit("fits"), a_visit("wrong", -1, of="pat-2")) as server:
        written = perform(server.ehr(**NEEDS), note(encounter="Encounter/wrong"))

        assert ["Encounter/fits"] == filed(server)
        assert "move it in the EHR" in written.how


@pytest.mark.parametrize("kind", ["DocumentReference", "Communication", "QuestionnaireResponse", "message"])
def test_a_visit_that_is_not_there_is_left_out_where_none_is_needed(kind):
    """The request named one of another system: note and message stand in their best place, without it."""
    above = [each for each in ("DocumentReference", "Communication") if each != kind and kind != "message"]
    off = {f"{each}.c": False for each in (above if kind != "DocumentReference" else ())}
    with serve("full", *the_chart()) as server:
        ehr = server.ehr(overrides=off, questionnaire="https://ehr.example/q")
        make = write_communication if kind == "message" else note
        written = perform(ehr, make(encounter="Encounter/of-another-system", about=()))

        wanted = "Communication" if kind == "message" else kind
        assert written.reference.startswith(f"{wanted}/") and "of-another-system" not in str(server.store.all(wanted))
        assert "without the visit that the request or the launch named" in written.how


@pytest.mark.parametrize("scopes", ["user/*.cruds", "user/DocumentReference.cruds user/Communication.cruds"])
def test_where_no_visit_fits_a_message_carries_the_note_and_a_person_is_told_what_to_do(scopes):
    """None fits, or none may be looked for."""
    with serve("epic-like", *the_chart(), *UNFIT) as server:
        written = perform(server.ehr(scopes=scopes, **NEEDS), note())

        assert "Communication" == stood(server, written.reference)
        assert "open Parley from the visit it belongs to and save the outcome again" in written.how


def test_where_no_message_is_taken_either_the_reason_is_the_missing_visit():
    """Nothing is sent, and the words name what is missing."""
    with serve("epic-like", *the_chart(), *UNFIT) as server:
        with pytest.raises(Permanent, match="neither request, launch nor the last 180 days name one"):
            perform(server.ehr(overrides={"Communication.c": False}, **NEEDS), note())

        assert [] == server.asked("POST")


def test_a_look_for_visits_that_fails_for_now_is_no_visit_missing():
    """The note waits for the answer; it does not become a message because a search was down."""
    with serve("epic-like", *the_chart(), a_visit("fits")) as server:
        server.fault("status", method="GET", type="Encounter", code=503, times=3)
        with pytest.raises(Down, match="visit to file the note under"):
            perform(server.ehr(**NEEDS), note())
        assert [] == server.asked("POST")

        perform(server.ehr(**NEEDS), note())
        assert ["Encounter/fits"] == filed(server)


def test_a_search_by_date_that_is_refused_is_asked_again_without():
    """Some list a parameter and refuse it."""
    with serve("epic-like", *the_chart(), a_visit("fits")) as server:
        server.fault("status", method="GET", type="Encounter", code=400)
        perform(server.ehr(**NEEDS), note())

        assert ["Encounter/fits"] == filed(server)


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "truncate"])
def test_a_lost_answer_leaves_one_note_though_a_newer_visit_began_meanwhile(do):
    """The second try guesses another visit; what the first left is found all the same."""
    with serve("epic-like", *the_chart(), a_visit("first")) as server:
        server.fault(do, method="POST", type="DocumentReference")
        with contextlib.suppress(Temporary):
            perform(server.ehr(**NEEDS), note())
        server.store.put(a_visit("second", -1))
        written = perform(server.ehr(**NEEDS), note(), seen=True)

        assert "DocumentReference" == stood(server, written.reference)


def test_a_later_version_in_the_same_document_stays_under_its_visit():
    """Where a document is changed itself, a launch from another visit does not move it."""
    with serve("oracle-like", *the_chart(), a_visit("other", -1)) as server:
        first = version(0)
        wrote = {first.key: perform(server.ehr(bare=True), first).reference}
        ehr = server.ehr(bare=True, scopes="patient/*.cruds", patient="pat-1", encounter="Encounter/other")
        perform(ehr, version(1), wrote=wrote)

        assert ["Encounter/enc-1"] == filed(server)


@pytest.mark.node
def test_on_an_independent_server_the_look_finds_the_same():
    """Medplum's router, with its own search by patient and date: of what stands there the newest that fits."""
    with medplum() as base:
        for each in (*the_chart(), a_visit("fits"), a_visit("older", -20), *UNFIT):
            Counterpart(base, Transport(allow_loopback=True), token=lambda _: "t").write("PUT", path_of(each), each)
        ehr = medplum_ehr(base, profile=SiteProfile(**NEEDS))
        written = perform(ehr, note())
        stands = Counterpart(base, Transport(allow_loopback=True), token=lambda _: "t").get(written.reference)

        assert [{"reference": "Encounter/fits"}] == stands["context"]["encounter"]


def path_of(resource: dict) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


@given(
    st.sampled_from(
        ["finished", "in-progress", "planned", "cancelled", "onleave", "arrived", "triaged", None, "made up"]
    ),
    st.integers(-500, 30),
    st.one_of(st.none(), st.integers(0, 300)),
)
def test_what_fits_has_begun_and_is_not_of_long_ago(status, days, lasts):
    """Whatever a visit says: never one to come, never one that ended before the span, never a planned one."""
    visit = a_visit("any", days, lasts=lasts, status=status)
    begun = begun_at(visit, patient=PAT, at=NOW)

    if begun is not None:
        ended = begun + timedelta(days=lasts) if lasts is not None else None
        assert begun <= NOW and status not in ("planned", "cancelled", None, "made up")
        assert (ended or begun) >= NOW - NOT_LONG_AGO or (ended is None and status != "finished")


@pytest.mark.parametrize(
    "issue, meant",
    [
        ({"code": "required", "diagnostics": "DocumentReference.context.encounter is needed"}, "visit"),
        ({"code": "business-rule", "details": {"text": "Encounter not found for Ann"}}, "visit"),
        ({"code": "required", "expression": ["DocumentReference.context.encounter[0]"]}, "visit"),
        ({"code": "required", "diagnostics": "type is needed"}, None),
        ({"code": "not-supported", "diagnostics": "encounter is not supported"}, "unsupported"),
        ({"severity": "warning", "code": "required", "diagnostics": "no encounter"}, None),
    ],
)
def test_a_refusal_for_the_visit_is_known_by_its_words_and_tells_none_of_them(issue, meant):
    """Its text may name the patient: only that it speaks of the encounter is taken over."""
    told, meaning = explain_outcome({"resourceType": "OperationOutcome", "issue": [{"severity": "error", **issue}]})

    assert meant == meaning
    assert "Ann" not in told
