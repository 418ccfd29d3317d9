"""
Every shape in which payers send a decision leads the same way; what says nothing of the decision changes nothing.

Shapes: PAS 2.0.1, 2.1 and 2.2, base FHIR, PDex and CARIN (issue 3, part 1; facts B.1 and B.3). The second half is
metamorphic: an answer and its other spelling have one route, whichever that is.
"""

import copy
import io
import json
import random
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.denial import Decision, Path
from app.edges.fhir.claim_response import read_denial
from app.edges.rulebook import RuleBook
from launch.files.route import run
from launch.files.routes import route_document
from tests.answers import ACTION, CARC, NOW, PAS, ROOT, answer, coding, line, review_action, route
from tests.bent import any_answer

BOOK = RuleBook.load(ROOT / "app" / "rules")
PDEX = "http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/"
REVIEWER = PAS + "extension-claimResponseReviewer"
SEEDS = st.integers(0, 2**32)


def whole(resource):
    """Return (decision, route, reason) of an answer."""
    found = route(resource)
    return found.decision, found.route, found.reason_kind


def by_line(resource):
    """Return {sequence: (decision, route)}."""
    return {each.sequence: (each.decision, each.route) for each in route(resource).lines}


def acted(action, *more):
    """Return a line whose review action code has this value element."""
    inner = [{"url": PAS + "extension-reviewActionCode", **action}, *more]
    return answer(
        {
            "itemSequence": 1,
            "adjudication": [{"extension": [{"url": PAS + "extension-reviewAction", "extension": inner}]}],
        }
    )


def added(*codes, sequence=(1,)):
    """Return addItems for a line, each with its review action code."""
    return [{"itemSequence": list(sequence), "adjudication": [{"extension": [review_action(code)]}]} for code in codes]


DENIED_CLINICAL = (Decision.DENIED, Path.P2P, "clinical")
SILENT = (Decision.DENIED, Path.ASK_REASON, "none")
SHAPES = {
    "2.0.1, items only": (answer(line(1, "A3", "0F")), DENIED_CLINICAL),
    "2.2, header only": (
        {**answer({"itemSequence": 1}), "adjudication": [{"extension": [review_action("A3", "0F")]}]},
        DENIED_CLINICAL,
    ),
    "a line that only names its sequence": (
        {**answer({"itemSequence": 2}, line(1, "A3", "0F"))},
        (Decision.DENIED, Path.P2P, "clinical"),
    ),
    "outcome complete, pended": (answer(line(1, "A4")), (Decision.PENDED, Path.WAIT, "pending")),
    "outcome partial, pended": (answer(line(1, "A4"), outcome="partial"), (Decision.PENDED, Path.WAIT, "pending")),
    "2.2 modified, with what was authorized": (
        answer(line(1, "A6"), addItem=added("A1")),
        (Decision.MODIFIED, Path.REVIEW_MODIFIED, "clinical"),
    ),
    "older modified: denied, another line added": (
        answer(line(1, "A3", "0F"), addItem=added("A1")),
        (Decision.MODIFIED, Path.REVIEW_MODIFIED, "clinical"),
    ),
    "no outcome": (answer(line(1, "A3", "0F"), outcome=None), DENIED_CLINICAL),
    "no created": (answer(line(1, "A3", "0F"), created=None), DENIED_CLINICAL),
    "no status": (answer(line(1, "A3", "0F"), status=None), DENIED_CLINICAL),
    "reason in the process note only": (
        answer(line(1, "A3", notes=[1]), notes=["The records do not show six weeks of therapy."]),
        DENIED_CLINICAL,
    ),
    "reason in a note that no line names": (
        answer(line(1, "A3"), notes=["The plan's benefit booklet excludes this."]),
        (Decision.DENIED, Path.BENEFIT_EXCEPTION, "benefit"),
    ),
    "reason as the words of adjudication.reason": (
        answer(
            {
                "itemSequence": 1,
                "adjudication": [{"extension": [review_action("A3")], "reason": {"text": "Out of network"}}],
            }
        ),
        (Decision.DENIED, Path.NETWORK_EXCEPTION, "network"),
    ),
    "A1 of CARC denies": (answer(line(1, None, carc=["A1"])), (Decision.DENIED, Path.HUMAN, "none")),
    "A1 of 306 approves": (answer(line(1, "A1")), (Decision.APPROVED, Path.NONE, "not_a_denial")),
    "A6 of CARC denies": (answer(line(1, None, carc=["A6"])), (Decision.DENIED, Path.HUMAN, "administrative")),
    "A1 of CARC where an action belongs": (
        acted({"valueCodeableConcept": coding(CARC, "A1")}),
        (Decision.UNKNOWN, Path.HUMAN, "none"),
    ),
    "a display that contradicts its code": (
        acted({"valueCodeableConcept": coding(ACTION, "A3", display="Certified in total")}),
        (Decision.CONFLICT, Path.HUMAN, "none"),
    ),
    "the payer's own code beside the standard one": (
        acted(
            {
                "valueCodeableConcept": {
                    "coding": [{"system": "http://payer.example/d", "code": "D"}, coding(ACTION, "A3")["coding"][0]]
                }
            }
        ),
        SILENT,
    ),
    "an action as Coding": (acted({"valueCoding": {"system": ACTION, "code": "A3"}}), SILENT),
    "an action as code": (acted({"valueCode": "A3"}), SILENT),
    "an action as a string": (acted({"valueString": "A3"}), SILENT),
    "an action as the text of a concept": (acted({"valueCodeableConcept": {"text": "A3"}}), SILENT),
    "an action in words": (acted({"valueCodeableConcept": {"text": "Not Certified"}}), SILENT),
    "an error with a follow-up": (
        answer(
            outcome="error",
            error=[
                {
                    "code": coding("https://codesystem.x12.org/005010/901", "33"),
                    "extension": [
                        {
                            "url": PAS + "extension-errorFollowupAction",
                            "valueCodeableConcept": coding("https://codesystem.x12.org/005010/889", "C"),
                        }
                    ],
                }
            ],
        ),
        (Decision.ERROR, Path.RESUBMIT, "administrative"),
    ),
    "a claim that was paid": (answer(line(1, "A3"), use="claim"), (Decision.NOT_PRIOR_AUTH, Path.NONE, "not_a_denial")),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_leads_where_its_reading_leads(name):
    """The decision sits in four places and several types, and an outcome of "complete" proves nothing."""
    resource, expected = SHAPES[name]

    assert expected == whole(resource)


def test_each_of_mixed_lines_goes_its_own_way_and_the_case_the_most_urgent():
    """One answer approves, denies for two reasons and pends."""
    mixed = answer(line(1, "A1"), line(2, "A3", "0F"), line(3, "A3", "0M"), line(4, "A4"))

    assert {
        1: (Decision.APPROVED, Path.NONE),
        2: (Decision.DENIED, Path.P2P),
        3: (Decision.DENIED, Path.BENEFIT_EXCEPTION),
        4: (Decision.PENDED, Path.WAIT),
    } == by_line(mixed)
    assert (Decision.MIXED, Path.P2P) == whole(mixed)[:2]


@pytest.mark.parametrize("element", ["reviewerNPI", "reviewerIdentifier"])
def test_the_reviewer_is_read_by_its_right_and_its_wrong_name(element):
    """The Inferno fixture calls the NPI reviewerIdentifier; a denial that no human reviewed says so."""
    inner = [
        {"url": "wasHumanReviewedFlag", "valueBoolean": False},
        {"url": element, "valueIdentifier": {"value": "1234567893"}},
        {"url": "reviewerSpecialty", "valueCodeableConcept": {"text": "Cardiology"}},
    ]
    resource = answer(line(1, "A3", "0F"), extension=[{"url": REVIEWER, "extension": inner}])

    assert ("1234567893", "Cardiology") == (
        read_denial(resource).reviewer.npi,
        read_denial(resource).reviewer.specialty,
    )
    assert "no human" in " ".join(route(resource).because)


def test_a_contained_request_names_the_service_and_the_urgency():
    """Claim.priority says normal and levelOfServiceCode urgent: the level counts (PAS, the IG's own example)."""
    level = {
        "url": PAS + "extension-levelOfServiceCode",
        "valueCodeableConcept": coding("https://codesystem.x12.org/005010/1338", "U"),
    }
    claim = {
        "resourceType": "Claim",
        "id": "c1",
        "extension": [level],
        "priority": coding("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        "item": [{"sequence": 1, "productOrService": coding("http://www.ama-assn.org/go/cpt", "63047")}],
    }
    resource = {**answer(line(1, "A3", "0F")), "contained": [claim], "request": {"reference": "#c1"}}
    denial = read_denial(resource, claim=claim)

    assert ("63047", True) == (denial.lines[0].service.code, denial.urgent)
    assert DENIED_CLINICAL == whole(resource)


def pdex(action, reason=None):
    """Return an ExplanationOfBenefit of a prior authorization, as PDex writes its review action."""
    inner = [{"url": PDEX + "extension-reviewActionCode", "valueCodeableConcept": coding(ACTION, action)}]
    found = {"resourceType": "ExplanationOfBenefit", "id": "e1", "status": "active", "use": "preauthorization"}
    adjudication = [{"extension": [{"url": PDEX + "extension-reviewAction", "extension": inner}]}]
    if reason:
        category = coding("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator", "denialreason")
        adjudication.append({"category": category, "reason": coding(CARC, reason)})
    return {
        **found,
        "created": "2026-11-20",
        "outcome": "complete",
        "item": [{"sequence": 1, "adjudication": adjudication}],
    }


@pytest.mark.parametrize(
    ("action", "reason", "path"),
    [
        ("A3", "50", "p2p"),
        ("A3", "96", "human"),
        ("A3", "242", "network_exception"),
        ("A1", None, "none"),
        ("A4", None, "wait"),
    ],
)
def test_an_explanation_of_benefit_is_read_like_an_answer(action, reason, path):
    """PDex's own review action URLs and CARIN's denialreason slice."""
    [(name, found, _)] = route_document(pdex(action, reason), rules=BOOK, now=NOW)

    assert ("ExplanationOfBenefit/e1", path) == (name, found.route.value)


# --- the same answer, written otherwise


def read_all(document):
    """Return (name, decision, route, lines) of every answer in a document."""
    return [
        (name, found.decision, found.route, {(each.sequence, each.decision, each.route) for each in found.lines})
        for name, found, _ in route_document(document, rules=BOOK, now=NOW)
    ]


def changed(value, change):
    """Return a document with `change` done to each object in it, the innermost first."""
    if isinstance(value, dict):
        return change({key: changed(each, change) for key, each in value.items()})
    return [changed(each, change) for each in value] if isinstance(value, list) else value


def shuffled(resource, chance):
    """Return it with its lines, notes, extensions and codings in another order."""

    def shuffle(element):
        for name in ("item", "extension", "processNote"):
            if isinstance(element.get(name), list):
                element[name] = chance.sample(element[name], len(element[name]))
        return element

    return changed(copy.deepcopy(resource), shuffle)


def versioned(element):
    """Say which version of the code system a code is of."""
    return (
        {**element, "system": f"{element['system']}|5.0.1"}
        if isinstance(element.get("system"), str) and "code" in element
        else element
    )


def other_scheme(element):
    """Write http for https and the other way round."""
    turned = {"http:": "https:", "https:": "http:"}
    return {
        key: turned[each.partition("/")[0]] + "/" + each.partition("/")[2]
        if key in ("system", "url") and isinstance(each, str) and each.partition("/")[0] in turned
        else each
        for key, each in element.items()
    }


def as_coding(element):
    """Write a concept of one code as that Coding."""
    held = (element.get("valueCodeableConcept") or {}).get("coding") or []
    if len(held) != 1 or ("xtension" not in str(element.get("url")) and element.get("url") != "reasonCode"):
        return element
    return {**{key: each for key, each in element.items() if key != "valueCodeableConcept"}, "valueCoding": held[0]}


def with_odd_extension(element):
    """Add an extension that nobody knows, whose words would decide if they were read."""
    odd = {"url": "https://payer.example/StructureDefinition/odd", "valueString": "Approved. Not a covered benefit."}
    return {**element, "extension": [*element.get("extension", ()), odd]} if "adjudication" in element else element


SPELLINGS = {
    "versions": lambda each, _: changed(each, versioned),
    "schemes": lambda each, _: changed(each, other_scheme),
    "codings": lambda each, _: changed(each, as_coding),
    "orders": shuffled,
    "unknown extensions": lambda each, _: changed(each, with_odd_extension),
}


@pytest.mark.parametrize("name", SPELLINGS)
@given(seed=SEEDS)
@example(seed=102191017)  # two reasons and no decision: one for a denial, one that asks for more
@settings(max_examples=60, deadline=None)
def test_another_spelling_of_an_answer_has_the_same_route(name, seed):
    """Order, versions, schemes, types and unknown extensions say nothing of the decision."""
    chance = random.Random(seed)
    resource = any_answer(chance)

    assert read_all(resource) == read_all(SPELLINGS[name](copy.deepcopy(resource), chance))


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_another_id_changes_the_name_and_nothing_else(seed):
    """Ids are names."""
    resource = any_answer(random.Random(seed))
    renamed = {**resource, "id": "another-1"}

    assert [each[1:] for each in read_all(resource)] == [each[1:] for each in read_all(renamed)]


@given(seed=SEEDS, code=st.sampled_from(("A1", "A6")))
@settings(max_examples=60, deadline=None)
def test_an_approving_line_never_turns_a_denied_lines_route_away(seed, code):
    """Each line has its own way, and the case takes the most urgent."""
    resource = any_answer(random.Random(seed))
    lines = resource.get("item", [])
    if not any(each.get("adjudication") for each in lines) or resource.get("outcome") == "error":
        return
    more = {**resource, "item": [*lines, line(99, code)]}
    before, after = read_all(resource), read_all(more)

    assert before[0][3] <= after[0][3] or {each for each in before[0][3] if each[0]} <= after[0][3]


def in_bundle(kind):
    """Return a function that puts an answer into a Bundle of a kind."""
    return lambda resource: {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [
            *([{"resource": {"resourceType": "MessageHeader", "id": "m1"}}] if kind == "message" else []),
            *([{"resource": {"resourceType": "SubscriptionStatus", "id": "s1"}}] if kind == "history" else []),
            {"fullUrl": "urn:uuid:6f0a", "resource": resource},
        ],
    }


WRAPPED = {kind: in_bundle(kind) for kind in ("searchset", "collection", "message", "history", "transaction-response")}
WRAPPED["Parameters"] = lambda resource: {
    "resourceType": "Parameters",
    "parameter": [{"name": "return", "resource": in_bundle("collection")(resource)}],
}


@pytest.mark.parametrize("kind", WRAPPED)
@pytest.mark.parametrize("shape", ["2.0.1, items only", "outcome complete, pended", "reason in the process note only"])
def test_an_answer_says_the_same_in_every_wrapping(kind, shape):
    """A search's Bundle, a collection, a message, a notification, what $inquire returns."""
    resource = SHAPES[shape][0]

    assert read_all(resource) == read_all(WRAPPED[kind](resource))


def as_xml(name, value):
    """Return an element of FHIR XML for an element of FHIR JSON."""
    if isinstance(value, list):
        return "".join(as_xml(name, each) for each in value)
    if not isinstance(value, dict):
        told = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
        return f"<{name} value={quoteattr(str(told))}/>"
    attributes = "".join(
        f" {key}={quoteattr(str(value[key]))}" for key in ("url",) if key in value and name.endswith("xtension")
    )
    inner = "".join(as_xml(key, each) for key, each in value.items() if key not in ("resourceType", "url"))
    if "url" in value and not attributes:
        inner += as_xml("url", value["url"])
    if "resourceType" in value:
        inner = f'<{value["resourceType"]} xmlns="http://hl7.org/fhir">{inner}</{value["resourceType"]}>'
        return inner if name == value["resourceType"] else f"<{name}>{inner}</{name}>"
    return f"<{name}{attributes}>{inner}</{name}>"


@pytest.mark.parametrize(
    "shape", ["2.0.1, items only", "2.2 modified, with what was authorized", "reason in a note that no line names"]
)
@pytest.mark.parametrize("kind", ["", "searchset", "Parameters"])
def test_xml_says_what_json_says(shape, kind, tmp_path):
    """The same answer, alone and wrapped, in FHIR's other format."""
    resource = SHAPES[shape][0]
    document = WRAPPED[kind](resource) if kind else resource
    told = []
    for name, text in (("a.json", json.dumps(document)), ("a.xml", as_xml(document["resourceType"], document))):
        (tmp_path / name).write_text(text, "utf-8")
        out = io.StringIO()
        asked = [str(tmp_path / name), "--json", "--now", "2026-11-21T15:00:00Z"]

        assert 0 == run(asked, stdin=io.BytesIO(), stdout=out, stderr=io.StringIO())
        told.append(
            [(each["resource"], each["decision"], each["route"], each["lines"]) for each in json.loads(out.getvalue())]
        )
    assert told[0] == told[1] and told[0]
