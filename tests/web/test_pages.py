"""Every page of every route keeps the house's rules, whole and as a part, in every state a case can be in."""

import pytest

from app.core.people import MAY, Role
from tests.fakes.office import STATES
from tests.web.markup import faults_of_page, faults_of_part, read
from tests.web.routes import (
    APPEAL_WRITES,
    ASK_READS,
    ASK_WRITES,
    BY_HAND_READS,
    BY_HAND_WRITES,
    CHANGES,
    CONNECT_WRITES,
    DESK_READS,
    DESK_WRITES,
    FOLLOW_WRITES,
    HELD_WRITES,
    HTML,
    INTAKE_READS,
    INTAKE_WRITES,
    LADDER_WRITES,
    MESSAGE_READS,
    MESSAGE_WRITES,
    OUTSIDE,
    OWN_WRITES,
    PACKET_READS,
    PAGES,
    PLAN_WRITES,
    PUBLISH_READS,
    PUBLISH_WRITES,
    REMINDER_READS,
    REMINDER_WRITES,
    RULES_READS,
    RULES_WRITES,
    TALK_WRITES,
    UNDOES,
    bring_published,
)
from tests.web.visit import ELSEWHERE, Site, Visit, shown

EVERY_STATE = pytest.mark.parametrize("state", STATES)


def links(html: str) -> set[str]:
    """Return the addresses inside the app that a page leads to."""
    found = {each.attributes.get("href", "") for each in read(html).all("a")}
    return {address.partition("#")[0] for address in found if address.startswith("/s/")}


def test_every_route_has_its_line_here(site: Site):
    """A page or a form that nobody listed would be tested by nothing in this room."""
    reads = {rule.endpoint for rule in site.rules() if "GET" in rule.methods}
    writes = {rule.endpoint for rule in site.rules() if "POST" in rule.methods}

    listed = (
        INTAKE_READS
        | PACKET_READS
        | MESSAGE_READS
        | DESK_READS
        | RULES_READS
        | REMINDER_READS
        | ASK_READS
        | PUBLISH_READS
        | BY_HAND_READS
    )
    assert {each.endpoint for each in PAGES} | OUTSIDE | listed == reads
    listed = (
        INTAKE_WRITES
        | PLAN_WRITES
        | PUBLISH_WRITES
        | MESSAGE_WRITES
        | DESK_WRITES
        | ASK_WRITES
        | TALK_WRITES
        | UNDOES
        | RULES_WRITES
        | REMINDER_WRITES
    )
    listed |= CONNECT_WRITES | OWN_WRITES | HELD_WRITES | FOLLOW_WRITES | APPEAL_WRITES
    listed |= LADDER_WRITES | BY_HAND_WRITES
    assert {each.endpoint for each in CHANGES} | listed == writes
    assert not any({"PUT", "DELETE", "PATCH"} & rule.methods for rule in site.rules())


@EVERY_STATE
@pytest.mark.parametrize("from_chart", [False, True], ids=["worklist", "chart"])
def test_every_page_keeps_the_rules(site: Site, state: str, from_chart: bool):
    """One heading, a title that begins with it, labelled fields, working forms, nothing inline, nothing twice."""
    case = bring_published(site.office, state)
    visit = site.visit(Role.CLINICIAN, patient="Patient/p1" if from_chart else None)
    faults = {}
    for page in PAGES:
        answer = visit.get(page.at(case))
        if page.endpoint == "case.landing" and answer.status_code == 303:
            continue
        assert (200, page.kind) == (answer.status_code, answer.mimetype), page
        if page.kind == HTML and (wrong := faults_of_page(shown(answer))):
            faults[page.endpoint] = wrong

    assert {} == faults


@EVERY_STATE
def test_every_part_is_the_part_it_is_asked_for(site: Site, state: str):
    """With HX-Request the part alone comes, its root carrying the id that htmx swaps; the same rules hold in it."""
    case = bring_published(site.office, state)
    visit = site.visit()
    for page in PAGES:
        if page.root is None:
            continue
        html = shown(visit.get(page.at(case), hx=True))
        roots = read(html).children
        assert [page.root] == [each.attributes.get("id") for each in roots if each.tag != "title"], page
        assert [] == faults_of_part(html), page


@EVERY_STATE
def test_every_link_leads_to_a_page(site: Site, state: str):
    """No link of any page of a case leads nowhere, and what it leads to is not refused."""
    case = bring_published(site.office, state)
    visit = site.visit()
    seen, ahead = set(), {visit.path("worklist"), visit.path(f"cases/{case.id}")}
    rules = visit.path("rules/")  # a thousand forms alike; tests/web/test_rules.py opens one of each kind
    while ahead:
        address = ahead.pop()
        seen.add(address)
        answer = visit.get(address)
        assert answer.status_code == 200, address
        if answer.mimetype == HTML and not address.startswith(rules):
            ahead |= links(shown(answer)) - seen

    assert len(seen) > 8


@EVERY_STATE
def test_the_next_action_has_its_button_or_its_page(site: Site, state: str):
    """The worklist never says what to do without the way to do it (closed cases owe nothing)."""
    bring_published(site.office, state)
    visit = site.visit()
    root = read(shown(visit.get("worklist?show=closed" if state == "closed" else "worklist")))
    (row,) = [each for each in root.all("tr") if "data-row" in each.attributes]
    (link,) = [each for each in row.all("a") if "data-next" in each.attributes]

    assert 200 == visit.get(link.attributes["href"]).status_code
    assert link.text


@pytest.mark.parametrize(
    ("tenant", "origin"), [("sandbox", "https://ehr.example"), (ELSEWHERE, "https://other.example")]
)
def test_only_the_launchs_own_ehr_may_frame_its_pages(site: Site, tenant: str, origin: str):
    """frame-ancestors of that issuer alone, and no X-Frame-Options, which could not say it (smart.md §3.6)."""
    visit = site.visit(issuer=tenant)
    answer = visit.get("worklist")
    policy = dict(each.strip().partition(" ")[::2] for each in answer.headers["Content-Security-Policy"].split(";"))

    assert f"'self' {origin}" == policy["frame-ancestors"]
    assert ("'none'", "'self'", "'self'") == (policy["default-src"], policy["script-src"], policy["style-src"])
    assert ("'none'", "'none'", "'self'") == (policy["base-uri"], policy["object-src"], policy["form-action"])
    assert "X-Frame-Options" not in answer.headers


def answers(site: Site, visit: Visit, case):
    """Yield one answer of every kind: pages, parts, files, redirects and refusals."""
    for page in PAGES:
        yield visit.get(page.at(case))
        yield visit.get(page.at(case), hx=True)
    yield visit.post(f"cases/{case.id}/own", {"version": str(case.version)})
    yield visit.post(f"cases/{case.id}/own", {"version": "0"})
    yield visit.post(f"cases/{case.id}/own", token=None)
    yield visit.post(f"cases/{case.id}/windows", {"version": "1"})
    yield visit.get("cases/none")
    yield visit.get("nowhere")
    yield visit.get("/s/unknown/worklist")
    site.office.ehr.go_away()
    yield visit.get(f"cases/{case.id}/brief")


def test_no_answer_is_kept_anywhere(site: Site):
    """Pages, parts, files, redirects and refusals alike: no-store, and no cookie is set on the way."""
    case = bring_published(site.office, "booked")
    for answer in answers(site, site.visit(), case):
        told = answer.headers
        assert "no-store" == told["Cache-Control"], answer.request.path
        assert "HX-Request" in told.getlist("Vary"), answer.request.path
        assert ("nosniff", "same-origin") == (told["X-Content-Type-Options"], told["Referrer-Policy"])
        assert "Set-Cookie" not in told
        assert "X-Frame-Options" not in told
        assert "frame-ancestors 'self' https://ehr.example" in told["Content-Security-Policy"]


def test_a_background_question_keeps_no_abandoned_screen_alive(site: Site):
    """The page asks every two seconds what became of its writes; that is no person (F5)."""
    case = bring_published(site.office, "booked")
    visit = site.visit()
    before = visit.session().idle_expires_at
    site.office.push(minutes=5)
    visit.get(f"cases/{case.id}/writes", hx=True, headers={"X-Parley-Poll": "1"})
    assert before == visit.session().idle_expires_at

    visit.get(f"cases/{case.id}")
    assert before < visit.session().idle_expires_at


def test_writes_on_their_way_are_asked_for_until_they_stand(site: Site):
    """The part that asks again loses what makes it ask when all is confirmed: nothing polls for ever."""
    case = bring_published(site.office, "booked")
    visit = site.visit()
    assert "hx-trigger" in read(shown(visit.get(f"cases/{case.id}/writes", hx=True))).children[0].attributes

    outbox = site.house.outbox
    while leased := outbox.lease(now=site.office.now, limit=1):
        due = leased[0]
        outbox.mark_sent(due, now=site.office.now)
        outbox.confirm(due, site.office.ehr.perform(due.effect, seen=False, wrote={}), now=site.office.now)
    root = read(shown(visit.get(f"cases/{case.id}/writes", hx=True))).children[0]
    assert ("hx-trigger" in root.attributes, "stands as" in root.text) == (False, True)


def test_what_the_ehr_did_not_take_can_be_copied(site: Site):
    """A refused note says to copy it by hand: its words stand on the page, the amended ones, and nowhere before."""
    case = bring_published(site.office, "decided")
    visit = site.visit()
    assert [] == read(shown(visit.get(f"cases/{case.id}/writes", hx=True))).all("textarea")
    outbox = site.house.outbox
    while leased := outbox.lease(now=site.office.now, limit=1):
        due = leased[0]
        outbox.put_back(due, state="rejected", say="Refused. Copy it.", due_at=site.office.now, now=site.office.now)
    for path in (f"cases/{case.id}", f"cases/{case.id}/writes"):
        page = shown(visit.get(path))
        note, message = (each.text for each in read(page).all("textarea") if "readonly" in each.attributes)
        assert "PEER-TO-PEER REVIEW" in note
        assert "Six weeks of therapy not shown." in note
        assert f"Peer-to-peer review {case.number} with UnitedHealthcare" in message
        assert [] == faults_of_page(page)


def test_pages_show_who_the_patient_is_on_every_button_that_writes(site: Site):
    """The strip on every page of a case; booking, cancelling and recording name the person again (smart.md §3.4)."""
    case = bring_published(site.office, "offered")
    visit = site.visit()
    for page in PAGES:
        if page.case and page.kind == HTML:
            strips = [
                each for each in read(shown(visit.get(page.at(case)))).all("strong") if each.text == "Synthetic-p1"
            ]
            assert strips, page
    for part, words in (("slots", "Book "), ("call", "Keep attempt"), ("outcome", "Record outcome")):
        buttons = [each.text for each in read(shown(visit.get(f"cases/{case.id}/{part}"))).all("button")]
        assert any(each.startswith(words) and each.endswith("for Synthetic-p1") for each in buttons), part


@pytest.mark.parametrize("role", Role)
def test_a_role_is_offered_nothing_that_it_is_refused(site: Site, role: Role):
    """Every link a page shows somebody opens for them; a delegate is not led to Learn."""
    case = bring_published(site.office, "decided")
    visit = site.visit(role)
    for start in ("worklist", f"cases/{case.id}"):
        for address in links(shown(visit.get(start))):
            assert 200 == visit.get(address).status_code, address
    assert MAY[role]
