"""`parley check --ehr`: an integrator reads before go-live where each write will stand, why, and what is lost."""

import io
import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from app.edges.store.database import open_database
from app.edges.store.refusals import SqlRefusals
from app.errors import Misconfigured
from app.flow.ports import Refusal
from app.settings import Profile
from launch.__main__ import main
from launch.check.plan import plans_of, print_plans
from tests.launch.smart import conftest
from tests.launch.test_check import real_now, with_issuer

world, new_world, database, database_path = (
    conftest.world,
    conftest.new_world,
    conftest.database,
    conftest.database_path,
)
ehr_key, signing_keys_path, empty_database = conftest.ehr_key, conftest.signing_keys_path, conftest.empty_database
CALL, CHANGE, NOTE, MESSAGE, NOTICE = (
    *("booked call", "change of the call", "outcome's note", "message about the outcome"),
    "message to a clinician",
)
# By a plain record, opened from the chart; a chart's session sends no message beyond its patient.
PLANNED = {
    "full": ("Appointment.c", "Appointment.u", "DocumentReference.c", "Communication.c", None),
    "epic-like": ("Communication.c", "Communication.c", "DocumentReference.c", "Communication.c", None),
    "oracle-like": ("Appointment.c", "Appointment.p", "DocumentReference.c", "Communication.c", None),
}


def planned(settings, launch: str = "chart"):
    """Return {what: row} of one launch of the only EHR."""
    [plan] = plans_of(settings, clock=real_now)
    assert "" == plan.problem
    [found] = [each for each in plan.launches if each.launch == launch]
    return {each.told: each for each in found.rows}


@pytest.mark.parametrize("profile", PLANNED)
def test_each_thing_has_its_place_before_anybody_signed_in(new_world, profile):
    """What, where, why and what is lost, of each of the sandbox's servers."""
    world = new_world(sandbox={"profile": profile})
    world.now = real_now()
    rows = planned(world.settings)

    assert PLANNED[profile] == tuple(rows[each].stands for each in (CALL, CHANGE, NOTE, MESSAGE, NOTICE))
    assert all(each.lost for each in rows.values() if each.stands is None)
    assert "worklist tab" in rows[NOTICE].because
    assert "Communication.c" == planned(world.settings, "worklist")[NOTICE].stands


@pytest.mark.parametrize(
    "profile, record, hints",
    [
        ("full", {}, 0),
        ("epic-like", {}, 1),
        ("oracle-like", {}, 2),
        ("oracle-like", {"kind": "oracle", "profile": {"appointment": "oracle-slot"}}, 1),
        ("oracle-like", {"kind": "oracle", "profile": {"appointment": "oracle-slot", "slot_type": "P2P"}}, 0),
    ],
)
def test_a_known_vendors_software_with_a_plain_record_is_pointed_at(new_world, profile, record, hints):
    """Its statement promises what its server then refuses of a plain record; whoever sets it up reads so."""
    told = msgspec.convert(record.get("profile", {}), Profile)
    world = new_world(sandbox={"profile": profile}, kind=record.get("kind", "generic"), profile=told)
    world.now = real_now()
    [plan] = plans_of(world.settings, clock=real_now)

    assert hints == len(plan.hints)


def test_a_lower_place_says_what_stood_above_it_and_what_is_lost(new_world):
    """Epic's calendar takes nothing and it has no task to create: the call is a message."""
    world = new_world(sandbox={"profile": "epic-like"})
    world.now = real_now()
    row = planned(world.settings)[CALL]

    assert "Appointment.c unsupported: not offered by the EHR" in row.because
    assert "Task.c unsupported" in row.because
    assert "calendar does not show it" in row.lost


def test_the_sites_record_is_obeyed(world):
    """What an administrator changes in smart-config.json is seen here first."""
    world.now = real_now()
    off = replace(world.settings, smart=with_issuer(world, overrides={"DocumentReference.c": False}))

    assert "Communication.c" == planned(off)[NOTE].stands
    assert "switched off" in planned(off)[NOTE].because


def test_scopes_that_a_site_chose_itself_are_held_against_what_is_needed(world):
    """A template without the note's scope: said by name, and planned for."""
    world.now = real_now()
    scopes = type(world.issuer.scopes)(chart="launch openid fhirUser patient/Communication.crs user/Appointment.crus")
    settings = replace(world.settings, smart=with_issuer(world, scopes=scopes))
    [plan] = plans_of(settings, clock=real_now)
    chart = plan.launches[0]

    assert "patient/DocumentReference.crus" in chart.needed and "patient/DocumentReference.crus" in chart.missing
    assert not any("Appointment" in each for each in chart.missing)
    assert "Communication.c" == {each.told: each for each in chart.rows}[NOTE].stands


def test_what_was_refused_lately_is_shown_and_planned_for(world, database_path):
    """The same memory as the worker's."""
    world.now = real_now()
    url = f"sqlite:///{database_path}"
    with closing(open_database(url)) as database:
        told = Refusal("DocumentReference", "c", "it does not take this", real_now() - timedelta(hours=1))
        SqlRefusals(database).note(world.issuer.slug, "whatever", told)
    settings = replace(world.settings, database_url=url)
    row = planned(settings)[NOTE]
    out = io.StringIO()
    print_plans(plans_of(settings, clock=real_now), out)

    assert "Communication.c" == row.stands and "refused lately" in row.because
    assert "Refused within the last day: DocumentReference.c: it does not take this" in out.getvalue()


def test_a_server_that_does_not_say_what_it_offers_has_no_plan(world):
    """Nothing is promised of it."""
    world.recorder.instead = lambda seen: (503, "text/plain", b"") if seen.path == "/fhir/metadata" else None
    world.now = real_now()
    [plan] = plans_of(world.settings, clock=real_now)

    assert plan.problem and () == plan.launches


def test_an_unknown_name_is_said_with_the_known_ones(world):
    """A typing error is no empty answer."""
    with pytest.raises(Misconfigured, match=world.issuer.slug):
        list(plans_of(world.settings, slug="nowhere", clock=real_now))


def test_the_table_reads_in_a_terminal(world):
    """Four columns and no line beyond 150 letters; every thing has its row; no scope is missing."""
    world.now = real_now()
    out = io.StringIO()
    print_plans(plans_of(world.settings, clock=real_now), out)
    lines = out.getvalue().splitlines()
    table = [each for each in lines if "scopes needed" not in each]

    assert max(map(len, table)) <= 150
    assert 2 == sum(each.strip().startswith(NOTE) for each in lines)
    assert any("DocumentReference.c (supported)" in each for each in lines)


def test_json_holds_the_same_and_goes_with_ehr_only(capsys, monkeypatch, world):
    """For a script; alone it is refused, as a plain check has none."""
    world.now = real_now()
    monkeypatch.setattr("launch.check.plan.load_settings", lambda _: world.settings)

    assert 0 == main(["check", "--ehr", world.issuer.slug, "--json"])
    [told] = json.loads(capsys.readouterr().out)
    assert {CALL, CHANGE, NOTE, MESSAGE, NOTICE} == {each["told"] for each in told["launches"][0]["rows"]}
    assert 2 == main(["check", "--json"])
    assert 1 == main(["check", "--ehr", "nowhere"])


def test_the_form_of_an_outcome_is_printed_for_whoever_installs_it(capsys):
    """Under the URL given; a URL that is none is refused."""
    assert 0 == main(["questionnaire", "https://ehr.example/Questionnaire/p2p|2"])
    told = json.loads(capsys.readouterr().out)
    assert ("Questionnaire", "https://ehr.example/Questionnaire/p2p", "2") == (
        told["resourceType"],
        told["url"],
        told["version"],
    )
    assert 2 == main(["questionnaire", "p2p outcome"])


def test_a_site_that_installed_the_form_asks_for_its_scope_and_no_other_does(new_world):
    """The place is planned for, and the launch asks for what it needs."""
    record = Profile(questionnaire_response="https://ehr.example/Questionnaire/p2p")
    off = {"DocumentReference.c": False, "Communication.c": False}
    world = new_world(sandbox={"profile": "epic-like"}, profile=record, overrides=off)
    world.now = real_now()
    [plan] = plans_of(world.settings, clock=real_now)
    chart = plan.launches[0]

    assert "QuestionnaireResponse.c" == {each.told: each for each in chart.rows}[NOTE].stands
    assert "patient/QuestionnaireResponse.crs" in chart.asked.split() and () == chart.missing
    plain = new_world(sandbox={"profile": "epic-like"})
    [plan] = plans_of(plain.settings, clock=real_now)
    assert "QuestionnaireResponse" not in plan.launches[0].asked


def lines_of(settings):
    out = io.StringIO()
    print_plans(plans_of(settings, clock=real_now), out)
    return out.getvalue()


@pytest.mark.parametrize("profile", PLANNED)
def test_every_place_is_shown_with_what_speaks_for_and_against_it(new_world, profile):
    """The whole ladder of each thing, one mark where it will stand, what is lost at each place, a person last."""
    world = new_world(sandbox={"profile": profile})
    world.now = real_now()
    rows = planned(world.settings)

    kinds = {each: [kind.partition(".")[0] for kind, *_ in rows[each].ladder] for each in (CALL, NOTE)}
    assert ["Appointment", "Task", "Communication", "DocumentReference"] == kinds[CALL]
    assert ["DocumentReference", "Communication", "QuestionnaireResponse"] == kinds[NOTE]
    for row in rows.values():
        assert all(why for _, verdict, why, _ in row.ladder if verdict not in ("supported", "with profile"))
        assert row.by_hand and row.lost_by_hand
    told = lines_of(world.settings)
    assert told.count("→") == 2 * len(rows), "one place a thing and a launch"
    assert "the site's record names no form" in told and told.count("by hand") >= 2 * len(rows)
    assert ("A task in the EHR asks" in rows[NOTE].by_hand) == (profile == "full")


def test_what_a_site_opens_further_down_is_seen_in_the_ladder(new_world):
    """A form, a document of calls, slots of its own: each by its record, in words."""
    forms = {"questionnaire_response": "https://ehr.example/q", "call_document": "51851-4"}
    world = new_world(profile=Profile(**forms, appointment="oracle-slot", slot_type="P2P"))
    world.now = real_now()
    rows = planned(world.settings)
    call, note = ({kind: (verdict, why) for kind, verdict, why, _ in rows[each].ladder} for each in (CALL, NOTE))

    assert ("with profile", "as answers to the form that the site installed") == note["QuestionnaireResponse.c"]
    assert "supported" == call["DocumentReference.c"][0]
    assert "in a free slot that is meant for such calls" in call["Appointment.c"][1]
