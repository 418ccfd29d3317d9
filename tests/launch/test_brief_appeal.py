"""`parley brief --appeal` on exports: a packet of any denial and any chart, a draft until all is there."""

import io
from importlib import import_module

import pytest
from docx import Document

from launch.files import brief_papers
from launch.files.brief import OTHER_PATIENT
from launch.sandbox.stories import PATIENTS
from tests.launch.test_brief import BUNDLES, DENIALS, needs_charts, parley_brief, story

STORIES = [each.__name__.rpartition(".")[2] for each in PATIENTS]
FORMS = ["appeal.docx", "appeal.html", "appeal.md", "appeal.pdf"]


@pytest.fixture(autouse=True)
def two_forms(monkeypatch):
    """Every form is made once below; the sweeps make the two that are quick."""
    monkeypatch.setattr(brief_papers, "FORMS", ("docx", "md"))


def appeal_of(tmp_path, bundle, denial):
    """Return the status and the packet in Markdown."""
    status, _, _ = parley_brief(bundle, "--denial", denial, "--appeal", "--out", tmp_path / "out")
    return status, (tmp_path / "out" / "appeal.md").read_text()


@pytest.mark.parametrize("name", STORIES)
def test_every_story_of_the_sandbox_has_its_appeal(tmp_path, name):
    """Whatever was decided: no traceback, and what is no denial to appeal says so in its first line."""
    status, text = appeal_of(tmp_path, *story(name, tmp_path / "chart.json"))
    module = import_module(f"launch.sandbox.patients.{name}")

    assert (0, True) == (status, text.startswith("# Appeal of a denied prior authorization\n"))
    assert "## Lines appealed" in text and "## We ask" in text
    if "**Draft: not ready.**" not in text:
        assert "No answer yet." not in text and "The payer gave no reason" not in text
    assert module.STORY


def test_it_is_written_in_every_form(tmp_path, monkeypatch):
    """Beside the brief, under its own name."""
    monkeypatch.undo()
    appeal_of(tmp_path, *story("missed_call", tmp_path / "chart.json"))

    assert FORMS == sorted(each.name for each in (tmp_path / "out").glob("appeal.*"))


def test_a_pended_request_is_not_appealed(tmp_path):
    """Nothing is decided yet."""
    _, text = appeal_of(tmp_path, *story("pended_invitation", tmp_path / "chart.json"))

    assert "It lacks a decision to appeal." in text


def test_a_pended_line_is_left_out_with_its_words(tmp_path):
    """Of three lines one was denied: it alone is asked for, and only what was said of it is quoted."""
    _, text = appeal_of(tmp_path, *story("mixed_lines", tmp_path / "chart.json"))

    assert "**Approve Lumbar fusion, one level (22633)" in text
    assert "Line 2: fusion not shown" in text and "brace" not in text.casefold()


@needs_charts
@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda each: each.stem.partition("_")[0])
def test_a_denial_beside_another_ones_chart_is_a_draft(tmp_path, bundle):
    """Every public chart, a denial of somebody else: it is made, and says on its first line and every page why not."""
    _, text = appeal_of(tmp_path, bundle, DENIALS / "cr_clinical_denial.json")
    document = Document(io.BytesIO((tmp_path / "out" / "appeal.docx").read_bytes()))

    assert "certainty that denial and chart are of one person" in text.partition("## ")[0]
    assert document.sections[0].header.paragraphs[0].text.startswith("DRAFT")
    assert OTHER_PATIENT not in text
