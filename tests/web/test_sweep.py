"""Every route, generated from the app's own map, against everyone who has no business there, and every forged form."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from docx import Document
from werkzeug.test import TestResponse

from app.core.case import Case
from app.core.people import MAY, Role
from app.web.show import DOCX
from tests.fakes.office import PUBLISHER, a_slot, an_answer
from tests.web.routes import CHANGES, OUTSIDE, PAGES, Change, bring_published
from tests.web.visit import BASE, ELSEWHERE, Site, Visit, shown, where_to

# Without a role's leave because every role may: where a launch lands, its colours, and its own end.
FOR_ALL = {"case.landing", "style.style", "case.end"}
# Not under a launch: a token of their own stands before them (test_door.py, test_hooks.py, test_desk.py,
# test_published.py).
MACHINES = {"door.receive", "hooks.receive", "desk.desk", "desk.pick", "desk.propose", "published.file"}
EVERY_CHANGE = pytest.mark.parametrize("change", CHANGES, ids=str)


def try_all(site: Site, visit: Visit, case: Case, *, only_case: bool = False) -> dict[str, TestResponse]:
    """Return the answer of every route, reads and changes, whole and as a part, each with the right token and form."""
    got: dict[str, TestResponse] = {}
    for each in (*PAGES, *CHANGES):
        if only_case and not each.case:
            continue
        for hx in (False, True):
            name = f"{each}{' hx' if hx else ''}"
            if isinstance(each, Change):
                got[name] = visit.post(each.at(case), {"version": str(case.version)} | plain(each), hx=hx)
            else:
                got[name] = visit.get(each.at(case), hx=hx)
    if not only_case:
        got |= {name: visit.get(path) for name, path in unlisted(site, "GET").items()}
        got |= {name: visit.post(path) for name, path in unlisted(site, "POST").items()}
    return got


def unlisted(site: Site, method: str) -> dict[str, str]:
    """Return the paths, within a launch, of the routes that have no line in tests/web/routes.py; ids made up."""
    listed = {each.endpoint for each in (*PAGES, *CHANGES)}
    found = [each for each in site.rules() if each.rule.startswith("/s/") and method in each.methods]
    return {
        each.endpoint: re.sub(r"<[^>]+>", "0" * 32, _chosen(each.rule.removeprefix("/s/<session_id>/")))
        for each in found
        if each.endpoint not in listed
    }


def _chosen(rule: str) -> str:
    """Return a rule with the first of what each closed list allows."""
    return re.sub(r"<any\(\W*([\w-]+)[^>]*>", r"\1", rule)


def plain(change: Change) -> dict[str, str]:
    """Return a change's form without looking anything up; the slot is one that was offered."""
    slot = a_slot(1, after=20).interval
    words = {"best": f"{slot.start.isoformat()}/{slot.end.isoformat()}"}
    return {name: words.get(value, value) for name, value in change.form.items()}


def same_bytes(answers: dict[str, TestResponse], visit: Visit) -> set[str]:
    """Return the different bodies, the launch's own id and token left out."""
    found = set()
    for each in answers.values():
        text = shown(each).replace(visit.id, "ID")
        found.add(re.sub(r'name="csrf_token" value="[^"]+"', "TOKEN", text))
    return found


def untouched(site: Site, before: dict) -> None:
    """Nothing was changed, and neither the EHR nor a payer was asked anything."""
    assert before == site.office.photo()
    assert ([], []) == (site.office.ehr.asked, site.office.desk.asked)


def watch(site: Site) -> dict:
    """Return the state as it is, with no questions asked yet."""
    site.office.ehr.asked.clear()
    site.office.desk.asked.clear()
    return site.office.photo()


def forget_cookie(site: Site) -> Visit:
    """Return a live launch in a browser that has no cookie."""
    return replace(site.visit(), secret=None)


def take_anothers(site: Site) -> Visit:
    """Return a live launch with the cookie of another live launch of the same person."""
    return replace(site.visit(), secret=site.visit().secret)


def guess(site: Site) -> Visit:
    """Return a launch that never was."""
    return replace(site.visit(), id="f" * 32)


def end(site: Site) -> Visit:
    """Return a launch that its person has ended."""
    visit = site.visit()
    site.house.launches.end(visit.id, now=site.office.now)
    return visit


def lie_idle(site: Site) -> Visit:
    """Return a launch that nobody used for a quarter of an hour."""
    return site.visit(idle_expires_at=site.office.now)


def grow_old(site: Site) -> Visit:
    """Return a launch that is past its last hour, used a moment ago."""
    now = site.office.now
    return site.visit(expires_at=now, idle_expires_at=now + timedelta(minutes=15))


STRANGERS = {
    "no cookie": forget_cookie,
    "another session's cookie": take_anothers,
    "a guessed session": guess,
    "an ended session": end,
    "an idle session": lie_idle,
    "a session past its time": grow_old,
}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_gets_the_same_refusal_everywhere(site: Site, who: str):
    """Every route answers 401, the pages with one and the same text whatever the reason; nothing moves (E13, F5)."""
    case = bring_published(site.office, "booked")
    visit = STRANGERS[who](site)
    before = watch(site)
    got = try_all(site, visit, case)

    assert {401} == {each.status_code for each in got.values()}
    untouched(site, before)
    reference = shown(forget_cookie(site).get("worklist"))
    assert {reference} == same_bytes({name: each for name, each in got.items() if not name.endswith(" hx")}, visit)
    assert 1 == len(same_bytes({name: each for name, each in got.items() if name.endswith(" hx")}, visit))


def test_another_patients_chart_opens_nothing_of_this_one(site: Site):
    """A launch from one chart, an address of another's case: refused alike on every route, and nobody is named."""
    case = bring_published(site.office, "booked")
    visit = site.visit(Role.CLINICIAN, patient="Patient/p2")
    before = watch(site)
    got = try_all(site, visit, case, only_case=True)

    assert {409} == {each.status_code for each in got.values()}
    assert 2 == len(same_bytes(got, visit)), "one page, one part"
    untouched(site, before)
    for text in same_bytes(got, visit):
        assert not {"Synthetic-p1", case.number, "Lumbar", PUBLISHER[1]} & set(re.findall(r"[\w-]+", text))


def test_another_hospitals_case_is_as_if_it_were_not_there(site: Site):
    """The very bytes of a case that does not exist: no route tells that it exists elsewhere (reliability I6)."""
    case = bring_published(site.office, "booked")
    visit = site.visit(issuer=ELSEWHERE)
    before = watch(site)
    got = try_all(site, visit, case, only_case=True)
    none = try_all(site, visit, replace(case, id="0" * 32), only_case=True)

    assert {404} == {each.status_code for each in got.values()}
    assert same_bytes(got, visit) == same_bytes(none, visit)
    assert 2 == len(same_bytes(got, visit)), "one page, one part"
    untouched(site, before)


def test_the_lists_of_another_hospital_are_its_own(site: Site):
    """What is not about one case shows nothing of this one: list, lessons, landing."""
    case = bring_published(site.office, "decided")
    site.office.ehr.answers.clear()
    visit = site.visit(issuer=ELSEWHERE)
    for page in PAGES:
        if not page.case:
            answer = visit.get(page.at(case))
            text = _words(answer.get_data()) if page.kind == DOCX else shown(answer)
            assert "Synthetic" not in text
            assert case.number not in text
            # The rule book names every payer, whoever has a case of it.
            assert PUBLISHER[1] not in text or page.endpoint.startswith("rules.")


def _words(body: bytes) -> str:
    """Return all words of a Word document."""
    return " ".join(each.text or "" for each in Document(io.BytesIO(body)).element.iter("{*}t"))


def test_a_lower_role_is_refused_what_it_may_not(site: Site):
    """Every route whose act is not the delegate's answers 403 in one text; every other one does not."""
    case = bring_published(site.office, "booked")
    acts = {name: getattr(view, "act", None) for name, view in site.app.view_functions.items()}
    visit = site.visit(Role.DELEGATE)
    before = watch(site)
    forbidden = [
        each for each in (*PAGES, *CHANGES) if acts[each.endpoint] and acts[each.endpoint] not in MAY[Role.DELEGATE]
    ]
    got = {
        str(each): visit.post(each.at(case), plain(each)) if isinstance(each, Change) else visit.get(each.at(case))
        for each in forbidden
    }

    assert {"learn.learn", "learn.definitions", "outcome.record", "outcome.close"} <= got.keys()
    assert {403} == {each.status_code for each in got.values()}
    assert 1 == len(same_bytes(got, visit))
    untouched(site, before)
    refused = [each for each in site.office.audited() if each[1].startswith("refused ")]
    about = [(case.id, "Patient/p1") if each.case else (None, None) for each in forbidden]
    assert about == [each[2:] for each in refused], "one entry each, with the case that it was about"
    for page in PAGES:
        if page not in forbidden:
            assert 403 != visit.get(page.at(case)).status_code, page


def test_every_route_has_a_policy(site: Site):
    """A route that asks no role is on the short list of those that every role may (E13)."""
    without = {name for name, view in site.app.view_functions.items() if not hasattr(view, "act")}

    assert FOR_ALL | OUTSIDE | MACHINES == without


@pytest.mark.parametrize(
    "id",
    ["..", "%2e%2e", "..%2f..%2fworklist", "'; DROP TABLE cases;--", "\u202ex", "%00", "x" * 300, "1 OR 1=1", "None"],
)
def test_an_odd_case_id_is_no_case(site: Site, id: str):
    """Whatever stands where an id belongs: not found, never a failure, never another page's content."""
    bring_published(site.office, "booked")
    visit = site.visit()
    before = site.office.photo()
    got = [visit.get(f"cases/{id}{end}") for end in ("", "/detect", "/brief.docx")]
    got.append(visit.post(f"cases/{id}/own", {"version": "1"}))

    assert {404} == {each.status_code for each in got if each.status_code != 405}
    assert before == site.office.photo()


def forgeries(site: Site, visit: Visit) -> dict[str, dict]:
    """Return the ways in which a form that is not ours arrives, as arguments of Visit.post."""
    other = site.visit()
    return {
        "no token": {"token": None},
        "an empty token": {"token": " "},
        "a made-up token": {"token": "IjEyMyI.aaaa.bbbb"},
        "another session's token": {"token": other.token},
        "another site's Origin": {"headers": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}},
        "another site, no Fetch Metadata": {"headers": {"Origin": "https://evil.example", "Sec-Fetch-Site": None}},
        "a namesake's Origin": {"headers": {"Origin": f"{BASE}.evil.example"}},
        "a sandboxed frame's Origin": {"headers": {"Origin": "null"}},
        "the EHR's own Origin": {"headers": {"Origin": "https://ehr.example"}},
        "a sister site": {"headers": {"Sec-Fetch-Site": "same-site"}},
        "no page at all": {"headers": {"Sec-Fetch-Site": "none"}},
    }


@EVERY_CHANGE
def test_a_forged_form_changes_nothing(site: Site, change: Change):
    """No token, another's token, another site by Origin or by Fetch Metadata: refused, and nothing moved (E14)."""
    case = bring_published(site.office, change.state)
    visit = site.visit()
    form = change.told(site.office, case)
    ways = forgeries(site, visit)
    before = watch(site)
    got = {name: visit.post(change.at(case), form, **how).status_code for name, how in ways.items()}

    assert {name: 400 if "token" in name else 409 for name in ways} == got
    untouched(site, before)
    assert 200 == visit.get("worklist").status_code, "the session stands"
    genuine = visit.post(change.at(case), form)
    assert genuine.status_code in (200, 303), "the control: the same form from our own page is taken"


def test_no_other_form_is_taken_forged(site: Site):
    """The routes whose forms are tested elsewhere refuse the same forgeries, before they look at a form."""
    case = bring_published(site.office, "open")
    visit = site.visit()
    ways = forgeries(site, visit)
    before = watch(site)
    for name, path in unlisted(site, "POST").items():
        got = {way: visit.post(path, **how).status_code for way, how in ways.items()}
        assert {way: 400 if "token" in way else 409 for way in ways} == got, name

    untouched(site, before)
    assert case == site.office.case(case.id)


@EVERY_CHANGE
def test_a_change_cannot_be_asked_for_by_a_link(site: Site, change: Change):
    """The address of a change, followed as a link with its form in the query, changes nothing."""
    case = bring_published(site.office, change.state)
    visit = site.visit()
    form = change.told(site.office, case) | {"csrf_token": visit.token}
    before = site.office.photo()
    answer = visit.get(change.at(case), query_string=form)

    assert answer.status_code in (200, 405)
    assert before == site.office.photo()
    assert 200 == visit.get("worklist").status_code


def test_reading_changes_nothing_but_what_the_payer_changed(site: Site):
    """With the payer's book as it was, no page writes anything at all; asked twice, the same."""
    case = bring_published(site.office, "booked")
    visit = site.visit()
    before = site.office.photo()
    for page in (*PAGES, *PAGES):
        visit.get(page.at(case))
        assert before == site.office.photo(), page


READS_THE_BOOK = {"case.case", "slots.slots", "windows.windows"}


@pytest.mark.parametrize("page", [each for each in PAGES if each.case], ids=str)
def test_a_page_takes_over_the_payers_book_and_nothing_else(site: Site, page):
    """Where published times are read they may come and go with the case's next step; what people decided stays."""
    case = bring_published(site.office, "offered")
    site.office.desk.publish(PUBLISHER[0], a_slot(7, after=5))
    site.visit().get(page.at(case))
    after = site.office.case(case.id)

    quiet = {"windows": case.windows, "version": case.version, "updated_at": case.updated_at}
    quiet |= {"next_action": case.next_action, "last_safe_at": case.last_safe_at}
    assert case == replace(after, **quiet)
    assert (page.endpoint in READS_THE_BOOK) == (after.windows != case.windows)
    assert [] == site.office.effects(case)


def test_landing_opens_cases_and_nothing_else(site: Site):
    """A launch takes in new answers: a case each with its first event, no write, no booking, nobody's case changed."""
    case = bring_published(site.office, "booked")
    site.office.ehr.tell(an_answer("cr2", patient="p2"))
    answer = site.visit().get("")

    fresh = site.office.store.case_of_denial("sandbox", "ClaimResponse/cr2")
    assert (303, "worklist") == (answer.status_code, where_to(answer))
    assert (["denied"], []) == (site.office.events(fresh), site.office.effects(fresh))
    assert case == site.office.case(case.id)
