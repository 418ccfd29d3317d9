"""
The note as answers to a form that the site installed: on the sandbox's servers over sockets, and on Medplum's.

The Epic-like server takes answers and no change of them; it refuses a form that is not installed.
"""

import contextlib

import pytest

from app.core.effects import WriteUnknown
from app.edges.ehr import SiteProfile
from app.edges.ehr.planner import Facts, Told
from app.edges.fhir.questionnaire import questionnaire, read_answered_note
from app.edges.http import Counterpart, Transport
from app.errors import Permanent
from tests.edges.effects import the_chart, write_document
from tests.edges.ehr_server import medplum, medplum_ehr, serve
from tests.edges.test_planner import STATEMENTS, statement, version
from tests.edges.test_writeback import perform
from tests.fhir_validation import errors_of

URL = "https://ehr.example/Questionnaire/p2p-outcome"
FORM = {"id": "form", **questionnaire(f"{URL}|1.0")}
ONLY_FORMS = {
    "questionnaire": URL,
    "overrides": {"DocumentReference.c": False, "Communication.c": False},
}


def answers(server):
    return server.store.all("QuestionnaireResponse")


@pytest.fixture(params=["full", "epic-like"])
def server(request):
    with serve(request.param, *the_chart(), FORM) as running:
        yield running


def test_the_form_that_a_site_installs_is_fhir():
    """By two validators that nobody here wrote; the version stands apart from the URL."""
    assert [] == errors_of(questionnaire(f"{URL}|1.0")) == errors_of(questionnaire(URL))
    assert (URL, "1.0") == (FORM["url"], FORM["version"])


def test_a_note_stands_as_answers_where_the_site_says_so(server):
    """Once, whole, valid, and found again; its identifier is that of the write."""
    written = perform(server.ehr(**ONLY_FORMS), version(0))
    again = perform(server.ehr(**ONLY_FORMS), version(0), seen=True)

    [answer] = answers(server)
    assert ("created", f"QuestionnaireResponse/{answer['id']}") == (written.how, written.reference)
    assert ("found", written.reference) == (again.how, again.reference)
    assert ("Version 0.", "completed") == (read_answered_note(answer), answer["status"])
    assert [] == errors_of(answer)


def test_it_is_the_last_place_and_off_by_default(server):
    """A document goes before it, a message too; without the site's word nothing is sent."""
    said = {"questionnaire": URL}
    assert perform(server.ehr(**said), version(0)).reference.startswith("DocumentReference/")
    said["overrides"] = {"DocumentReference.c": False}
    assert perform(server.ehr(**said), version(1)).reference.startswith("Communication/")
    with pytest.raises(Permanent, match="names no form of Parley's"):
        perform(server.ehr(overrides=ONLY_FORMS["overrides"]), version(2))
    assert [] == answers(server)


@pytest.mark.parametrize("known", [True, False], ids=["by our record", "by a look"])
def test_a_later_version_changes_the_answers_where_the_ehr_takes_that(known):
    """One resource, amended; what the EHR added to it stays."""
    with serve("full", *the_chart(), FORM) as server:
        ehr = server.ehr(**ONLY_FORMS)
        wrote = {version(0).key: perform(ehr, version(0)).reference}
        server.store.put({**answers(server)[0], "language": "en-US"})
        written = perform(ehr, version(1), wrote=wrote if known else {})
        again = perform(ehr, version(1), wrote=wrote if known else {}, seen=True)

        [answer] = answers(server)
        assert ("updated", wrote[version(0).key]) == (written.how, written.reference)
        assert ("found", written.reference) == (again.how, again.reference)
        assert ("Version 1.", "amended", "en-US") == (
            *(read_answered_note(answer), answer["status"]),
            answer["language"],
        )
        assert [] == errors_of(answer)


def test_where_answers_cannot_be_changed_the_new_ones_name_the_old_and_the_case_says_so():
    """Epic's statement lists create and no update: a second stands, and a person is told to mark the first."""
    with serve("epic-like", *the_chart(), FORM) as server:
        ehr = server.ehr(**ONLY_FORMS)
        first = perform(ehr, version(0)).reference
        written = perform(ehr, version(1), wrote={version(0).key: first})
        newer = server.store.read("QuestionnaireResponse", written.reference.partition("/")[2])

        assert 2 == len(answers(server))
        assert "older version stays among the filled forms: mark it there as replaced" in written.how
        replaces = [each["answer"] for each in newer["item"] if each["linkId"] == "replaces"]
        assert [[{"valueReference": {"reference": first}}]] == replaces


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200", "truncate", "reset-after-headers"])
@pytest.mark.parametrize("keeps", [True, False], ids=["identifier kept", "identifier dropped"])
def test_answers_whose_answer_was_lost_stand_once(server, do, keeps):
    """Looked for by identifier or by the note's own words; sent again only where nothing is found."""
    server.fault(do, method="POST", type="QuestionnaireResponse")
    with contextlib.suppress(WriteUnknown):
        perform(server.ehr(**ONLY_FORMS), version(0))
    for each in answers(server) if not keeps else ():
        server.store.put({key: value for key, value in each.items() if key != "identifier"})
    perform(server.ehr(**ONLY_FORMS), version(0), seen=True)

    assert ["Version 0."] == [read_answered_note(each) for each in answers(server)]


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200"])
def test_a_change_of_answers_that_was_lost_is_made_once(do):
    """The first change may have arrived: the second try reads before it writes."""
    with serve("full", *the_chart(), FORM) as server:
        ehr = server.ehr(**ONLY_FORMS)
        wrote = {version(0).key: perform(ehr, version(0)).reference}
        server.fault(do, method="PUT", type="QuestionnaireResponse")
        with pytest.raises(WriteUnknown):
            perform(ehr, version(1), wrote=wrote)
        perform(ehr, version(1), wrote=wrote, seen=True)

        assert ["Version 1."] == [read_answered_note(each) for each in answers(server)]
        assert 2 == len(server.store.history("QuestionnaireResponse", answers(server)[0]["id"]))


def test_a_form_that_is_not_installed_is_refused_and_a_person_copies():
    """The record names a form that the server does not know: by hand, with words for whoever set it up."""
    with serve("epic-like", *the_chart()) as server, pytest.raises(Permanent) as caught:
        perform(server.ehr(**ONLY_FORMS), version(0))

    assert "by hand into the chart" in caught.value.next and "administrator" in caught.value.next


def test_an_older_form_that_lacks_a_question_is_refused_and_a_person_copies():
    """The site installed a form of its own making: nothing half answered stands."""
    shorter = {**FORM, "item": [each for each in FORM["item"] if each["linkId"] != "title"]}
    with serve("epic-like", *the_chart(), shorter) as server:
        with pytest.raises(Permanent):
            perform(server.ehr(**ONLY_FORMS), version(0))
        assert [] == answers(server)


@pytest.mark.node
def test_an_independent_server_takes_answers_and_their_change():
    """Medplum's router validates both."""
    with medplum() as base:
        ehr = medplum_ehr(base, profile=SiteProfile(**ONLY_FORMS))
        Counterpart(base, Transport(allow_loopback=True), token=lambda _: "t").write("PUT", "Questionnaire/form", FORM)
        first = perform(ehr, version(0))
        second = perform(ehr, version(1), wrote={version(0).key: first.reference})
        stands = Counterpart(base, Transport(allow_loopback=True), token=lambda _: "t").get(first.reference)

    assert (first.reference, "updated") == (second.reference, second.how)
    assert "Version 1." == read_answered_note(stands)


@pytest.mark.parametrize(
    "vendor, stands",
    {
        **{"Epic": "DocumentReference", "athenahealth": "QuestionnaireResponse", "MEDITECH": "Communication"},
        **{"eClinicalWorks": "QuestionnaireResponse", "NextGen": None, "Veradigm": "DocumentReference"},
    }.items(),
)
def test_what_a_site_gains_by_installing_the_form(vendor, stands):
    """The starred places of the reference's table, by the vendors' own statements."""
    takes = {"Epic": "rsc", "athenahealth": "rsc", "MEDITECH": "rscu", "eClinicalWorks": "rsc", "Veradigm": "rscu"}
    table = STATEMENTS[vendor] | ({"QuestionnaireResponse": takes[vendor]} if vendor in takes else {})
    with serve("full", *the_chart(), FORM) as server:
        ehr = server.ehr(saying=statement(table), questionnaire=URL)
        plan = ehr.plan(Told.NOTE, Facts())
        with contextlib.suppress(Permanent):
            perform(ehr, write_document())

        assert stands == (plan.chosen and plan.chosen.kind)
        assert ([stands] if stands else []) == server.asked("POST")
