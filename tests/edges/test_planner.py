"""
The plan of every write, and that what is done is what was planned: against the sandbox's three servers over sockets.

The statements of eight vendors' public sandboxes are known by their tables of interactions only (shared reference of
SMART, §2, harvested in summer 2026); a server is made to say each of them, and the plan for it is written down by hand.
"""

import base64
import contextlib
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.effects import WriteUnknown
from app.core.interval import Interval
from app.edges.ehr import SiteProfile
from app.edges.ehr.allowed import Allowed, Verdict
from app.edges.ehr.ladder import REFUSALS
from app.edges.ehr.planner import BY_HAND, Facts, Told, facts_of, plan_of, told_by
from app.edges.ehr.scopes import read_scopes
from app.edges.fhir.capability import read_capability
from app.edges.fhir.communication import read_message_text
from app.edges.fhir.document_reference import read_document_text
from app.edges.http import Withheld
from app.edges.papers import PaperMaker
from app.edges.papers.pdf import NoPdf
from app.errors import Permanent
from launch.check.plan import print_rows, row_of
from tests.edges.effects import (
    a_booking,
    change_appointment,
    the_chart,
    write_appointment,
    write_communication,
    write_document,
)
from tests.edges.ehr_server import ALL, serve
from tests.edges.test_ehr_notice import TOLD
from tests.edges.test_writeback import perform
from tests.fhir_validation import errors_of

# What a site writes into its record once it knows its EHR (docs/smart-config.md).
RECORDS = {
    "full": {},
    "epic-like": {"document_needs_encounter": True, "messages_need_patient": True},
    "oracle-like": {"appointment": "oracle-slot", "bare": True},
}
CHART = (
    "patient/DocumentReference.crus patient/Communication.crus patient/Task.crus patient/Encounter.rs"
    " user/Appointment.crus user/Practitioner.rs"
)
TOKENS = {
    "worklist": (ALL, None),
    "chart": (CHART, "pat-1"),
    "patient only": ("patient/*.cruds", "pat-1"),
    "reads only": ("user/*.rs", None),
}
SWITCHED = {
    "all": {},
    "no calendar": {"Appointment.c": False},
    "no documents": {"DocumentReference.c": False},
    "no messages": {"Communication.c": False},
}
EPIC_KNOWS = {"about": ()}  # this sandbox holds no ClaimResponse to point to


def effects():
    """Return one write of each kind, a note with its encounter and one without."""
    return {
        "booked call": write_appointment(**EPIC_KNOWS),
        "note": write_document(encounter="Encounter/enc-1", **EPIC_KNOWS),
        "note of no encounter": write_document(**EPIC_KNOWS),
        "message": write_communication(**EPIC_KNOWS),
        "notice": TOLD,
    }


def stood(server, reference):
    """Demand that exactly one thing stands, where it was said to, and return its type."""
    kinds = ("Appointment", "Task", "Communication", "DocumentReference")
    all_ = [f"{kind}/{each['id']}" for kind in kinds for each in server.store.all(kind)]
    assert [reference] == all_
    return reference.partition("/")[0]


@pytest.mark.parametrize("switched", SWITCHED)
@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("profile", RECORDS)
def test_what_is_planned_is_what_happens(profile, token, switched):
    """On each server, with each kind of sign-in: it stands where the plan says, or nothing was sent and a person is."""
    scopes, patient = TOKENS[token]
    record = {**RECORDS[profile], "overrides": SWITCHED[switched]}
    for name, effect in effects().items():
        with serve(profile, *the_chart()) as server:
            ehr = server.ehr(scopes=scopes, patient=patient, **record)
            plan = ehr.plan(told_by(effect), facts_of(effect))
            try:
                happened = stood(server, perform(ehr, effect).reference)
            except Permanent as error:
                happened = None
                assert plan.by_hand == error.next, name
                assert [] == server.asked("POST"), f"{name}: the plan knew"
            assert (plan.chosen.kind if plan.chosen else None) == happened, name


@pytest.mark.parametrize("token", ["worklist", "chart"])
@pytest.mark.parametrize("profile", RECORDS)
def test_a_change_goes_where_it_was_planned_to_go(profile, token):
    """A moved call changes where it stands, or a message follows the message."""
    scopes, patient = TOKENS[token]
    later = a_booking().interval
    later = Interval(later.start + timedelta(hours=2), later.end + timedelta(hours=2))
    with serve(profile, *the_chart()) as server:
        ehr = server.ehr(scopes=scopes, patient=patient, **RECORDS[profile])
        where = perform(ehr, write_appointment(**EPIC_KNOWS)).reference
        plan = ehr.plan(Told.CHANGE, Facts())
        moved = change_appointment("moved", booking=a_booking(interval=later, revision=1), about=())
        written = perform(ehr, moved, wrote={moved.appointment_key: where})

        assert plan.chosen.kind == where.partition("/")[0] == written.reference.partition("/")[0]
        assert ("u" == plan.chosen.letter) == (written.reference == where)


# -- eight vendors' statements -------------------------------------------------------------------------------
STATEMENTS = {
    "Epic": {"Appointment": "rs", "DocumentReference": "rscu", "Communication": "rsc", "Task": "rsu"},
    "Oracle": {"Appointment": "rscp", "DocumentReference": "rscu", "Communication": "rscp"},
    "athenahealth": {"Appointment": "rs", "DocumentReference": "rs"},
    "MEDITECH": {"Appointment": "rs", "DocumentReference": "rs", "Communication": "rsc", "Task": "r"},
    "eClinicalWorks": {"DocumentReference": "rs"},
    "NextGen": {"DocumentReference": "rs"},
    "Veradigm": {"DocumentReference": "rscu"},
    "all of R4": dict.fromkeys(("Appointment", "DocumentReference", "Communication", "Task"), "rscu"),
}
# booked call, note, message; None: by hand
PLANNED = {
    "Epic": ("Communication", "DocumentReference", "Communication"),
    "Oracle": ("Communication", "DocumentReference", "Communication"),
    "athenahealth": (None, None, None),
    "MEDITECH": ("Communication", "Communication", "Communication"),
    "eClinicalWorks": (None, None, None),
    "NextGen": (None, None, None),
    "Veradigm": (None, "DocumentReference", None),
    "all of R4": ("Appointment", "DocumentReference", "Communication"),
}
CODES = {"r": "read", "s": "search-type", "c": "create", "u": "update", "p": "patch"}


def statement(table):
    """Return a CapabilityStatement that offers a table of interactions."""
    resources = [
        {"type": kind, "interaction": [{"code": CODES[letter]} for letter in letters]}
        for kind, letters in table.items()
    ]
    rest = [{"mode": "server", "resource": resources}]
    return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}


def allowed_by(table, scopes=ALL, **profile):
    return Allowed(read_capability(statement(table)), read_scopes(scopes), SiteProfile(**profile))


@pytest.mark.parametrize("vendor", STATEMENTS)
def test_each_vendors_statement_has_its_plan(vendor):
    """As the reference's table of ladders has it, with what we do not build by hand."""
    record = {"appointment": "oracle-slot", "bare": True} if vendor == "Oracle" else {}
    allowed = allowed_by(STATEMENTS[vendor], **record)
    plans = [plan_of(each, allowed) for each in (Told.BOOKING, Told.NOTE, Told.MESSAGE)]

    assert PLANNED[vendor] == tuple(each.chosen and each.chosen.kind for each in plans)
    assert all(each.lost for each in plans if each.chosen is None), "what is lost is said"


@pytest.mark.parametrize("vendor", STATEMENTS)
def test_each_vendors_plan_is_kept(vendor):
    """The server says this statement and could do all: no more is asked of it than the plan has."""
    with serve("full", *the_chart()) as server:
        for name, effect in effects().items():
            ehr = server.ehr(saying=statement(STATEMENTS[vendor]))
            plan = ehr.plan(told_by(effect), facts_of(effect))
            before = len(server.asked("POST"))
            with contextlib.suppress(Permanent):
                perform(ehr, effect)
            sent = server.asked("POST")[before:]
            assert ([plan.chosen.kind] if plan.chosen else []) == sent, name


@pytest.mark.parametrize("vendor", STATEMENTS)
def test_each_vendors_ladder_is_shown_whole_with_its_reasons(vendor):
    """As `parley check --ehr` prints it: one mark, every place that is passed over says why, a person last."""
    rows = [row_of(plan_of(each, allowed_by(STATEMENTS[vendor]))) for each in Told]
    out = io.StringIO()
    print_rows(rows, out)
    told = out.getvalue()

    assert len(Told) == told.count("→")
    for row in rows:
        assert all(why for _, verdict, why, _ in row.ladder if verdict == "unsupported")
    assert told.count("not offered by the EHR") == sum(
        why == "not offered by the EHR" for row in rows for _, _, why, _ in row.ladder
    )
    # Nobody here installed the form, or wants calls among the documents: both are said, of everybody.
    assert "the site's record names no form" in told and "wants no call among" in told


# -- verdicts ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "changes, verdict, because",
    [
        ({}, Verdict.SUPPORTED, ""),
        ({"bare": True}, Verdict.WITH_PROFILE, "only the elements"),
        ({"document_needs_encounter": True}, Verdict.WITH_PROFILE, "of an encounter only"),
        ({"overrides": {"DocumentReference.c": False}}, Verdict.UNSUPPORTED, "switched off"),
    ],
)
def test_the_sites_record_has_its_word(changes, verdict, because):
    """It may forbid, and it may shape."""
    rung = plan_of(Told.NOTE, allowed_by(STATEMENTS["all of R4"], **changes)).rungs[0]

    assert verdict is rung.ruling.verdict and because in rung.ruling.because


def test_before_anybody_signed_in_the_scopes_are_unknown():
    """And so is everything where the statement could not be read; nothing unknown is promised."""
    known = allowed_by(STATEMENTS["all of R4"] | {"QuestionnaireResponse": "rscu"})
    known = replace(known, profile=SiteProfile(questionnaire="https://ehr.example/Questionnaire/p2p"))
    for allowed in (replace(known, scopes=None), replace(known, capability=None)):
        plan = plan_of(Told.NOTE, allowed)
        assert [Verdict.UNKNOWN] * 3 == [each.ruling.verdict for each in plan.rungs]
        assert plan.chosen is None


def test_every_kind_of_thing_says_what_a_person_does_instead():
    """The last rung is always a person."""
    assert set(Told) == set(BY_HAND)
    nothing = allowed_by({})
    assert all(plan_of(each, nothing).chosen is None and plan_of(each, nothing).by_hand for each in Told)


# -- the note's ladder ---------------------------------------------------------------------------------------
@pytest.fixture
def server():
    with serve("full", *the_chart()) as running:
        yield running


@pytest.mark.parametrize("code", [400, 403, 404, 405, 422])
def test_a_note_that_is_no_document_there_is_carried_by_a_message(server, code):
    """The statement offers it and the server refuses: the whole text stands in the chart all the same, once."""
    server.fault("status", method="POST", type="DocumentReference", code=code)

    written = perform(server.ehr(), write_document())

    assert "Communication" == stood(server, written.reference)
    [message] = server.store.all("Communication")
    assert write_document().text == read_message_text(message)
    assert [] == errors_of(message)


@pytest.mark.parametrize("number", ["4130", "4131", "4134"])
def test_a_withheld_patient_is_not_reached_another_way(server, number):
    """Break-the-glass is the EHR's word on this patient: no message carries what the chart may not take."""
    issue = {"severity": "error", "code": "security", "details": {"coding": [{"code": number}]}}
    body = f'{{"resourceType": "OperationOutcome", "issue": [{str(issue).replace(chr(39), chr(34))}]}}'
    server.fault("status", method="POST", type="DocumentReference", code=403, body=body)

    with pytest.raises(Withheld) as caught:
        perform(server.ehr(), write_document())

    assert BY_HAND[Told.NOTE] == caught.value.next
    assert ["DocumentReference"] == server.asked("POST")


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200", "truncate", "reset-after-headers"])
def test_a_lost_note_is_never_answered_with_a_message(server, do):
    """The answer to the document is lost: it is looked for, and one document stands, no message."""
    server.fault(do, method="POST", type="DocumentReference")
    ehr = server.ehr()
    with contextlib.suppress(WriteUnknown):  # some answers name the place before they break off
        perform(ehr, write_document())

    written = perform(ehr, write_document(), seen=True)

    assert "DocumentReference" == stood(server, written.reference)


def test_a_message_whose_answer_was_lost_is_found_though_documents_are_taken_again(server):
    """The document was refused, the message committed and its answer lost; the next try finds it on its rung."""
    server.fault("status", method="POST", type="DocumentReference", code=422)
    server.fault("commit-then-drop", method="POST", type="Communication")
    with pytest.raises(WriteUnknown):
        perform(server.ehr(), write_document())

    written = perform(server.ehr(), write_document(), seen=True)

    assert "Communication" == stood(server, written.reference)


def test_the_control_without_the_look_makes_two(server, monkeypatch):
    """With only the own rung looked at, the same fault leaves the note twice: the tests above can fail."""
    monkeypatch.setattr("app.edges.ehr.ladder._look", lambda *_: (None, False))
    server.fault("status", method="POST", type="DocumentReference", code=422)
    server.fault("commit-then-drop", method="POST", type="Communication")
    with contextlib.suppress(WriteUnknown):
        perform(server.ehr(), write_document())
    perform(server.ehr(), write_document(), seen=True)

    assert 2 == len(server.store.all("DocumentReference")) + len(server.store.all("Communication"))


def test_a_note_that_may_stand_where_the_token_no_longer_reaches_is_not_given_up(server):
    """The new sign-in may neither write nor search what the earlier one wrote: unknown, not copied by hand besides."""
    with pytest.raises(WriteUnknown):
        perform(server.ehr(scopes="user/Patient.rs"), write_document(), seen=True)


# -- a later version -----------------------------------------------------------------------------------------
def version(number, **more):
    """Return the note's version of this number; each replaces the one before."""
    stem = write_document().key.rpartition("/")[0]
    return write_document(
        key=f"{stem}/{number}",
        text=f"Version {number}.",
        replaces_key=f"{stem}/{number - 1}" if number else None,
        encounter="Encounter/enc-1",
        about=(),
        **more,
    )


@pytest.mark.parametrize("known", [True, False], ids=["by our record", "by a look"])
@pytest.mark.parametrize("profile", RECORDS)
def test_an_amended_note_leaves_one_that_counts(profile, known):
    """On each server one note is current and says the latest, found by our record or by a look."""
    with serve(profile, *the_chart()) as server:
        ehr = server.ehr(**RECORDS[profile])
        wrote = {version(0).key: perform(ehr, version(0)).reference}
        perform(ehr, version(1), wrote=wrote if known else {})
        notes = server.store.all("DocumentReference")

        assert ["Version 1."] == [read_document_text(each) for each in notes if each["status"] == "current"]
        if profile == "oracle-like":  # it lists no relatesTo and takes no status but current: the document is changed
            assert [wrote[version(0).key]] == [f"DocumentReference/{each['id']}" for each in notes]
        else:
            assert [{"reference": wrote[version(0).key]}] == [each["target"] for each in notes[1]["relatesTo"]]


@pytest.mark.parametrize("do", ["commit-then-drop", "drop-before", "html-200"])
def test_a_changed_document_whose_answer_was_lost_is_changed_once(do):
    """Where the later version changes the document itself, a lost answer is settled by reading it."""
    with serve("oracle-like", *the_chart()) as server:
        ehr = server.ehr(bare=True)
        wrote = {version(0).key: perform(ehr, version(0)).reference}
        server.fault(do, method="PUT", type="DocumentReference")
        with pytest.raises(WriteUnknown):
            perform(ehr, version(1), wrote=wrote)
        written = perform(ehr, version(1), wrote=wrote, seen=True)

        [note] = server.store.all("DocumentReference")
        assert (f"DocumentReference/{note['id']}", "Version 1.") == (written.reference, read_document_text(note))
        assert 2 >= len(server.asked("PUT"))


@pytest.mark.parametrize("code", [403, 405, 422])
def test_a_document_that_may_not_be_changed_is_followed_by_another(code):
    """The change is refused: the new version stands all the same, and the case says that the old one does too."""
    with serve("oracle-like", *the_chart()) as server:
        ehr = server.ehr(bare=True)
        wrote = {version(0).key: perform(ehr, version(0)).reference}
        server.fault("status", method="PUT", type="DocumentReference", code=code, times=2)
        written = perform(ehr, version(1), wrote=wrote)

        assert wrote[version(0).key] != written.reference and "older note" in written.how


@pytest.mark.parametrize("profile", RECORDS)
def test_a_server_without_updates_says_which_note_still_counts_as_current(profile):
    """Nothing there can be marked superseded: the new note names the old one, and the case says what is left to do."""
    with serve(profile, *the_chart()) as server:
        ehr = server.ehr(**RECORDS[profile], overrides={"DocumentReference.u": False})
        wrote = {version(0).key: perform(ehr, version(0)).reference}
        written = perform(ehr, version(1), wrote=wrote)

        assert "the older note stays marked as current" in written.how
        assert 2 == len(server.store.all("DocumentReference"))


@pytest.mark.parametrize("profile", RECORDS)
def test_an_older_note_that_a_person_copied_is_not_looked_for_in_vain(profile):
    """What was written by hand has no reference: the new note stands, alone, and once."""
    with serve(profile, *the_chart()) as server:
        ehr = server.ehr(**RECORDS[profile])
        first, again = perform(ehr, version(1)), perform(ehr, version(1), seen=True)

        assert first.reference == again.reference
        assert ["current"] == [each["status"] for each in server.store.all("DocumentReference")]


def test_a_version_that_was_never_written_is_passed_over(server):
    """0 stands, 1 was refused and copied by hand, 2 is written: 0 is superseded by it."""
    ehr = server.ehr()
    wrote = {version(0).key: perform(ehr, version(0)).reference}
    perform(ehr, version(2), wrote=wrote)

    assert ["superseded", "current"] == [each["status"] for each in server.store.all("DocumentReference")]


def test_a_message_that_carried_the_note_is_answered_by_the_next(server):
    """Messages are never changed; the later names the earlier."""
    ehr = server.ehr(overrides={"DocumentReference.c": False})
    wrote = {version(0).key: perform(ehr, version(0)).reference}
    perform(ehr, version(1), wrote=wrote)

    assert [{"reference": wrote[version(0).key]}] == server.store.all("Communication")[1]["inResponseTo"]


def test_a_document_that_is_followed_by_a_message_is_marked_superseded(server):
    """Documents are refused meanwhile: the old one must not go on being read as current."""
    wrote = {version(0).key: perform(server.ehr(), version(0)).reference}
    perform(server.ehr(overrides={"DocumentReference.c": False}), version(1), wrote=wrote)

    assert ["superseded"] == [each["status"] for each in server.store.all("DocumentReference")]
    assert 1 == len(server.store.all("Communication"))


def test_refusals_that_end_a_rung_are_permanent():
    """A Temporary is tried again on its own rung."""
    assert all(issubclass(each, Permanent) for each in REFUSALS)


# -- the note's forms ----------------------------------------------------------------------------------------
def printer(effect):
    """Return bytes that begin as a PDF's do; papers' own are tested with the papers."""
    return b"%PDF-1.7 " + effect.text.encode()


def no_printer(effect):
    raise NoPdf


def forms(server):
    """Return {media type: bytes} of the one note."""
    [note] = server.store.all("DocumentReference")
    assert [] == errors_of(note)
    told = [each["attachment"] for each in note["content"]]
    return {each["contentType"]: base64.b64decode(each["data"]) for each in told}


@pytest.mark.parametrize("profile", RECORDS)
@pytest.mark.parametrize("mime", ["text/plain", "text/html", "application/pdf"])
def test_a_note_goes_in_the_form_that_the_site_takes(profile, mime):
    """As text, as a page or as a PDF, on each server; the words are in it."""
    with serve(profile, *the_chart()) as server:
        record = {**RECORDS[profile], "document_mimes": (mime,)}
        effect = write_document(encounter="Encounter/enc-1", about=(), text="RESULT\nApproved <b>&</b> final.")
        perform(server.ehr(print_note=printer, **record), effect)
        [(kind, content)] = forms(server).items()

    assert mime == kind
    assert content.startswith(
        {"text/plain": b"RESULT", "text/html": b"<!DOCTYPE html>", "application/pdf": b"%PDF"}[mime]
    )
    assert (b"&lt;b&gt;&amp;" in content) == (mime == "text/html")


def test_a_site_that_takes_several_gets_page_and_pdf_in_one_document(server):
    """One DocumentReference, two contents of the same words."""
    perform(server.ehr(print_note=printer, document_mimes=("text/html", "application/pdf")), write_document())

    assert ["text/html", "application/pdf"] == list(forms(server))


@pytest.mark.parametrize("how", [no_printer, None], ids=["no Pango here", "no printer bound"])
def test_where_no_pdf_can_be_made_it_goes_as_text_and_says_so(server, how):
    """The note is not lost for want of a library; the case shows what happened."""
    written = perform(server.ehr(print_note=how, document_mimes=("application/pdf",)), write_document())

    assert ["text/plain; charset=utf-8"] == list(forms(server))
    assert "it went as text: no PDF can be made here" in written.how


def test_a_pdf_whose_answer_was_lost_is_found_by_its_hash():
    """The same note is the same bytes, so a server that drops identifiers still finds it."""
    with serve("oracle-like", *the_chart()) as server:
        ehr = server.ehr(bare=True, document_mimes=("application/pdf",), print_note=PaperMaker().note_pdf)
        server.fault("commit-then-drop", method="POST", type="DocumentReference")
        with pytest.raises(WriteUnknown):
            perform(ehr, write_document(about=()))
        note = server.store.all("DocumentReference")[0]
        server.store.put({key: value for key, value in note.items() if key != "identifier"})

        assert "found" == perform(ehr, write_document(about=()), seen=True).how
