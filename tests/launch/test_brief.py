"""`parley brief` on exports: every sentence can be found in the chart, and what cannot be read is named."""

import base64
import html
import io
import json
import re
from datetime import datetime
from importlib import import_module
from pathlib import Path
from time import process_time

import pytest

from launch.files import brief
from launch.sandbox.patients.dates import Dates
from launch.sandbox.stories import tell

SHARED = Path(__file__).parents[2] / ".." / "shared"
CHARTS, DENIALS = SHARED / "data" / "charts", SHARED / "domain" / "fixtures"
needs_charts = pytest.mark.skipif(not CHARTS.is_dir(), reason="the public charts do not stand beside the checkout")
NOW = "2026-11-20T16:00:00Z"
BUNDLES = sorted((CHARTS / "bundles").glob("*.json")) if CHARTS.is_dir() else []
SECTIONS = ["Answer", "Story", "Patient", "Criteria", "Measures", "Tried so far", "Against the alternative", "Why now"]
SECTIONS += ["Weak points", "Questions"]
PLACE = re.compile(r"([A-Za-z]+)((?:\[\d+\])*)")


def parley_brief(*argv, stdin=""):
    """Return (status, what stands on stdout, on stderr)."""
    out, err = io.StringIO(), io.StringIO()
    status = brief.run([*map(str, argv), "--now", NOW], stdin=io.StringIO(stdin), stdout=out, stderr=err)
    return status, out.getvalue(), err.getvalue()


def told_by(*argv):
    """Return the JSON of a brief that must succeed."""
    status, out, _ = parley_brief(*argv, "--json")
    assert status == 0
    return json.loads(out)


def story(name, path):
    """Write a story of the sandbox as a collection Bundle; return its path and the denial's reference."""
    chart, _ = tell(import_module(f"launch.sandbox.patients.{name}"), Dates(datetime.fromisoformat(NOW)))
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": each} for n, each in enumerate(chart.resources)]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return path, next(
        f"ClaimResponse/{each['id']}" for each in chart.resources if each["resourceType"] == "ClaimResponse"
    )


def resources_of(path):
    """Return the resources of a Bundle by "Type/ID"."""
    entries = json.loads(Path(path).read_text())["entry"]
    return {f"{each['resource']['resourceType']}/{each['resource']['id']}": each["resource"] for each in entries}


def element_at(resource, path):
    """Return what stands at a path such as content[0].attachment.data; this walk shares nothing with the program."""
    for step in path.split("."):
        name, indexes = PLACE.fullmatch(step).groups()
        resource = resource[name]
        for index in re.findall(r"\d+", indexes):
            resource = resource[int(index)]
    return resource


def texts_of(resource, path):
    """Return the readings of an element in which a quote may stand: as written, and decoded where it is a document."""
    value = element_at(resource, path)
    found = [str(value)]
    if path.endswith("data"):
        text = base64.b64decode(value).decode("utf-8", "replace")
        found += [text, html.unescape(re.sub(r"<[^>]*>", " ", text))]
    return found


def check_evidence(told, resources):
    """Fail unless every sentence has evidence whose quote stands verbatim at its path; return how many there were."""
    sentences = [sentence for section in told["sections"] for sentence in section["sentences"]]
    for sentence in sentences:
        assert sentence["text"] and sentence["evidence"]
        for each in sentence["evidence"]:
            assert set(each) == {"reference", "path", "date", "quote"}
            texts = texts_of(resources[each["reference"]], each["path"])
            assert each["quote"] and any(each["quote"] in text for text in texts)
    return len(sentences)


def numbers_in(text):
    """Return the dates of a sentence."""
    return set(re.findall(r"\d{4}-\d{2}-\d{2}", text))


def test_the_json_has_the_shape_that_integrators_were_promised(tmp_path):
    """denial, answer, ask, sections with sentences and their evidence, missing."""
    bundle, denial = story("lumbar_fusion", tmp_path / "chart.json")

    told = told_by(bundle, "--denial", denial)

    assert {"denial", "answer", "ask", "sections", "missing"} <= set(told)
    assert "flexion-extension films not received" in told["denial"]["verbatim"]
    assert {"system": "https://codesystem.x12.org/external/886", "code": "0F"} in told["denial"]["codes"]
    assert isinstance(told["answer"], str) and isinstance(told["ask"], str)
    titles = [each["title"] for each in told["sections"]]
    assert [each for each in SECTIONS if each in titles] == titles
    assert {"Answer", "Story", "Criteria", "Measures", "Tried so far", "Why now"} <= set(titles)
    assert {"questions", "literature", "new", "todo"} <= set(told)
    assert all(each["answer"] or each["missing"] for each in told["questions"])
    assert not any(each["blocks"] for each in told["todo"])
    assert told["missing"] == ["Nicotine status: ask, and measure cotinine if the policy wants it."]


@pytest.mark.parametrize(
    "name",
    ["lumbar_fusion", "infliximab_step", "oncology_regimen", "knee_mri", "therapy_visits", "text_only", "two_reviews"],
)
def test_every_sentence_of_a_told_chart_stands_in_it(name, tmp_path):
    """A checker that shares no code with the program walks the JSON."""
    bundle, denial = story(name, tmp_path / "chart.json")

    assert check_evidence(told_by(bundle, "--denial", denial), resources_of(bundle)) > 4


def test_each_verbatim_line_of_the_denial_stands_in_the_answer(tmp_path):
    """The payer's words are quoted, never paraphrased."""
    bundle, denial = story("lumbar_fusion", tmp_path / "chart.json")
    resources = resources_of(bundle)

    told = told_by(bundle, "--denial", denial)

    assert told["denial"]["quotes"]
    for each in told["denial"]["quotes"]:
        assert each["quote"] in str(
            element_at(resources[each["reference"]], each["path"].removeprefix("ClaimResponse."))
        )


@pytest.mark.parametrize("name", ["lumbar_fusion", "infliximab_step"])
def test_striking_any_cited_resource_removes_the_sentences_that_rest_on_it(name, tmp_path):
    """Each cited resource is struck out of the chart in turn."""
    bundle, denial = story(name, tmp_path / "chart.json")
    whole = json.loads(bundle.read_text())
    told = told_by(bundle, "--denial", denial)
    cited = {e["reference"] for s in told["sections"] for t in s["sentences"] for e in t["evidence"]}
    assert len(cited) > 10

    for struck in sorted(cited)[:: max(1, len(cited) // 12)]:
        left = [e for e in whole["entry"] if f"{e['resource']['resourceType']}/{e['resource']['id']}" != struck]
        short = tmp_path / "short.json"
        short.write_text(json.dumps({**whole, "entry": left}))
        again = told_by(short, "--denial", denial)
        assert struck not in {e["reference"] for s in again["sections"] for t in s["sentences"] for e in t["evidence"]}
        check_evidence(again, resources_of(short))


@needs_charts
@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name[:16])
def test_a_real_chart_yields_a_brief_whose_every_quote_is_found(bundle):
    """Thirteen public charts that nobody here wrote, each with a clinical denial in a file of its own."""
    told = told_by(bundle, "--denial", DENIALS / "cr_clinical_denial.json")

    check_evidence(told, resources_of(bundle))
    assert told["missing"][0] == brief.OTHER_PATIENT
    assert "Six weeks of supervised physical therapy not shown" in told["denial"]["verbatim"]


@needs_charts
@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name[:16])
def test_every_measure_printed_of_a_real_chart_is_one_that_its_readers_worked_out(bundle):
    """Baseline, recent and change match the whole record or the 24 months before the case, and carry the dates."""
    worked = json.loads((CHARTS / "expected" / bundle.name).read_text())["measures"]
    by_code = {(each["code"], each["unit"]): each for each in worked}
    told = told_by(bundle, "--denial", DENIALS / "cr_nonpas_disposition_only.json")
    sentences = [t for s in told["sections"] if s["title"] == "Measures" for t in s["sentences"]]

    assert len(sentences) == len(told["measures"])
    assert len(sentences) >= min(3, sum(each["delta_all"] != 0 for each in worked))
    for printed, sentence in zip(told["measures"], sentences, strict=True):
        each = by_code[printed["code"], printed["unit"]]
        assert any(matches(printed, window, each) for window in (each, each.get("window24m")) if window)
        assert {printed["first"][0][:10], printed["latest"][0][:10]} == numbers_in(sentence["text"])
        firsts = {round(float(e["quote"]), 6) for e in sentence["evidence"]}
        assert {round(printed["first"][1], 6), round(printed["latest"][1], 6)} <= firsts


def matches(printed, window, each):
    """Whether a printed course is this window's; either of two values at one instant counts."""
    firsts = [window["first"][1], *each.get("same_time_first", [])]
    latests = [window["latest"][1], *each.get("same_time_latest", [])]
    return (
        printed["first"][0][:10] == window["first"][0][:10]
        and printed["latest"][0][:10] == window["latest"][0][:10]
        and any(abs(printed["first"][1] - value) < 1e-9 for value in firsts)
        and any(abs(printed["latest"][1] - value) < 1e-9 for value in latests)
        and abs(printed["delta"] - (printed["latest"][1] - printed["first"][1])) < 1e-9
    )


def written(folder):
    """Return the names of the papers in a folder, in order."""
    return sorted(each.name for each in folder.iterdir())


def test_papers_are_written_where_they_were_asked_for(tmp_path):
    """The brief in every form in the folder, which is made when it is not there; no other paper unasked."""
    bundle, denial = story("lumbar_fusion", tmp_path / "chart.json")
    folder = tmp_path / "new" / "folder"

    status, out, _ = parley_brief(bundle, "--denial", denial, "--out", folder)

    assert status == 0
    assert ["brief.docx", "brief.html", "brief.md", "brief.pdf"] == written(folder)
    assert "not documented" in out and "wrote" in out
    assert (folder / "brief.pdf").read_bytes()[:5] == b"%PDF-"


def test_packet_and_payers_copy_are_written_when_asked_for(tmp_path):
    """For our side the documents, with what the export tells of the request; for the payer its part."""
    bundle, denial = story("lumbar_fusion", tmp_path / "chart.json")

    status, _, _ = parley_brief(bundle, "--denial", denial, "--out", tmp_path / "out", "--packet", "--payer-copy")
    packet, copy = ((tmp_path / "out" / f"{name}.md").read_text() for name in ("packet", "payers-copy"))

    assert status == 0
    names = ("brief", "call-sheet", "packet", "payers-copy")
    assert [f"{name}.{form}" for name in names for form in ("docx", "html", "md", "pdf")] == written(tmp_path / "out")
    assert "Spine surgery clinic note" in packet and "Sent. It was sent with the request on" in packet
    assert "Oyelaran" in packet and "Oyelaran" not in copy and "Bending films show 5 mm" in copy


def test_the_payers_copy_is_not_made_without_an_answer(tmp_path):
    """The brief is written all the same; the copy is refused by name, with what is missing, and the status tells."""
    bundle, denial = story("lumbar_fusion", tmp_path / "chart.json")
    whole = json.loads(bundle.read_text())
    kept = ("Patient", "Claim", "ClaimResponse", "Coverage", "Organization")
    whole["entry"] = [each for each in whole["entry"] if each["resource"]["resourceType"] in kept]
    bundle.write_text(json.dumps(whole))

    status, _, err = parley_brief(bundle, "--denial", denial, "--out", tmp_path / "out", "--payer-copy", "--json")

    assert status == 2
    assert "payers-copy" in err and "not made" in err
    assert not [each for each in written(tmp_path / "out") if each.startswith("payers-copy")]
    assert {"brief.pdf", "call-sheet.pdf"} <= set(written(tmp_path / "out"))


def test_json_alone_writes_nothing(tmp_path, monkeypatch):
    """A command in a pipe leaves no file with a patient's name behind."""
    bundle, denial = story("lumbar_fusion", tmp_path / "chart.json")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    told_by(bundle, "--denial", denial)

    assert list((tmp_path / "here").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """Exit status 2, and the reason on stderr."""
    bundle, denial = story("lumbar_fusion", tmp_path / "chart.json")

    status, _, err = parley_brief(bundle, "--denial", denial, "--out", bundle)

    assert status == 2
    assert "cannot be written" in err


def test_the_chart_may_come_by_standard_input(tmp_path):
    """ "-" is standard input, as in every command."""
    bundle, denial = story("knee_mri", tmp_path / "chart.json")

    status, out, _ = parley_brief("-", "--denial", denial, "--json", stdin=bundle.read_text())

    assert status == 0
    assert "knee" in json.loads(out)["ask"]


def test_the_only_answer_need_not_be_named_but_two_must(tmp_path):
    """Where there are two reviews, guessing which is meant would brief the wrong call."""
    one, denial = story("lumbar_fusion", tmp_path / "one.json")
    two, _ = story("two_reviews", tmp_path / "two.json")

    assert told_by(one)["ask"] == told_by(one, "--denial", denial)["ask"]
    status, _, err = parley_brief(two, "--json")
    assert status == 2
    assert "which answer is not said; it holds ClaimResponse/" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "line 1"),
        ("[]", "a JSON object is expected"),
        ('{"resourceType": "Patient", "id": "p"}', "resourceType: a chart is expected here, as a Bundle"),
        ('{"resourceType": "Bundle", "type": "collection"}', "it holds none"),
        ("", "empty"),
    ],
)
def test_what_is_no_chart_is_named_with_the_place(content, said, tmp_path):
    """Exit status 2; the file, the place in it, and what to do."""
    path = tmp_path / "wrong.json"
    path.write_text(content)

    status, out, err = parley_brief(path, "--denial", "ClaimResponse/x", "--json")

    assert (status, out) == (2, "")
    assert str(path) in err and said in err


def test_one_bad_entry_is_named_and_hides_only_itself(tmp_path):
    """The brief builds without it; the status tells that something was wrong."""
    bundle, denial = story("lumbar_fusion", tmp_path / "chart.json")
    whole = json.loads(bundle.read_text())
    whole["entry"][3:3] = ["nonsense", {"resource": {"id": "no-type"}}]
    bundle.write_text(json.dumps(whole))

    status, out, err = parley_brief(bundle, "--denial", denial, "--json")

    assert status == 2
    assert "entry[3]" in err and "entry[4].resource" in err
    assert "14 times" in json.loads(out)["answer"]


def test_a_denial_of_another_person_is_told_on_the_page(tmp_path):
    """Two exports that do not belong together must not be joined in silence."""
    chart, _ = story("lumbar_fusion", tmp_path / "chart.json")
    other, denial = story("knee_mri", tmp_path / "other.json")

    status, out, err = parley_brief(chart, "--denial", f"{other}#{denial}", "--json")

    assert status == 0
    assert json.loads(out)["missing"][0] == brief.OTHER_PATIENT
    assert brief.OTHER_PATIENT in err
    assert brief.OTHER_PATIENT not in told_by(other, "--denial", denial)["missing"]


def test_a_chart_of_several_patients_uses_the_denials(tmp_path):
    """A population export: only the facts of the patient whom the denial names."""
    one, denial = story("lumbar_fusion", tmp_path / "one.json")
    two, _ = story("knee_mri", tmp_path / "two.json")
    both = json.loads(one.read_text())
    both["entry"] += json.loads(two.read_text())["entry"]
    (tmp_path / "both.json").write_text(json.dumps(both))

    told = told_by(tmp_path / "both.json", "--denial", denial)

    assert not [e for s in told["sections"] for t in s["sentences"] for e in t["evidence"] if "knee" in e["reference"]]
    assert {k: told[k] for k in ("answer", "ask")} == {k: told_by(one)[k] for k in ("answer", "ask")}


def test_a_chart_four_times_as_large_is_not_ten_times_the_work(tmp_path):
    """In processor time, so that other work on the machine does not count; `make bench` has the seconds."""
    small, large = (work_seconds(tmp_path, resources) for resources in (1_500, 6_000))

    assert large < 10 * small, (small, large)


def work_seconds(folder, resources):
    """Return the processor's seconds for the brief from a chart of about so many resources."""
    bundle, denial = story("lumbar_fusion", folder / "chart.json")
    whole = json.loads(bundle.read_text())
    notes = [
        each["resource"]
        for each in whole["entry"]
        if each["resource"]["resourceType"] in ("DocumentReference", "Observation")
    ]
    numbers = range(resources // len(notes))
    whole["entry"] += [{"resource": {**each, "id": f"{each['id']}-{n}"}} for n in numbers for each in notes]
    (folder / "large.json").write_text(json.dumps(whole))
    began = process_time()
    told_by(folder / "large.json", "--denial", denial)
    return process_time() - began
