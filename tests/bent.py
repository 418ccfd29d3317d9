"""Answers with parts of the wrong kind, and bytes that are no answer at all: what senders and attackers make."""

import copy
import json
import random
from datetime import datetime
from functools import cache

from launch.sandbox.patients.dates import Dates
from launch.sandbox.practice import practice
from launch.sandbox.stories import PATIENTS, tell
from tests.answers import NOW, PAS, answer, line, review_action

INSURERS = (None, {"display": "Aetna"}, {"display": "Cigna Medicare Advantage"}, {"reference": "Organization/o"})
NOTES = (
    "P2P by 12/04/2026.",
    "Peer-to-peer within 14 days at 800-555-0100, ref AB-1234.",
    "Call 800-555-0100 for a peer-to-peer. Medicare and Medicaid: six weeks.",
    "Not medically necessary.",
    "Cosmetic, excluded by the plan.",
)
CREATED = ("2026-11-20T15:04:00-06:00", "2026-11-03", "2026-12-31T23:59:60Z", None, "soon", "2026")
ODD = (None, True, 0, -1, 1.5, 10**30, "", "A1", "x" * 300, "\u0130\ud800", [], [[]], {}, {"coding": 5}, [None, {}])
# What else an enemy writes into an element: moments that no calendar has, numbers that no machine has, references to
# everywhere, and words that other programs obey.
HOSTILE = (
    *ODD,
    *("2026-13-45", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-20T24:00:00Z", "2026", "-1"),
    *(1e308, -0.0, 2**63, -(2**70), 0.1 + 0.2, True, "NaN", "1e999", "\u0661", "\u00b2"),
    *({"reference": "#"}, {"reference": "urn:uuid:"}, {"reference": "http://[::1/Patient/1"}, {"reference": "Claim/"}),
    *("<script>alert(1)</script>", "{{ 7*7 }}", "' OR 1=1 --", "../../etc/passwd", "\x00\x1b[31m", "\u202edenied"),
    *({"value": "1", "unit": {}}, [{"value": None}], {"coding": [{"code": "x" * 5_000}]}, ["a"] * 300),
    *({"start": "2026-11-20", "end": "2026-11-19"}, {"start": 5}, {"resourceType": "Bundle", "entry": [{}]}),
)


def any_answer(chance: random.Random) -> dict:
    """Return an answer such as a payer might send, from the few that payers do send."""
    codes = chance.choices(("A1", "A3", "A3", "A4", "A6", None), k=chance.randint(0, 3))
    lines = [_line(number, code, chance) for number, code in enumerate(codes, 1)]
    if chance.random() < 0.2:
        added = {"itemSequence": [1], "adjudication": [{"extension": [review_action("A1")]}]}
        lines.append({**added, "extension": _told(chance)})
    extra = {"addItem": lines[len(codes) :], "insurer": chance.choice(INSURERS), "id": f"a-{chance.randrange(10**6)}"}
    extra |= {"created": chance.choice(CREATED), "outcome": chance.choice(("complete", "queued", "error"))}
    extra["text"] = {"div": f"<div>{chance.random()}</div>"}
    extra["disposition"] = chance.choice((None, "Denied.", "Approved.", *NOTES))
    if chance.random() < 0.2:
        extra["extension"] = [_reviewer(chance)]
    notes = chance.sample(NOTES, k=chance.randint(0, 2))
    return answer(*lines[: len(codes)], notes=notes, **{key: each for key, each in extra.items() if each is not None})


def _line(number: int, code: str | None, chance: random.Random) -> dict:
    reasons = chance.sample(("0F", "0G", "10", "0U", "zz"), k=chance.randint(0, 2)) if code != "A1" else []
    found = line(number, code, *reasons, notes=chance.choice(((), (1,), (2,))))
    found["adjudication"] += [{"reason": {"text": chance.choice(NOTES)}}] if chance.random() < 0.2 else []
    for each in found["adjudication"]:
        for extension in each.get("extension", ()):
            extension["extension"].append({"url": "number", "valueString": f"AUTH{chance.randrange(10**6)}"})
    return {**found, "extension": _told(chance)}


def _told(chance: random.Random) -> list[dict]:
    codes = (("http://hl7.org/fhir/sid/ndc", "00074433902"), ("http://www.ama-assn.org/go/cpt", "27447"))
    system, code = chance.choice(codes)
    service = {"url": "productOrServiceCode", "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}
    each = [
        {"url": PAS + "extension-itemPreAuthIssueDate", "valueDate": f"2026-11-{chance.randint(10, 28)}"},
        {"url": PAS + "extension-administrationReferenceNumber", "valueString": f"R{chance.randrange(999)}"},
        {"url": PAS + "extension-itemAuthorizedDetail", "extension": [service]},
        {"url": "https://payer.example/StructureDefinition/own", "valueString": "ours"},
    ]
    return chance.sample(each, k=chance.choice((0, 0, 1, 2)))


def _reviewer(chance: random.Random) -> dict:
    flag = {"url": "wasHumanReviewedFlag", "valueBoolean": chance.random() < 0.5}
    return {"url": PAS + "extension-claimResponseReviewer", "extension": [flag]}


def bend(value: object, chance: random.Random, rate: float = 0.06, odd: tuple = ODD) -> object:
    """Return the value with some of its parts replaced, dropped, doubled or wrapped."""
    if chance.random() < rate:
        return copy.deepcopy(chance.choice(odd))
    if isinstance(value, dict):
        kept = {key: bend(each, chance, rate, odd) for key, each in value.items() if chance.random() > rate / 3}
        return [kept] if chance.random() < rate / 3 else kept
    if isinstance(value, list):
        bent = [bend(each, chance, rate, odd) for each in value]
        return bent * 2 if chance.random() < rate else bent
    return value


def bent_bytes(document: object, chance: random.Random) -> bytes:
    """Return a document as JSON that is broken on the way with some luck: cut, doubled, recoded, salted."""
    data = json.dumps(document).encode()
    place = chance.randrange(len(data) + 1)
    salt = (
        b"\xff",
        b"\\ud83d",
        b"\x00",
        b"NaN",
        b"9" * 5000,
        b'"item":7,',
        b"[" * 2000,
        "\u202e".encode(),
        b"\x1b",
        b"}",
    )
    ways = (
        lambda: data[:place],
        lambda: data[:place] + chance.choice(salt) + data[place:],
        lambda: data[:place] + data[place + chance.randrange(1, 40) :],
        lambda: data.decode().encode("utf-16"),
        lambda: data + b"\n" + data,
        lambda: data,
    )
    return chance.choice(ways)()


@cache
def real_shapes() -> dict[str, tuple[dict, ...]]:
    """Return the resources of every story and of the practice, by type: charts, requests, plans, payers' answers."""
    found: dict[str, list[dict]] = {}
    told = (tell(module, Dates(datetime.fromisoformat(NOW.isoformat())))[0].resources for module in PATIENTS)
    for each in [resource for chart in told for resource in chart] + list(practice(NOW)):
        found.setdefault(each["resourceType"], []).append(each)
    return {kind: tuple(each) for kind, each in found.items()}


@cache
def charts() -> tuple[tuple[dict, ...], ...]:
    """Return every story's chart."""
    return tuple(tuple(tell(module, Dates(NOW))[0].resources) for module in PATIENTS)


def as_benefit(resource: dict) -> dict:
    """Return a ClaimResponse as the ExplanationOfBenefit that a payer's member API shows."""
    items = [{**each, "sequence": each.get("itemSequence")} for each in resource.get("item", ())]
    return {**resource, "resourceType": "ExplanationOfBenefit", "item": items, "provider": resource.get("requestor")}


def bent_resource(chance: random.Random, *kinds: str) -> object:
    """Return a resource of one of these types (of any, if none is said) with parts of it bent; seldom all of it."""
    shapes = real_shapes()
    kind = chance.choice(kinds or tuple(shapes))
    if kind == "ClaimResponse" and chance.random() < 0.5:
        whole = any_answer(chance)
    elif kind == "ExplanationOfBenefit":
        whole = as_benefit(any_answer(chance))
    else:
        whole = chance.choice(shapes[kind])
    return bend(whole, chance, chance.choice((0.005, 0.02, 0.06)), HOSTILE)


def bent_bundle(chance: random.Random) -> object:
    """Return a Bundle, or Parameters, of bent resources that may point at one another."""
    kinds = ("Claim", "Coverage", "Organization", "Patient", "ClaimResponse", "ExplanationOfBenefit")
    resources = [bent_resource(chance, each) for each in chance.sample(kinds, k=chance.randint(1, len(kinds)))]
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": each} for number, each in enumerate(resources)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    around = {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": bundle}]}
    return bend(chance.choice((bundle, around)), chance, 0.002, HOSTILE)
