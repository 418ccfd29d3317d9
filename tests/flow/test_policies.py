"""A site's policies from the form to the brief: what holds on the denial's day, and only what somebody put in."""

import pytest

from app.core.denial import Quote
from app.core.people import Role
from app.core.rulebook.edits import RuleRefused
from app.core.rulebook.policies import PolicyMoved
from app.flow.brief import brief_of
from app.flow.brief.todo import todo
from app.flow.cases import NotYours
from app.flow.rules import policies as flow_policies
from tests.builders import MONDAY
from tests.core.test_policy import DOCUMENT, FUSION
from tests.edges.test_site_policies import CRITERION, HEAD
from tests.fakes.office import Office, detected

DENIED_ON = MONDAY.date()


def told(**changes: str | list[str]) -> dict[str, list[str]]:
    """Return the form of a policy, as a browser sends it."""
    base = {
        "title": "Spine surgery",
        "payer": "Payer Test",
        "services": ["lumbar_fusion"],
        "number": "SP-014",
        "source": "https://payer.example/sp-014",
        "effective": "2026-03-01",
        "why": "Read on the payer’s site.",
        "form": "markdown",
        "text": DOCUMENT,
    }
    return {name: each if isinstance(each, list) else [each] for name, each in (base | changes).items()}


def put_in(office: Office, file: tuple[str, bytes] | None = None, **changes):
    """Put a policy in."""
    return flow_policies.add_policy(office.ports(), told(**changes), file, now=office.now)


def policy_beside(office: Office):
    """Return what stands beside the brief of a denied fusion."""
    case = detected(office)
    return brief_of(office.ports(), case.id, now=office.now).policy


def test_an_excerpt_stands_beside_the_brief(office: Office):
    """Put in by a coordinator, quoted in the brief of a denial of that payer, service and day."""
    kept = put_in(office)
    (found,) = policy_beside(office).excerpts

    assert found.quote in DOCUMENT and "physical therapy" in found.quote
    assert (kept.id, 1, "https://payer.example/sp-014") == (found.policy_id, found.version, found.source)


@pytest.mark.parametrize(
    "changes",
    [
        {"payer": "Another Payer"},
        {"services": ["knee_mri"]},
        {"effective": f"{DENIED_ON.year + 1}-01-01"},
        {"text": "# Billing\n\nClaims are sent within a year."},
    ],
    ids=str,
)
def test_another_payers_service_or_day_is_not_quoted(office: Office, changes):
    """Nothing of it appears."""
    put_in(office, **changes)

    assert () == policy_beside(office).excerpts


def test_the_version_of_the_denials_day_is_quoted(office: Office):
    """A newer one that holds from later on is not; after retirement from that day nothing is."""
    kept = put_in(office)
    later = told(effective=f"{DENIED_ON.year + 1}-01-01", text="# New\n\nPhysical therapy of 12 weeks is required.")
    ports = office.ports()
    flow_policies.replace_policy(ports, kept.id, later, None, seen=1, now=office.now)
    assert [1] == [each.version for each in policy_beside(office).excerpts]

    with pytest.raises(PolicyMoved):
        flow_policies.replace_policy(ports, kept.id, later, None, seen=1, now=office.now)
    gone = {"until": [DENIED_ON.isoformat()], "why": ["The payer withdrew it."]}
    flow_policies.retire_policy(ports, kept.id, gone, seen=2, now=office.now)
    assert () == policy_beside(office).excerpts
    page = flow_policies.policy_page(ports, kept.id, now=office.now)
    assert ([3, 2, 1], "retired") == ([each.version for each in page.versions], page.row.state)


def test_a_sites_criteria_judge_the_case(office: Office):
    """They take the place of the shipped ones of their key, for this payer alone; nothing of them is quoted."""
    put_in(office, form="toml", text=HEAD + CRITERION, services=[])
    case = detected(office)
    read = brief_of(office.ports(), case.id, now=office.now)
    texts = {each.criterion.key: each.criterion.text for each in read.brief.criteria}

    assert "Three months of therapy" == texts["therapy"]
    assert {each.key for each in FUSION.criteria} == texts.keys()
    assert () == read.policy.excerpts
    other = detected(office, id="cr2", patient="p2", payer="Another Payer")
    shipped = brief_of(office.ports(), other.id, now=office.now).brief.criteria
    assert "Three months of therapy" not in [each.criterion.text for each in shipped]


def test_a_file_is_taken_by_its_ending(office: Office):
    """Markdown, text and TOML; a byte order mark and Windows line ends do not count as words."""
    kept = put_in(office, ("policy.MD", b"\xef\xbb\xbf# A\r\n\r\nSix weeks of therapy.\r\n"), text="")

    assert "# A\n\nSix weeks of therapy.\n" == office.policies.text("sandbox", kept.id, 1)


@pytest.mark.parametrize(
    ("field", "file", "changes"),
    [
        ("file", ("policy.pdf", b"%PDF-1.7"), {}),
        ("file", ("policy.md", b"\xff\xfe\x00"), {}),
        ("file", ("policy.txt", b"a" * 200_001), {}),
        ("file", ("policy.txt", b"words\x00more"), {}),
        ("text", None, {"text": "  "}),
        ("text", None, {"text": "# Only a heading"}),
        ("text", None, {"form": "toml", "text": "no toml"}),
        ("form", None, {"form": "html"}),
        ("services", None, {"services": []}),
        ("services", None, {"services": ["nothing"]}),
        ("codes", None, {"codes": "22612, <b>"}),
        ("effective", None, {"effective": "soon"}),
        ("effective", None, {"effective": "1926-01-01"}),
        ("title", None, {"title": ""}),
        ("title", None, {"title": "a" * 161}),
        ("source", None, {"source": "\ud800"}),
        ("why", None, {"why": ""}),
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_named_by_its_field(office: Office, field, file, changes):
    """And nothing is kept."""
    with pytest.raises(RuleRefused) as caught:
        put_in(office, file, **changes)

    assert field == caught.value.field and caught.value.say
    assert () == office.policies.versions("sandbox")


def test_who_may_not_change_the_rules_puts_no_policy_in(office: Office):
    """A clinician reads it and may not change it; the refusal is audited."""
    kept = put_in(office)
    ports = office.ports(Role.CLINICIAN)
    assert flow_policies.policy_page(ports, kept.id, now=office.now).shown.sections
    for act in (
        lambda: flow_policies.add_policy(ports, told(), None, now=office.now),
        lambda: flow_policies.replace_policy(ports, kept.id, told(), None, seen=1, now=office.now),
        lambda: flow_policies.retire_policy(ports, kept.id, {}, seen=1, now=office.now),
    ):
        with pytest.raises(NotYours):
            act()
    assert 1 == len(office.policies.versions("sandbox"))


def test_a_cited_policy_that_nobody_read_is_said(office: Office):
    """Named as the payer names it; once somebody puts it in, the to-do is gone."""
    words = "Not medically necessary under Medical Policy SP-014: six weeks of physical therapy are not shown."
    notes = (Quote(words, "processNote[0].text", "ClaimResponse/cr1"),)
    case = detected(office, notes=notes)
    before = brief_of(office.ports(), case.id, now=office.now)
    (unread,) = before.policy.unread
    assert "SP-014" in unread.cited
    assert unread.todo in [each.text for each in todo(office.ports(), before, now=office.now).tasks]
    put_in(office)

    read = brief_of(office.ports(), case.id, now=office.now).policy
    assert () == read.unread and read.excerpts


def test_hostile_markup_is_a_policys_words(office: Office):
    """It is quoted as written, to be escaped where it is shown; nothing of it is run or left out in silence."""
    text = "<script>alert(1)</script> Physical therapy for six weeks <img src=x onerror=y> is required."
    put_in(office, text=text)

    assert [text] == [each.quote for each in policy_beside(office).excerpts]
