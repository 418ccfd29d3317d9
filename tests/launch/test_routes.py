"""An answer of a known shape goes where a full reading of it goes; nothing made of bytes ends in a traceback."""

import json
import os
import random
from contextlib import suppress
from dataclasses import replace
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.denial import Lane
from app.edges.fhir.bundle import answers_in
from app.edges.fhir.claim import claim_of
from app.edges.fhir.claim_response import read_denial
from app.edges.fhir.coverage import coverage_of
from app.edges.fhir.feed import Piece, pieces_in
from app.edges.fhir.shape import Shape, shape_of
from app.edges.fhir.shaped import denial_of
from app.edges.rulebook import RuleBook
from app.errors import BadInput
from launch.files.routes import Routes, route_document
from tests.answers import NOW, ROOT, SHARED, answer, line
from tests.bent import any_answer, bend, bent_bytes

BOOK = RuleBook.load(ROOT / "app" / "rules")
KNOWING = Routes(rules=BOOK, now=NOW)  # kept for all tests: what it learned from one answer must be true of the next
ANSWERS = SHARED / "data" / "claimresponses"
NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
# What the reader takes for the case and not for the route; a name enters here only when core.detect does not heed it.
OF_NO_ACCOUNT = {"patient", "identifier", "preAuthRef", "preAuthPeriod", "preAuthRefPeriod", "requestor", "provider"}


def quickly(data, routes=KNOWING):
    """Return what the feed gives: (routed answers, faults)."""
    routed, faults = [], []
    try:
        for piece in pieces_in(data):
            if isinstance(piece, BadInput):
                faults.append(piece)
            else:
                routed += routes.of(piece)
    except BadInput as error:
        faults.append(error)
    return routed, faults


def fully(document):
    """Return what a reading of the whole document gives."""
    return list(route_document(document, rules=BOOK, now=NOW))


@given(st.integers(0, 2**32), st.sampled_from((0, 0, 0.005, 0.03)))
@settings(max_examples=20_000 if NIGHTLY else 1500, deadline=None)
def test_an_answer_of_a_known_shape_goes_where_its_reading_goes(seed, rate):
    """Same name, route, reasons, offer and warnings for each answer, bent or not, whatever was met before it."""
    chance = random.Random(seed)
    resource = bend(any_answer(chance), chance, rate)
    if not isinstance(resource, dict):
        return
    data = json.dumps(resource).encode("utf-8").replace(b"\\ud800", b"?")
    expected = []
    with suppress(BadInput):
        expected = fully(json.loads(data))

    assert expected == quickly(data)[0]


@given(st.integers(0, 2**32), st.sampled_from((0, 0.005, 0.03)))
@settings(max_examples=20_000 if NIGHTLY else 1000, deadline=None)
def test_a_shape_is_read_as_its_resource_is(seed, rate):
    """The short way from a shape to what the payer said leaves nothing out and adds nothing, or says that it cannot."""
    chance = random.Random(seed)
    shape = shape_of(json.dumps(bend(any_answer(chance), chance, rate)).encode())
    read = denial_of(shape) if shape is not None else None
    if read is not None and (shape.created is None or read.created_at is not None):
        assert read_denial(shape.resource) == read


def test_most_answers_take_the_short_way():
    """Lines with codes and notes, as nine of ten answers are; else the way would be of no use."""
    plain = answer(line(1, "A3", "0F", notes=[1]), line(2, "A1"), notes=["Not medically necessary."], disposition="No.")
    odd = [answer(error=[{"code": {"text": "x"}}]), answer(addItem=[{"itemSequence": [1]}]), answer(line(1), line(1))]
    shapes = [shape_of(json.dumps(each).encode()) for each in (plain, *odd)]

    assert [True, False, False, False] == [denial_of(each) is not None for each in shapes]


def test_a_rule_that_begins_on_a_day_governs_answers_from_that_day():
    """Two answers of one shape, one before and one after a payer's rule changes: each goes by its own day's rule."""
    changed = date(2026, 11, 10)
    before = replace(BOOK.payers[0], key="old", names=("example",), lines_of_business=(), states=(), reasons=())
    old, new = replace(before, until=changed), replace(before, key="new", effective=changed, lane=Lane.PRE_DENIAL)
    book = replace(BOOK, payers=(old, new))
    routes, ways = Routes(rules=book, now=NOW), set()
    for day in ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-09"):
        resource = answer(line(1, "A3", "0F"), insurer={"display": "Example"}, created=f"{day}T15:00:00Z")
        full = list(route_document(resource, rules=book, now=NOW))
        ways.add(full[0][1].route)
        assert full == quickly(json.dumps(resource).encode(), routes)[0]
    assert len(ways) == 2


@given(st.integers(0, 2**32))
@settings(max_examples=5000 if NIGHTLY else 300, deadline=None)
def test_a_bundle_cut_into_entries_says_what_the_whole_says(seed):
    """Claims, plans and payers beside the answers count as they do when the Bundle is read whole."""
    chance = random.Random(seed)
    claim = {"resourceType": "Claim", "id": "c", "identifier": [{"value": "77"}], "item": [{"sequence": 1}]}
    claim["item"][0]["productOrService"] = {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "0"}]}
    plan = {"resourceType": "Coverage", "id": "p", "type": {"text": "Medicare Advantage"}}
    payer = {"resourceType": "Organization", "id": "o", "name": "Aetna"}
    resources = chance.sample([claim, plan, payer, {**claim, "id": "d"}, {"resourceType": "Patient"}], k=2)
    for _ in range(chance.randint(1, 4)):
        request = chance.choice(({"reference": "Claim/c"}, {"identifier": {"value": "77"}}, {"reference": "x"}, None))
        more = {"request": request, "insurance": [{"coverage": {"reference": "Coverage/p"}}]}
        resources.append({**any_answer(chance), **{key: each for key, each in more.items() if each}})
    chance.shuffle(resources)
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": each} for number, each in enumerate(resources)]
    entries += chance.choice(
        ([], [5], [{"resource": []}], [{"resource": {"resourceType": "Bundle", "entry": [*entries]}}])
    )
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}

    assert fully(bundle) == quickly(json.dumps(bundle).encode())[0]


@pytest.mark.skipif(not ANSWERS.exists(), reason="../shared/data does not stand beside the checkout")
def test_real_answers_go_the_same_way_by_shape():
    """Every real document, read both ways; most of the ClaimResponses have a shape."""
    shaped = total = 0
    for file in sorted(ANSWERS.rglob("*.json")):
        data = file.read_bytes()
        document = json.loads(data)
        if not isinstance(document, dict) or "resourceType" not in document:
            continue
        assert fully(document) == quickly(data)[0]
        for _, resource, _ in answers_in(document):
            if resource["resourceType"] == "ClaimResponse":
                total += 1
                shaped += shape_of(json.dumps(resource).encode()) is not None
    assert shaped >= 0.8 * total > 0


class Asked(dict):
    """An object that remembers which of its names it was asked for."""

    def __init__(self, value):
        super().__init__(value)
        self.names = set()

    def get(self, key, default=None):
        self.names.add(key)
        return super().get(key, default)

    def __contains__(self, key):
        self.names.add(key)
        return super().__contains__(key)


def asked(value):
    """Return the value with every object in it an Asked."""
    if isinstance(value, dict):
        return Asked({key: asked(each) for key, each in value.items()})
    return [asked(each) for each in value] if isinstance(value, list) else value


def test_the_shape_names_every_element_that_the_reader_asks_for():
    """An element that the reader begins to heed must be part of the shape, else two answers would be taken for one."""
    resource = asked(answer(line(1, "A3", "0F", notes=[1]), notes=["No."], addItem=[{}], error=[{"code": {}}]))
    read_denial(resource)
    coverage_of(resource, {}, claim=claim_of(resource, {}))
    fields = {each.name: each.type for each in msgspec.structs.fields(Shape)}
    parts = [("item", resource["item"]), ("addItem", resource["addItem"]), ("processNote", resource["processNote"])]
    parts += [("error", resource["error"]), ("adjudication", resource["item"][0]["adjudication"])]

    assert resource.names <= set(fields) | OF_NO_ACCOUNT
    for name, elements in parts:
        known = {each.name for each in msgspec.structs.fields(fields[name].__args__[0])}
        for element in elements:
            assert element.names <= known | ({"quantity"} if name == "addItem" else set())


def test_answers_that_differ_in_ids_and_numbers_are_reasoned_once():
    """A thousand answers of one shape cost one reading: that is what makes a feed fast."""
    routes = Routes(rules=BOOK, now=NOW)
    for number in range(50):
        data = json.dumps(
            answer(line(1, "A3", "0F"), id=f"a{number}", created=f"2026-11-{number % 28 + 1:02}")
        ).encode()
        [(name, _, _)], _ = quickly(data, routes)
        assert f"ClaimResponse/a{number}" == name
    assert 1 == len(routes._known)


def test_what_is_kept_is_bounded(monkeypatch):
    """A feed in which no two answers are alike must not fill the memory."""
    monkeypatch.setattr("launch.files.routes._MOST", 10)
    routes = Routes(rules=BOOK, now=NOW)
    for number in range(50):
        quickly(
            json.dumps(answer(line(1, "A3"), notes=[str(number)], insurer={"display": str(number)})).encode(), routes
        )
    assert 10 >= len(routes._known) and 10 >= len(routes._standings)


@given(st.integers(0, 2**32))
@settings(max_examples=20_000 if NIGHTLY else 2000, deadline=None)
def test_no_bytes_end_in_a_traceback(seed):
    """Bent answers, alone and in Bundles, cut, salted and recoded: routed with a because, or named with a place."""
    chance = random.Random(seed)
    resource = bend(any_answer(chance), chance)
    document = chance.choice((resource, {"resourceType": "Bundle", "entry": [{"resource": resource}, {}]}))
    routed, _ = quickly(bent_bytes(document, chance))

    assert all(routing.because for _, routing, _ in routed)


def test_a_piece_says_where_it_stands():
    """What has no id is called by its place."""
    nameless = answer(line(1, "A1"), id=None)
    bundle = {"resourceType": "Bundle", "entry": [{"resource": nameless}]}
    [piece] = pieces_in(json.dumps(bundle).encode())

    assert isinstance(piece, Piece) and piece.shape is not None
    assert ["entry[0].resource"] == [name for name, _, _ in KNOWING.of(piece)]
