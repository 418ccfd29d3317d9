"""A whole chart comes in few requests, with the files that its notes point to, from the EHR's own host alone."""

import base64
import random
from collections import Counter

import pytest

from app.edges.ehr.files import MOST_FILES, MOST_SINGLY
from app.edges.fhir.chart import read_chart
from app.edges.letters import text_and_warnings
from tests.bench.chart import NOW as THEN
from tests.bench.chart import SHARES
from tests.bench.chart import _resources as chart_of_2000
from tests.edges.effects import the_chart
from tests.edges.ehr_server import NOW, serve
from tests.letters import a_pdf, shown

ABOUT = {"reference": "Patient/pat-1"}
MOST_REQUESTS = 12  # issue 5's measure


def a_note(number, *forms, **more):
    """Return a note of these attachments."""
    content = [{"attachment": each} for each in forms]
    base = {"resourceType": "DocumentReference", "id": f"n{number}", "status": "current", "subject": ABOUT}
    return {**base, "date": f"2026-01-{1 + number % 28:02}", "content": content, **more}


def a_file(name, content, kind="text/plain"):
    """Return a Binary, and the attachment that points to it."""
    data = base64.b64encode(content).decode()
    binary = {"resourceType": "Binary", "id": name, "contentType": kind, "data": data}
    return binary, {"contentType": kind, "url": f"Binary/{name}", "size": len(content)}


def read(*resources, profile="full", chart="Patient/pat-1", now=NOW):
    """Return (what was read, the kinds of the exchanges)."""
    seen = []
    with serve(profile, *the_chart(), *resources) as server:
        found = server.ehr(seen=seen.append).chart(chart, now=now)
    return found, Counter(each.kind or "batch" for each in seen)


@pytest.mark.parametrize("profile", ["full", "oracle-like"])
@pytest.mark.parametrize("apart", [False, True], ids=["notes inline", "notes as files"])
def test_a_chart_of_2000_resources_takes_at_most_twelve_requests(profile, apart):
    """All types in one batch, then pages of the many; the latest notes' files in one batch more (issue 5's measure)."""
    resources = list(chart_of_2000(random.Random(2000)))
    if apart:
        for each in [each for each in resources if each["resourceType"] == "DocumentReference"]:
            form = each["content"][0]["attachment"]
            binary = {
                "resourceType": "Binary",
                "id": f"b-{each['id']}",
                "contentType": "text/plain",
                "data": form.pop("data"),
            }
            form |= {"url": f"Binary/{binary['id']}", "size": 2000}
            resources.append(binary)

    found, exchanges = read(*resources, profile=profile, chart="Patient/chart")

    assert 1 + sum(SHARES.values()) == sum(not each.startswith("Binary/") for each in found.resources)
    assert sum(exchanges.values()) <= MOST_REQUESTS
    assert (min(MOST_FILES, SHARES["DocumentReference"]) if apart else 0) == sum(
        each.startswith("Binary/") for each in found.resources
    )


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/pdf", a_pdf(shown("Pain 8 of 10."))),
        ("text/rtf", b"{\\rtf1 Pain 8 of 10.}"),
        ("application/rtf", b"{\\rtf1 Pain 8 of 10.}"),
        ("application/xml", b'<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section>'
                            b"<title>A</title><text>Pain 8 of 10.</text></section></component></structuredBody>"
                            b"</component></ClinicalDocument>"),
        ("text/html; charset=utf-8", b"<p>Pain 8 of 10.</p>"),
        ("application/octet-stream", a_pdf(shown("Pain 8 of 10."))),
        ("", b"Pain 8 of 10."),
    ],
)  # fmt: skip
def test_a_notes_file_is_fetched_and_read_in_whatever_form(kind, content):
    """PDF, RTF, clinical document, HTML: by a relative address, and by the server's own absolute one."""
    binary, form = a_file("b1", content, kind or "text/plain")
    if not kind:
        del form["contentType"]
    with serve("full", *the_chart(), binary, a_note(1, form), a_note(2)) as server:
        server.store.put(a_note(2, {**form, "url": f"{server.base}/Binary/b1/_history/1"}))
        found = server.ehr().chart("Patient/pat-1", now=NOW)
    chart = read_chart(found.resources, patient="Patient/pat-1", read_file=text_and_warnings)

    assert {"Binary/b1"} == {each.cite.reference for each in chart.remarks}
    assert 2 == len(chart.remarks) and {"Pain 8 of 10."} == {each.words.strip() for each in chart.remarks}
    assert () == (*chart.left_out, *found.left_out)


def test_nothing_is_fetched_from_elsewhere():
    """Another host, a link-local address, another type: none of them is asked; it is told by number."""
    urls = (
        "https://elsewhere.example/fhir/Binary/b1",
        "http://169.254.169.254/x",
        "Patient/pat-2",
        "file:///etc/passwd",
    )
    forms = ({"contentType": "text/plain", "url": each} for each in urls)
    binary, _ = a_file("b1", b"Not ours to read.")

    found, exchanges = read(binary, *(a_note(number, each) for number, each in enumerate(forms)))

    assert not any(each.startswith("Binary/") for each in found.resources)
    assert "Files of notes: 3 stand on another host" in found.left_out
    assert "Patient/pat-2" not in found.resources and exchanges["Binary"] == 0


def test_pictures_and_long_files_are_not_fetched():
    """20 MB of scan would hold the page; the size that the EHR tells decides before anything is asked."""
    picture, seen_as = a_file("b1", b"\x89PNG", "image/png")
    long, form = a_file("b2", b"Pain.", "application/pdf")

    found, _ = read(picture, long, a_note(1, seen_as), a_note(2, {**form, "size": 20_000_000}))

    assert not any(each.startswith("Binary/") for each in found.resources)
    assert "Files of notes: 1 longer than 8 MiB" in found.left_out


def test_of_two_forms_of_one_note_one_is_fetched():
    """Servers offer a note as HTML and as RTF; both say the same."""
    one, html = a_file("b1", b"<p>Pain 8 of 10.</p>", "text/html")
    two, rtf = a_file("b2", b"{\\rtf1 Pain 8 of 10.}", "application/rtf")

    found, _ = read(one, two, a_note(1, rtf, html))
    chart = read_chart(found.resources, patient="Patient/pat-1")

    assert ["Binary/b1"] == [each for each in found.resources if each.startswith("Binary/")]
    assert (1, ()) == (len(chart.remarks), chart.left_out)


def test_without_batches_fewer_files_are_fetched_the_latest_first():
    """Each is a request of its own there."""
    files = [a_file(f"b{number}", b"Pain.") for number in range(MOST_SINGLY + 3)]
    notes = [a_note(n, form, date=f"2025-{1 + n // 28:02}-{1 + n % 28:02}") for n, (_, form) in enumerate(files)]

    found, exchanges = read(*(binary for binary, _ in files), *notes, profile="epic-like")

    assert MOST_SINGLY == exchanges["Binary"] == sum(each.startswith("Binary/") for each in found.resources)
    assert "Binary/b0" not in found.resources and f"Binary/b{MOST_SINGLY + 2}" in found.resources
    assert f"Files of notes: 3 beyond the latest {MOST_SINGLY}" in found.left_out


def test_where_a_search_finds_too_many_what_is_recent_is_read():
    """A server that refuses more than a hundred results gave no value at all of a long chart; it is told."""
    found, _ = read(*chart_of_2000(random.Random(2000)), profile="epic-like", chart="Patient/chart", now=THEN)
    held = Counter(each.partition("/")[0] for each in found.resources)

    assert all(held[each] > 20 for each in ("Observation", "MedicationRequest", "DocumentReference"))
    assert any(each.startswith("Observation: of the last ") for each in found.left_out)
