"""
Whatever a chart or a payer writes is shown as text and is nothing else (reliability E2, I9).

The way is the real one: FHIR over HTTP from the sandbox, detect, every page, the brief, the Word file, the note.
"""

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

import pytest
from docx import Document
from markupsafe import escape

from app.core.effects import WriteCommunication, WriteDocument
from app.core.people import Role
from app.core.windows.ask import PayerChannel
from app.edges.fhir.communication import write_communication
from app.edges.fhir.document_reference import write_document
from app.edges.store.effects import decode_effect
from launch.sandbox.patients import lumbar_fusion
from launch.sandbox.patients.dates import Dates
from launch.sandbox.payer_roster import organizations
from launch.sandbox.practice import practice
from launch.sandbox.stories import tell
from tests.edges.ehr_server import NOW, Server, serve
from tests.web.hostile import CANARY, PAYLOADS, bent
from tests.web.markup import Node, faults_of_page, read
from tests.web.routes import DOCX, HTML, PAGES, PDF
from tests.web.visit import Site, Visit, shown

PATIENT = "Patient/lumbar-fusion"
PLAIN = f"{CANARY} plain words"
# Word's own title property holds little more, and app/edges/papers does not cut it yet: a longer name breaks the file.
WORD_TITLE = 200
# Attributes that hold words for people; a canary in any other is where a browser would act on it.
WORDY = {"value", "title", "aria-label"}
RESOURCES = (*practice(NOW), *organizations(), *tell(lumbar_fusion, Dates(NOW))[0].resources)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A sandbox's FHIR server, whose chart a test bends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with serve() as running:
        yield running


def bend_chart(site: Site, server: Server, payload: str) -> None:
    """Let the EHR hold the main story with the payload everywhere; what is read of it is read once and remembered."""
    for resource in RESOURCES:
        server.store.put(bent(resource, repeat(payload)))
    site.office.now = NOW
    site.office.channels.known[""] = PayerChannel("message", "p2p@payer.example", confidential=True)
    real, told = server.ehr(), site.office.ehr
    read_now = real.denials(patient=PATIENT, now=NOW)
    assert ((), 1) == (read_now.problems, len(read_now.found))
    told.tell(*read_now.found)
    told.charts[PATIENT] = dict(real.chart(PATIENT, now=NOW).resources)


def walk(site: Site, payload: str) -> tuple[Visit, dict[str, str]]:
    """Take the case from its launch to its outcome, typing the payload too; return the pages seen on the way."""
    visit = site.visit(Role.CLINICIAN, patient=PATIENT, user_name=f"Dr Example {payload}")
    assert 303 == visit.get("").status_code
    seen = {}
    (case,) = site.office.store.cases_of_patient("sandbox", PATIENT)
    here = f"cases/{case.id}"
    seen["open"], seen["asked"] = shown(visit.get(here)), shown(visit.get(f"{here}/message"))
    assert "Member ID" in seen["asked"]
    told = {"day": "2026-03-02", "start": "13:00", "end": "16:30", "zone": "America/Chicago", "channel": "phone"}
    send(site, visit, here, "windows", told | {"told_by": payload, "specialty": payload})
    seen["offered"], slots = shown(visit.get(here)), shown(visit.get(f"{here}/slots"))
    slot = next(each.attributes["value"] for each in read(slots).all("input") if each.attributes.get("name") == "slot")
    seen["slots"] = slots
    send(site, visit, here, "book", {"slot": slot, "accept_unverified": "yes"})
    words = {name: payload for name in ("reviewer_name", "reviewer_credential", "reviewer_specialty", "note")}
    for device in ("", " too"):  # the second types over the first, which stands aside from then on
        typed = {name: each + device for name, each in words.items()}
        send(site, visit, here, "talk", typed | {"reviewer_npi": payload})
    seen["talking"] = shown(visit.get(f"{here}/talk/points"))
    tried = {"at": "2026-03-02T08:00", "direction": "ours", "reached": "reviewer", "result": "connected"}
    send(site, visit, here, "call", tried | words | {"number": payload, "reached_name": payload})
    decided = {"result": "approved", "final": "verbal", "reference_number": payload, "reviewer_reason": payload}
    send(site, visit, here, "outcome", decided | words | {"new_information": payload})
    send(site, visit, here, "own", {})
    for page in PAGES:
        if page.kind in (DOCX, PDF):
            continue
        answer = visit.get(page.at(case))
        assert answer.status_code in (200, 303), page
        if answer.mimetype == HTML and answer.status_code == 200:
            seen[page.endpoint] = shown(answer)
    seen["worklist"] = shown(site.visit().get("worklist"))
    return visit, seen


def send(site: Site, visit: Visit, here: str, what: str, form: dict[str, str]) -> None:
    """Send a form that must be taken."""
    (case,) = site.office.store.cases_of_patient("sandbox", PATIENT)
    answer = visit.post(f"{here}/{what}", form | {"version": str(case.version)})
    assert 303 == answer.status_code, (what, read(shown(answer)).text[:400])


def kinds(root: Node) -> set[tuple[str, str]]:
    """Return every element with each of its attributes, by name."""
    return {(each.tag, name) for each in root.all() for name in (*each.attributes, "")}


def acting_canaries(root: Node) -> list[str]:
    """Return where the canary stands in anything but words for people."""
    found = [each.tag for each in root.all() if CANARY in each.tag or any(CANARY in name for name in each.attributes)]
    for each in root.all():
        found += [
            f"{each.tag} {name}" for name, value in each.attributes.items() if CANARY in value and name not in WORDY
        ]
    return found


# What a page gains by long words, however plain: the payer's own as a sheet holds them, beside the whole.
BY_LENGTH = {("blockquote", "class"), ("div", "aria-hidden")}


@pytest.fixture(scope="module")
def plain_kinds() -> dict[str, set]:
    """What each page is made of when the chart holds plain words; filled by the first test of a process."""
    return {}


def learn_plain(site: Site, server: Server, plain_kinds: dict[str, set]) -> None:
    """Walk once with plain words, then begin again with an empty store."""
    from tests.fakes.office import Office, empty

    bend_chart(site, server, PLAIN)
    _, seen = walk(site, PLAIN)
    plain_kinds |= {name: kinds(read(html)) for name, html in seen.items()}
    plain_kinds["words"] = {name for name, html in seen.items() if CANARY in read(html).text}
    empty(site.office.database)
    site.begin_anew(Office(site.office.database))


@pytest.mark.parametrize("name", PAYLOADS)
def test_an_attack_is_shown_as_words_and_does_nothing(site: Site, server: Server, plain_kinds: dict, name: str):
    """In every string at once: no page gains an element or attribute, none acts on it, and the words are there."""
    if not plain_kinds:
        learn_plain(site, server, plain_kinds)
    payload = PAYLOADS[name]
    bend_chart(site, server, payload)
    visit, seen = walk(site, payload)

    assert plain_kinds.keys() - {"words"} == seen.keys()
    for page, html in seen.items():
        root = read(html)
        assert (set(), []) == (kinds(root) - plain_kinds[page] - BY_LENGTH, acting_canaries(root)), page
        assert [] == faults_of_page(html), page
        assert (page in plain_kinds["words"]) == (CANARY in root.text), page
    if len(payload) < WORD_TITLE:
        check_word_file(visit, site)
    check_note(site, payload)


def test_an_attack_that_got_through_would_be_seen(site: Site, server: Server, plain_kinds: dict):
    """The control: the same pages with the words put in as markup gain elements or attributes, each of them."""
    if not plain_kinds:
        learn_plain(site, server, plain_kinds)
    payload = PAYLOADS["image"]
    bend_chart(site, server, payload)
    _, seen = walk(site, payload)
    for page in plain_kinds["words"]:
        raw = seen[page].replace(str(escape(payload)), payload)
        assert raw != seen[page]
        assert ("img", "onerror") in kinds(read(raw)) - plain_kinds[page], page


def check_word_file(visit: Visit, site: Site) -> None:
    """The file opens, holds the words as words, and nothing in it leads outside or runs."""
    (case,) = site.office.store.cases_of_patient("sandbox", PATIENT)
    answer = visit.get(f"cases/{case.id}/brief.docx?draft=yes")
    assert DOCX == answer.mimetype
    assert CANARY not in answer.headers["Content-Disposition"]
    document = Document(io.BytesIO(answer.data))
    assert CANARY in "\n".join(each.text for each in document.paragraphs)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        for member in packed.namelist():
            assert not member.endswith((".bin", ".js", ".vbs"))
            text = packed.read(member).decode("utf-8", "replace")
            if member.endswith(".rels"):
                assert 'TargetMode="External"' not in text
            text = text.replace('<w:fldSimple w:instr="PAGE">', "")  # ours: the number of a page
            assert not re.search(r"<(script|w:fldSimple|w:instrText|o:OLEObject)\b", text), member


def check_note(site: Site, payload: str) -> None:
    """Note and message hold the words as plain text, in resources that are what they were."""
    columns = ("kind", "document")
    rows = [dict(zip(columns, (row[4], row[6]), strict=True)) for row in site.office.rows("effects")]
    effects = [decode_effect(each["kind"], each["document"]) for each in rows]
    (note,) = [each for each in effects if isinstance(each, WriteDocument)]
    (message,) = [each for each in effects if isinstance(each, WriteCommunication)]
    assert payload.split()[0].strip("\x00")[:20] in note.text
    attachment = write_document(note)["content"][0]["attachment"]
    assert attachment["contentType"].partition(";")[0] == "text/plain"
    assert PATIENT == write_document(note)["subject"]["reference"]
    assert PATIENT == write_communication(message)["subject"]["reference"]


def test_half_a_character_hides_only_its_own_answer(site: Site, server: Server):
    """A lone surrogate cannot be stored: the answer that holds one is told of, the others are taken in (I13)."""
    bend_chart(site, server, "plain")
    (good,) = site.office.ehr.answers
    note = replace(good.denial.notes[0], text="half a character \ud800 here")
    bad = replace(good, denial=replace(good.denial, reference="ClaimResponse/bad", notes=(note,)))
    site.office.ehr.tell(bad, good)
    visit = site.visit(Role.CLINICIAN, patient=PATIENT)
    landed = visit.get("")

    assert landed.status_code in (200, 303)
    found = site.office.store.cases_of_patient("sandbox", PATIENT)
    assert good.denial.reference in {each.denial.reference for each in found}


def test_half_a_character_in_the_chart_hides_only_itself(site: Site, server: Server):
    """The same in a Condition, a note's words and a name: the brief is shown, on screen and in Word."""
    bend_chart(site, server, "plain")
    visit = site.visit(Role.CLINICIAN, patient=PATIENT)
    visit.get("")
    (case,) = site.office.store.cases_of_patient("sandbox", PATIENT)
    for resource in site.office.ehr.charts[PATIENT].values():
        if resource["resourceType"] in ("Condition", "MedicationRequest", "Observation"):
            resource["code"] = {"text": "half \ud800 a character"}
    for path in ("brief", "brief.docx?draft=yes", "brief.pdf?draft=yes"):
        assert 200 == visit.get(f"cases/{case.id}/{path}").status_code
