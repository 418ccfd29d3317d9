"""The inbox's pages: the words as words, the times beside them, and a form that keeps only what a person chose."""

import pytest

from app.core.people import Role
from app.core.windows.message import KINDS
from app.flow.inbox import Incoming, keep, receive
from app.web import inbox as web_inbox
from tests.fakes.office import PUBLISHER, Office, a_patient, detected
from tests.web.markup import faults_of_page, read
from tests.web.visit import Site, shown, where_to

WORDS = "Dr. Poe can talk Tuesday 11/24 between 2 and 4 pm CT.\nThursday 11/24 9-11 works too.\nReply by 5 pm."
HOSTILE = '<script>alert(1)</script> {{ 7*7 }} "><img src=x onerror=1> Tuesday 9-10 am CT'


def came(office: Office, text: str = WORDS, subject: str = "Re: your request"):
    """Let a message come."""
    incoming = Incoming("fax", "555-0100", subject, text, office.now)
    return receive(office.ports(), incoming, now=office.now)


@pytest.fixture
def about(site: Site):
    """Return a case and a fax that names it."""
    case = detected(site.office)
    return case, came(site.office, subject=f"Case {case.number}")


def test_a_message_page_keeps_the_rules(site: Site, about):
    """With and without a case, done and not: one heading, working forms, nothing inline."""
    _, message = about
    stray = came(site.office, text="hello", subject="")
    visit = site.visit()
    for each in (message, stray):
        page = visit.get(f"inbox/{each.id}")
        assert (200, []) == (page.status_code, faults_of_page(shown(page)))
    assert "303" in visit.post(f"inbox/{message.id}/done").status
    assert [] == faults_of_page(shown(visit.get(f"inbox/{message.id}")))


def test_the_times_stand_beside_the_words_they_rest_on(site: Site, about):
    """What is sure is ticked, what is doubtful says why and is not, what offers nothing is named."""
    _, message = about
    page = shown(site.visit().get(f"inbox/{message.id}"))
    boxes = [each for each in read(page).all("input") if each.attributes.get("name") == "offer"]

    assert [False, True] == [
        "checked" in each.attributes for each in sorted(boxes, key=lambda b: b.attributes["value"])
    ]
    assert "do not agree" in page
    assert "It names a limit" in page


def test_what_is_ticked_becomes_a_window_of_the_case(site: Site, about):
    """303 to the case, which says so; the message leaves the list of those to deal with."""
    case, message = about
    visit = site.visit()
    answer = visit.post(f"inbox/{message.id}/confirm", {"offer": "0", "version": str(case.version)})

    assert (303, f"cases/{case.id}") == (answer.status_code, where_to(answer))
    assert 1 == len(site.office.case(case.id).windows)
    assert "Nothing waits" in shown(visit.get("inbox"))
    assert message.subject in shown(visit.get("inbox?show=all"))


@pytest.mark.parametrize("offer", [None, "9", "x", "-1", "²"])
def test_a_form_without_a_time_is_shown_again(site: Site, about, offer):
    """What is wrong is said; nothing is kept."""
    case, message = about
    form = {"version": str(case.version)} | ({"offer": offer} if offer else {})
    answer = site.visit().post(f"inbox/{message.id}/confirm", form)

    assert 422 == answer.status_code
    assert "Choose the times that the payer offers." in shown(answer)
    assert () == site.office.case(case.id).windows


def test_a_message_is_given_to_a_case_by_its_number(site: Site):
    """A wrong number is shown again with what is wrong; what was typed is kept."""
    case = detected(site.office)
    message = came(site.office)
    visit = site.visit()
    wrong = visit.post(f"inbox/{message.id}/assign", {"number": "P-NOSUCH"})
    assert (422, True) == (wrong.status_code, 'value="P-NOSUCH"' in shown(wrong))

    right = visit.post(f"inbox/{message.id}/assign", {"number": case.number})
    assert 303 == right.status_code
    assert a_patient("p1").name in shown(visit.get(f"inbox/{message.id}"))


def test_hostile_words_are_shown_as_words(site: Site):
    """A fax is data: no markup, no template."""
    case = detected(site.office)
    message = came(site.office, text=HOSTILE, subject=f"{HOSTILE} {case.number}")
    visit = site.visit()
    for page in (shown(visit.get(f"inbox/{message.id}")), shown(visit.get("inbox"))):
        assert "<script>alert" not in page and "<img src=x" not in page and "49" not in page.replace("7*7", "")
        assert [] == faults_of_page(page)


def test_strangers_and_other_charts_see_no_message(site: Site, about):
    """Without the cookie, from another chart, from another hospital, with a forged form."""
    case, message = about
    stranger = site.visit()
    stranger.secret = None
    assert 401 == stranger.get(f"inbox/{message.id}").status_code
    assert 409 == site.visit(Role.CLINICIAN, patient="Patient/p9").get(f"inbox/{message.id}").status_code
    assert 404 == site.visit(issuer="elsewhere").get(f"inbox/{message.id}").status_code
    forged = site.visit().post(f"inbox/{message.id}/confirm", {"offer": "0", "version": str(case.version)}, token=None)
    assert 400 <= forged.status_code < 500
    assert () == site.office.case(case.id).windows
    assert ["new"] == [each.state for each in site.office.ports().messages.all("sandbox", state=None, case_ids=None)]


def mailed(site: Site, case, **more):
    """Let a message come by mail that is about a case, or of none yet."""
    told = {"subject": "Re: your request", "text": WORDS, "counterpart": "p2p@payer.example"} | more
    incoming = Incoming(
        "message", told.pop("counterpart"), told.pop("subject"), told.pop("text"), site.office.now, **told
    )
    return keep(site.office.ports(), incoming, case=case and (case.id, case.number), now=site.office.now)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_message_says_what_it_is(site: Site, kind: str):
    """In the list and on its page, with its case and without; what nobody wrote has no times to keep."""
    case = detected(site.office, payer=PUBLISHER[1])
    remark = "What came with it is not kept here."
    visit = site.visit()
    for of, text in ((case, WORDS), (None, "" if kind == "sealed" else WORDS + " ")):
        message = mailed(site, of, kind=kind, text=text, remarks=(remark,))
        page = shown(visit.get(f"inbox/{message.id}"))
        assert [] == faults_of_page(page)
        assert remark in page and (kind == "words") == (web_inbox.KINDS.get(kind) is None)
        assert web_inbox.KINDS.get(kind, "") in page
        assert ("times it offers" in page) == (kind in ("words", "program"))
    listed = shown(visit.get("inbox"))
    assert [] == faults_of_page(listed) and web_inbox.NAMES.get(kind, "") in listed


def test_a_strangers_times_are_not_ticked(site: Site):
    """An address that is not the payer's is named beside its words; the payer's own is not."""
    case = detected(site.office, payer=PUBLISHER[1])
    visit = site.visit()
    for sender, ticked in (("p2p@payer.example", True), ("x@evil.example", False)):
        message = mailed(site, case, counterpart=sender, text="Wednesday 11/25 9-10 am CT")
        page = shown(visit.get(f"inbox/{message.id}"))
        (box,) = [each for each in read(page).all("input") if each.attributes.get("name") == "offer"]
        assert ticked == ("checked" in box.attributes)
        assert (not ticked) == ("is not known here as an address of" in page)


def test_a_message_that_did_not_arrive_says_what_to_do(site: Site):
    """The payer has not been asked: call, or ask again."""
    case = detected(site.office, payer=PUBLISHER[1])
    message = mailed(site, case, kind="undelivered", counterpart=None)
    page = shown(site.visit().get(f"inbox/{message.id}"))

    assert "What you sent did not reach the payer." in page
    assert f"cases/{case.id}" in page and "ask again from the case" in page
