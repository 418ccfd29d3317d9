"""`parley route` on files: real answers that nobody here wrote, broken ones, and any number of bent ones."""

import io
import json

import pytest

from app.edges.rulebook import RuleBook
from launch.files.route import run
from tests.answers import ROOT, SHARED, answer, line

BOOK = RuleBook.load(ROOT / "app" / "rules")
ANSWERS = SHARED / "data" / "claimresponses"
FIXTURES = SHARED / "domain" / "fixtures"
needs_data = pytest.mark.skipif(not ANSWERS.exists(), reason="../shared/data does not stand beside the checkout")
CASES = json.loads((ANSWERS / "expected.json").read_text(encoding="utf-8"))["cases"] if ANSWERS.exists() else []
WORDS = {  # how the data's own words for routes read here (data/README.md)
    "p2p": "P2P_CLINICAL",
    "ask_reason": "P2P_CANDIDATE",
    "wait": "WATCH_PENDED",
    "additional_information": "SEND_INFO",
    "resubmit": "FIX_RESUBMIT",
    "new_request": "FIX_RESUBMIT",
    "benefit_exception": "OTHER_PATH",
    "network_exception": "OTHER_PATH",
    "retro_authorization": "OTHER_PATH",
    "appeal": "OTHER_PATH",
    "review_modified": "REVIEW_MODIFIED",
    "human": "MANUAL",
    "closed": "CLOSED",
}
NONE = {"approved": "NONE_APPROVED", "not_prior_auth": "NOT_PA"}
DECISIONS = {"none-stated": {"unknown"}, "not-a-decision": {"not_prior_auth", "cancelled", "unknown", "error"}}


def run_on(*names, stdin=b""):
    """Return (status, rows, what was said on stderr)."""
    out, err = io.StringIO(), io.StringIO()
    status = run(
        [*map(str, names), "--json", "--now", "2026-11-21T15:00:00Z"], stdin=io.BytesIO(stdin), stdout=out, stderr=err
    )
    return status, json.loads(out.getvalue()), err.getvalue()


@pytest.mark.parametrize("case", CASES, ids=[each["id"] for each in CASES])
@needs_data
def test_a_real_answer_goes_where_its_reading_says(case):
    """The resource alone and in its Bundle, JSON or XML, read as the data's own reasoning reads it."""
    for name in filter(None, (case["file"], case["bundle"])):
        status, rows, said = run_on(ANSWERS / name)
        assert (0, "") == (status, said)
        assert rows
        for row in rows:
            word = WORDS.get(row["route"]) or NONE.get(row["decision"])
            assert word in case["route_accept"] and word not in case["route_forbid"]
            assert row["decision"] in DECISIONS.get(case["decision"], {case["decision"]})
            assert row["because"]


@needs_data
def test_every_other_real_file_is_read_or_named():
    """Claims, coverages, tasks and paid benefits: no traceback, nothing taken for a denial."""
    for file in sorted((ANSWERS / "related").rglob("*.json")):
        status, rows, said = run_on(file)
        assert 0 == status or str(file) in said
        assert {"not_prior_auth"} >= {row["decision"] for row in rows}


@pytest.mark.parametrize(
    ("name", "decision", "path"),
    [
        ("cr_admin_denial", "denied", "additional_information"),
        ("cr_approved", "approved", "none"),
        ("cr_benefit_exclusion", "denied", "benefit_exception"),
        ("cr_clinical_denial", "denied", "p2p"),
        ("cr_error", "error", "resubmit"),
        ("cr_mixed_lines_conflicting_reasons", "mixed", "human"),
        ("cr_nonpas_coded_reason", "denied", "p2p"),
        ("cr_nonpas_disposition_only", "denied", "p2p"),
        ("cr_nonpas_queued", "pended", "wait"),
        ("cr_partial_modified", "modified", "review_modified"),
        ("cr_pended", "pended", "additional_information"),
    ],
)
@pytest.mark.skipif(not FIXTURES.exists(), reason="../shared/domain/fixtures does not stand beside the checkout")
def test_each_kind_of_answer_goes_its_way(name, decision, path):
    """The skeletons of the fact sheet (facts B.2)."""
    status, [row], _ = run_on(FIXTURES / f"{name}.json")

    assert (0, decision, path) == (status, row["decision"], row["route"])


def test_an_entry_has_the_agreed_shape(tmp_path):
    """What an integrator's script reads: these keys, these types, times with an offset (issue 2, part 7)."""
    file = tmp_path / "a.json"
    resource = answer(
        line(1, "A3", "0F", notes=[1]), notes=["Peer-to-peer by 12/04/2026 at 800-555-0100, ref AB-1234."]
    )
    file.write_text(json.dumps(resource), encoding="utf-8")
    status, [row], said = run_on(file)

    assert (0, "") == (status, said)
    keys = ["file", "resource", "decision", "route", "lane", "lines", "because", "missing", "offer", "reason_kind"]
    assert keys == list(row) and "clinical" == row["reason_kind"]
    assert (str(file), "ClaimResponse/cr-1", "post_denial") == (row["file"], row["resource"], row["lane"])
    assert ["sequence", "decision", "route", "codes", "because"] == list(row["lines"][0])
    assert {"system": "https://codesystem.x12.org/external/886", "code": "0F"} in row["lines"][0]["codes"]
    assert {
        "deadline_at": "2026-12-04T22:00:00+00:00",
        "phone": "800-555-0100",
        "reference": "AB-1234",
        "quote": "Peer-to-peer by 12/04/2026 at 800-555-0100, ref AB-1234.",
    } == row["offer"]


def test_a_file_that_cannot_be_read_is_named_and_the_rest_still_run(tmp_path):
    """Status 2, the file and the path inside it on stderr, nothing of its content."""
    broken, good, odd, claim = (tmp_path / name for name in ("broken.json", "good.json", "odd.json", "claim.json"))
    broken.write_text(
        '{"resourceType": "Bundle", "entry": [{"resource": {"id": "secret", "item": [tru', encoding="utf-8"
    )
    good.write_text(json.dumps(answer(line(1, "A1"))), encoding="utf-8")
    odd.write_text(
        json.dumps({"resourceType": "Bundle", "entry": [5, {"resource": answer(line(1, "A4"))}]}), encoding="utf-8"
    )
    claim.write_text(json.dumps({"resourceType": "Claim"}), encoding="utf-8")
    status, rows, said = run_on(broken, good, tmp_path / "absent.json", odd, claim)

    assert (2, ["approved", "pended"]) == (status, [row["decision"] for row in rows])
    assert f"{broken}: line 1, column" in said and "entry[0].resource.item[0]" in said
    assert "absent.json: cannot be opened" in said
    assert f"{odd}: entry[0]: not an object" in said
    assert f"{claim}: resourceType: Claim holds no payer's answer" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"5",
        b"null",
        b'{"a": NaN}',
        b"[" * 100_000,
        b"\xff\xfe\xff",
        b'{"a": "\xff"}',
        b"<a>",
        b'{"resourceType": 5}',
    ],
)
def test_bad_bytes_are_refused_with_their_place(data):
    """Truncated, nested without end, no Unicode, no object, no FHIR: one line on stderr, status 2, no traceback."""
    status, rows, said = run_on("-", stdin=data)

    assert (2, []) == (status, rows)
    assert said.startswith("standard input: ") and 1 == said.count("\n")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_any_unicode_encoding_with_a_mark_is_read(encoding):
    """Windows tools write marks and two bytes a letter."""
    status, [row], _ = run_on("-", stdin=json.dumps(answer(line(1, "A1"))).encode(encoding))

    assert (0, "standard input", "approved") == (status, row["file"], row["decision"])


def test_the_table_says_the_same_to_a_person():
    """Decision, route, lane and every because, in words."""
    out = io.StringIO()
    stdin = io.BytesIO(json.dumps(answer(line(1, "A3", "0F"))).encode())
    run(["-"], stdin=stdin, stdout=out, stderr=io.StringIO())

    assert "denied → p2p (post-denial)   Not medically necessary" in out.getvalue()
    assert "because  X12 886 reason 0F (not medically necessary)" in out.getvalue()
