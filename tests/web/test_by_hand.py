"""What the EHR did not take stands on the case with its words, and a person says when it is done."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.away import AWAY_AFTER
from app.core.effects import WriteDocument
from app.core.people import Role
from app.edges.store.audit import audit
from app.flow.ports import Missed, Written
from app.web.filters import viewed_at
from app.web.show import DOCX, PDF
from tests.edges.effects import write_document
from tests.fakes.office import bring
from tests.flow.test_outcome import settle
from tests.journeys.guest import forms_of
from tests.web.markup import faults_of_page, read
from tests.web.visit import Site, shown

DONE = "by-hand"


def refuse_all(site: Site, *, state: str = "rejected") -> None:
    """Let the EHR refuse whatever is due."""
    outbox = site.house.outbox
    while due := outbox.lease(now=site.office.now, limit=1):
        outbox.put_back(
            due[0], state=state, say="The EHR does not take this.", due_at=site.office.now, now=site.office.now
        )


def part_of(visit, case) -> str:
    """Return the words of the case's writes."""
    page = shown(visit.get(f"cases/{case.id}"))
    assert [] == faults_of_page(page)
    return next(each for each in read(page).all("section") if each.attributes.get("id") == "writes").text


def states(site: Site, case) -> dict[str, str]:
    return {each.kind: each.state for each in site.house.store.effects_of(case.tenant, case.id)}


def key_of(site: Site, case, kind: str) -> str:
    return [each.key for each in site.house.store.effects_of(case.tenant, case.id) if each.kind == kind][-1]


def test_a_call_that_the_ehr_would_not_close_is_nothing_that_it_lacks(site: Site):
    """Nobody goes there to mark a call as held: once the rest is copied, the worklist asks for nothing more."""
    case = bring(site.office, "decided")
    visit = site.visit()
    refuse_all(site)
    for each in site.house.store.effects_of(case.tenant, case.id):
        if each.kind != "ChangeAppointment":
            visit.post(f"cases/{case.id}/{DONE}", {"write": each.key})

    left = {each.kind for each in site.house.store.effects_of(case.tenant, case.id) if each.state == "rejected"}
    assert {"ChangeAppointment"} == left
    assert case.number not in shown(visit.get("worklist?show=unwritten"))


def test_what_was_refused_is_left_to_a_person_with_its_words_and_the_note_as_a_file(site: Site):
    """Why, in plain words; the text to copy; the note as PDF and Word; how many on the worklist."""
    case = bring(site.office, "decided")
    visit = site.visit()
    refuse_all(site)
    page = shown(visit.get(f"cases/{case.id}"))
    words = part_of(visit, case)

    assert "2 to do by hand" in words and "not taken: The EHR does not take this." in words
    texts = [each.text for each in read(page).all("textarea") if "readonly" in each.attributes]
    assert any("PEER-TO-PEER REVIEW" in each for each in texts) and any(f"{case.number} with" in each for each in texts)
    assert "to copy by hand: 2" in shown(visit.get("worklist?show=unwritten"))
    for form, kind, begins in (("pdf", PDF, b"%PDF"), ("docx", DOCX, b"PK")):
        answer = visit.get(f"cases/{case.id}/note.{form}")
        assert (200, kind, True) == (answer.status_code, answer.content_type, answer.data.startswith(begins))
        assert f'note-{case.number}.{form}"' in answer.headers["Content-Disposition"]


def test_who_did_it_closes_the_task_and_it_is_audited(site: Site):
    """The button of the page; by whom and when stands there, nothing is left, the audit names the person."""
    case = bring(site.office, "decided")
    visit = site.visit()
    refuse_all(site)
    forms = [each for each in forms_of(shown(visit.get(f"cases/{case.id}"))) if each.action.endswith(DONE)]
    assert 2 == len(forms)
    for form in forms:
        answer = visit.post(f"cases/{case.id}/{DONE}", form.fields)
        assert (303, True) == (answer.status_code, "said=by_hand" in answer.headers["Location"])

    words = part_of(visit, case)
    assert 2 == words.count("done by hand") and "to do by hand" not in words
    assert "to copy by hand" not in shown(visit.get("worklist?show=open"))
    with site.office.database.reading() as connection:
        acts = [
            row for row in connection.execute(select(audit.c.who, audit.c.act)) if row.act.startswith("did by hand")
        ]
    assert 2 == len(acts) and {visit.session().user_key} == {row.who for row in acts}


def test_a_call_that_the_calendar_did_not_take_is_put_in_by_hand(site: Site):
    """What to type stands there: day and time in our zone, who calls whom; no word of the patient."""
    case = bring(site.office, "booked")
    visit = site.visit()
    refuse_all(site)
    page = shown(visit.get(f"cases/{case.id}"))
    [text] = [each.text for each in read(page).all("textarea") if each.attributes["id"].startswith("text-")]

    assert f"Peer-to-peer review call, case {case.number}" in text and case.payer_name in text
    assert case.patient.name not in text
    assert 303 == visit.post(f"cases/{case.id}/{DONE}", {"write": key_of(site, case, "WriteAppointment")}).status_code
    assert "done by hand" in part_of(visit, case)


def test_what_waits_for_an_ehr_that_is_away_says_since_when(site: Site):
    """Also what was never tried itself; it is not called "on its way"."""
    case = bring(site.office, "decided")
    outbox, visit = site.house.outbox, site.visit()
    for n in range(AWAY_AFTER):
        denial = replace(case.denial, reference=f"ClaimResponse/{n}")
        other = replace(case, id=f"other-{n}", number=f"P-{n}", denial=denial)
        note = write_document(key=f"{case.tenant}/other-{n}/note", target=f"other-{n}")
        site.house.store.save(other, effects=[note], seen=None, now=site.office.now - timedelta(hours=1))
        [due] = outbox.lease(now=site.office.now, limit=1)
        again = site.office.now + timedelta(hours=2)
        outbox.put_back(due, state="queued", say="Away.", due_at=again, now=site.office.now, missed=Missed())
    words = part_of(visit, case)

    assert 4 == words.count("no answer from there since") and "on its way" not in words
    assert 4 == words.count("asked again") == words.count("then this goes in its turn")
    assert "Away." not in words  # the one reason is enough


@pytest.mark.parametrize("state", ["confirmed", "queued", "done already"])
def test_what_is_not_left_to_do_cannot_be_marked(site: Site, state: str):
    """It was written meanwhile, is on its way, or a colleague was quicker: said, and nothing changed."""
    case = bring(site.office, "decided")
    visit = site.visit()
    key = key_of(site, case, "WriteDocument")
    if state == "confirmed":
        for due in site.house.outbox.lease(now=site.office.now, limit=10):
            site.house.outbox.confirm(due, Written("Thing/1"), now=site.office.now)
    if state == "done already":
        refuse_all(site)
        visit.post(f"cases/{case.id}/{DONE}", {"write": key})
    before = states(site, case)
    answer = visit.post(f"cases/{case.id}/{DONE}", {"write": key})

    assert answer.status_code == 409 and "no longer left to do by hand" in answer.text
    assert before == states(site, case)


def test_another_cases_write_cannot_be_marked_through_this_one(site: Site):
    """The key is of this case or of none; neither a made-up one."""
    case = bring(site.office, "decided")
    refuse_all(site)
    for key in ("", "demo/other/document/x/0", key_of(site, case, "WriteDocument") + "0"):
        assert 409 == site.visit().post(f"cases/{case.id}/{DONE}", {"write": key}).status_code
    assert "by_hand" not in states(site, case).values()


def test_a_write_that_stays_unknown_may_be_settled_by_whoever_looked(site: Site):
    """A quarter of an hour after its answer was lost, not before; the worker leaves it alone from then on."""
    case = bring(site.office, "decided")
    outbox, visit = site.house.outbox, site.visit()
    while due := outbox.lease(now=site.office.now, limit=1):
        outbox.mark_sent(due[0], now=site.office.now)
        # Of one case one write is in hand at a time: the note, for once.
        later = site.office.now + timedelta(minutes=1 if isinstance(due[0].effect, WriteDocument) else 90)
        outbox.put_back(due[0], state="unknown", say="Lost.", due_at=later, now=site.office.now)
    key = key_of(site, case, "WriteDocument")
    assert "unknown since" in part_of(visit, case)
    assert 409 == visit.post(f"cases/{case.id}/{DONE}", {"write": key}).status_code

    site.office.now += timedelta(minutes=16)
    visit = site.visit()
    held = outbox.lease(now=site.office.now, limit=10)
    assert 303 == visit.post(f"cases/{case.id}/{DONE}", {"write": key}).status_code
    mine = next(each for each in held if each.effect.key == key)
    with pytest.raises(Exception, match="Another worker"):
        outbox.confirm(mine, Written("Thing/1"), now=site.office.now)
    assert "by_hand" == states(site, case)["WriteDocument"]


def test_an_amended_note_takes_the_place_of_the_one_that_nobody_copied(site: Site):
    """Only the latest is to be copied; of a copied one it is said that it must be replaced."""
    case = bring(site.office, "decided")
    visit = site.visit()
    refuse_all(site)
    visit.post(f"cases/{case.id}/{DONE}", {"write": key_of(site, case, "WriteDocument")})
    settle(site.office, case, result="upheld")
    refuse_all(site)
    words = part_of(visit, case)

    assert "A later version exists: mark what was copied as replaced" in words
    assert "Nothing is left to do: what came later took its place" in words
    assert 1 == sum("WriteDocument" == each.kind and each.state == "rejected"
                    for each in site.house.store.effects_of(case.tenant, case.id))  # fmt: skip


def test_a_case_without_outcome_has_no_note_to_file(site: Site):
    """Said, and no empty paper."""
    case = bring(site.office, "booked")
    answer = site.visit().get(f"cases/{case.id}/note.pdf")

    assert (409, True) == (answer.status_code, "no outcome yet" in answer.text)


@pytest.mark.parametrize("role", Role)
def test_the_office_may_do_it_whoever_they_are(site: Site, role: Role):
    """Copying is no decision."""
    case = bring(site.office, "decided")
    refuse_all(site)

    assert (
        303
        == site.visit(role).post(f"cases/{case.id}/{DONE}", {"write": key_of(site, case, "WriteDocument")}).status_code
    )


@pytest.mark.parametrize(
    "reference, viewer, url",
    [
        (
            "DocumentReference/1",
            "https://ehr.example/open?what={reference}",
            "https://ehr.example/open?what=DocumentReference/1",
        ),
        (
            "DocumentReference/a&b=c",
            "https://ehr.example/{reference}",
            "https://ehr.example/DocumentReference/a%26b%3Dc",
        ),
        ("DocumentReference/1", "", ""),
        ("javascript:alert(1)", "https://ehr.example/{reference}", ""),
        ("", "https://ehr.example/{reference}", ""),
    ],
)
def test_a_link_into_the_ehr_is_the_sites_own_with_the_reference_in_it(reference: str, viewer: str, url: str):
    """What the EHR calls a resource is data: it cannot lead elsewhere."""
    assert url == viewed_at(reference, viewer)
