"""
10,000 payers' answers of about 5.5 KB: from bytes to an explained route, beside parsing them and doing nothing.

Three feeds: as payers send them, a few hundred ways to say a few things; the same, a thousand in a Bundle; and one in
which every answer has words and codes of its own, so that nothing can be known before. Seconds are the processor's.
"""

import hashlib
import json
import random
import time
from collections import Counter
from pathlib import Path

from tests.bench.race import FULL, Laps, Row, race

COUNT, PER_BUNDLE, PEERS_SHARE = 10_000, 100, 1_000
LARGE = 1_000
WANTED_BYTES = 5_500
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
X12 = "https://codesystem.x12.org/"
CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
# Decision, its X12 306 action, X12 886 reasons to choose from, and its share in percent: 70 are denials.
KINDS = (
    ("denied", "A3", ("0F", "0G", "0V", "10"), 70),
    ("approved", "A1", (), 15),
    ("pended", "A4", ("0U",), 10),
    ("modified", "A6", (), 5),
)
NOTES = (
    "The records sent do not show six weeks of conservative care before this request.",
    "A physician of ours is available to discuss this decision; call within the time given in the letter.",
    "The dose asked for is above what the criteria for this diagnosis allow without an explanation.",
)
# Words that payers use, put together anew for each answer.
SENTENCES = (
    "The records sent do not show {} before this request.",
    "Your request for {} is denied because it is not medically necessary: {}.",
    "For {} this treatment is considered experimental; see {}.",
    "A physician of ours can discuss {} on the telephone, {} days from this notice.",
    "The plan does not cover {}, which is an exclusion.",
    "More information about {} is needed before we decide.",
)
WORDS = (
    "surgery therapy imaging infusion device spine knee heart skin child adult weeks dose nights visits units notes "
    "films left right upper lower first second partial total prior recent severe chronic acute mild failed tried asked"
).split()


def prepare(folder: Path, *, per_bundle: int = PER_BUNDLE, distinct: bool = False) -> Path:
    """Write the answers as Bundles, and which decisions are in them; return the folder."""
    folder.mkdir(exist_ok=True)
    draw = random.Random(306)
    decisions: Counter[str] = Counter()
    for number in range(COUNT // per_bundle):
        resources = [_answer(number * per_bundle + each, draw, decisions) for each in range(per_bundle)]
        if distinct:
            resources = [_made_its_own(each, draw) for each in resources]
        entries = [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in resources]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        (folder / f"answers-{number:03}.json").write_text(json.dumps(bundle))
    (folder / "decisions.json").write_text(json.dumps(decisions))
    return folder


def _made_its_own(resource: dict, draw: random.Random) -> dict:
    """Return an answer with words and reason codes that no other has."""
    for note in resource["processNote"]:
        sentence = draw.choice(SENTENCES)
        note["text"] = sentence.format(*(" ".join(draw.choices(WORDS, k=6)) for _ in range(sentence.count("{}"))))
    is_denied = len(resource["item"][0]["adjudication"][0]["extension"][0]["extension"]) == 3 and (
        resource["outcome"] == "complete"
    )
    for item in resource["item"]:
        codes = [{"system": "http://payer.example/reasons", "code": f"R{draw.randrange(10**9)}"} for _ in range(2)]
        if is_denied:  # an approval that carries a reason for a denial would be another decision
            codes.insert(0, {"system": CARC, "code": str(draw.randrange(1, 300))})
        item["adjudication"].append({**item["adjudication"][0], "reason": {"coding": codes}})
        del item["adjudication"][1]["extension"]
    return resource


def rows(folder: Path) -> list[Row]:
    """Return what the races gave."""
    runners = ("answers:route", "answers:parse_with_fhirclient", "answers:parse_with_json")
    rounds = 7 if FULL else 3
    plain = race(runners, prepare(folder / "plain"), rounds=rounds)
    large = race(runners[::2], prepare(folder / "large", per_bundle=LARGE), rounds=rounds)
    own = race(runners, prepare(folder / "own", distinct=True), rounds=rounds)
    name = f"route {COUNT:,} ClaimResponses, bytes to explained route"
    return [
        *_against(name, plain),
        *_flat(f"{name}, {LARGE:,} a Bundle", plain["answers:route"], *large.values()),
        *_against(f"{name}, each with words and codes of its own", own),
    ]


def _against(name: str, laps: dict[str, Laps]) -> list[Row]:
    ours, fhirclient, plain = laps.values()
    return [
        _row(name, ours, "fhirclient parsing them, nothing else", fhirclient, 20),
        _row(f"{name} (same)", ours, "json.loads of the same bytes", plain, 1),
        Row("  fhirclient parsing", round(fhirclient.rate), "resources/s", memory_mib=fhirclient.memory_mib),
        Row("  json.loads", round(plain.rate), "resources/s", memory_mib=plain.memory_mib),
    ]


def _flat(name: str, small: Laps, large: Laps, plain: Laps) -> list[Row]:
    slower, less = large.each / small.each, large.memory_mib / plain.memory_mib
    return [
        Row(name, round(large.rate), "resources/s", f"{PER_BUNDLE} a Bundle, time", round(slower, 2), "<= 1.2x",
            slower <= 1.2, large.memory_mib),
        Row(f"{name}: peak memory", round(large.memory_mib, 1), "MiB", "json.loads", round(less, 2), "<= 0.6x",
            less <= 0.6, plain.memory_mib),
    ]  # fmt: skip


def _row(name: str, ours: Laps, peer: str, theirs: Laps, least: float) -> Row:
    ratio = ours.rate / theirs.rate
    goal = f">= {least:g}x"
    return Row(name, round(ours.rate), "resources/s", peer, round(ratio, 2), goal, ratio >= least, ours.memory_mib)


def route(folder: Path) -> dict:
    """Route every answer as `parley route` does, and keep its because."""
    from datetime import UTC, datetime

    from app.edges.rulebook import RuleBook
    from launch.files.reading import read_pieces
    from launch.files.route import RULES
    from launch.files.routes import Routes

    routes = Routes(rules=RuleBook.load(RULES), now=datetime(2026, 11, 21, 15, tzinfo=UTC))
    decisions: Counter[str] = Counter()
    answer, seconds = [], 0.0
    for path in _bundles(folder):
        begun = time.process_time()
        pieces = read_pieces(str(path), stdin=None)
        routed = [(name, routing) for piece in pieces for name, routing, _ in routes.of(piece)]
        seconds += time.process_time() - begun
        assert len(routed) in (PER_BUNDLE, LARGE) and all(routing.because for _, routing in routed)
        decisions.update(routing.decision.value for _, routing in routed)
        if len(answer) < PEERS_SHARE:
            answer += [
                [name.partition("/")[2], [[line.sequence, _actions(line.codes)] for line in routing.lines]]
                for name, routing in routed
            ]
    assert decisions == json.loads((folder / "decisions.json").read_text()), decisions
    return {"seconds": seconds, "count": COUNT, "answer": _digest(answer)}


def parse_with_fhirclient(folder: Path) -> dict:
    """Parse a tenth of them with fhirclient's models, strictly, as its own client does."""
    from fhirclient.models.claimresponse import ClaimResponse

    answer, seconds = [], 0.0
    for path in _bundles(folder)[: PEERS_SHARE // PER_BUNDLE]:
        begun = time.process_time()
        document = json.loads(path.read_bytes())
        parsed = [ClaimResponse(entry["resource"], strict=True) for entry in document["entry"]]
        seconds += time.process_time() - begun
        answer += [[each.id, [[item.itemSequence, _actions_of_models(item)] for item in each.item]] for each in parsed]
    return {"seconds": seconds, "count": PEERS_SHARE, "answer": _digest(answer)}


def parse_with_json(folder: Path) -> dict:
    """Parse all of them into dicts."""
    answer, seconds = [], 0.0
    for path in _bundles(folder):
        begun = time.process_time()
        document = json.loads(path.read_bytes())
        seconds += time.process_time() - begun
        if len(answer) < PEERS_SHARE:
            resources = [entry["resource"] for entry in document["entry"]]
            answer += [
                [each["id"], [[item["itemSequence"], _raw(item)] for item in each["item"]]] for each in resources
            ]
    return {"seconds": seconds, "count": COUNT, "answer": _digest(answer)}


def _bundles(folder: Path) -> list[Path]:
    return sorted(folder.glob("answers-*.json"))


def _digest(answer: list) -> str:
    return hashlib.sha256(json.dumps(answer).encode()).hexdigest()


def _actions(codes) -> list[str]:
    return [each.code for each in codes if each.system == f"{X12}005010/306"]


def _actions_of_models(item) -> list[str]:
    inner = item.adjudication[0].extension[0].extension
    return [each.valueCodeableConcept.coding[0].code for each in inner if each.url.endswith("reviewActionCode")]


def _raw(item: dict) -> list[str]:
    inner = item["adjudication"][0]["extension"][0]["extension"]
    return [each["valueCodeableConcept"]["coding"][0]["code"] for each in inner if each["url"].endswith("ActionCode")]


def _answer(number: int, draw: random.Random, decisions: Counter[str]) -> dict:
    decision, action, reasons, _ = draw.choices(KINDS, weights=[each[3] for each in KINDS])[0]
    decisions[decision] += 1
    lines = [_line(sequence, action, reasons, draw) for sequence in range(1, draw.randint(2, 4))]
    notes = [{"number": each, "type": "display", "text": NOTES[each - 1]} for each in range(1, 1 + draw.randint(1, 3))]
    resource = {
        "resourceType": "ClaimResponse",
        "id": f"answer-{number:05}",
        "meta": {"profile": [f"{PAS}profile-claimresponse"]},
        "text": {"status": "generated", "div": ""},
        "identifier": [{"system": "http://payer.example/answers", "value": f"{number:08}"}],
        "status": "active",
        "type": _concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "preauthorization",
        "patient": {"reference": f"Patient/p-{draw.randrange(2000)}"},
        "created": f"2026-11-{draw.randint(1, 20):02}T{draw.randrange(24):02}:30:00-06:00",
        "insurer": {"reference": f"Organization/payer-{draw.randrange(40)}"},
        "requestor": {"reference": f"PractitionerRole/role-{draw.randrange(300)}"},
        "request": {"reference": f"Claim/claim-{number:05}"},
        "outcome": "complete" if action != "A4" else "queued",
        "item": lines,
        "processNote": notes if decision == "denied" else notes[:1],
    }
    if decision != "denied":
        resource["processNote"][0]["text"] = "Sent by the payer's system."
    resource["text"]["div"] = _narrative(WANTED_BYTES - len(json.dumps(resource)), draw)
    return resource


def _line(sequence: int, action: str, reasons: tuple[str, ...], draw: random.Random) -> dict:
    inner = [
        {"url": "number", "valueString": f"AUTH{draw.randrange(10**6):06}"},
        {
            "url": f"{PAS}extension-reviewActionCode",
            "valueCodeableConcept": _concept(f"{X12}005010/306", action),
        },
    ]
    if reasons:
        reason = _concept(f"{X12}external/886", draw.choice(reasons))
        inner.append({"url": "reasonCode", "valueCodeableConcept": reason})
    dates = ("itemRequestedServiceDate", "itemPreAuthIssueDate", "itemPreAuthPeriod")
    period = {"start": "2026-11-20", "end": "2027-02-20"}
    told = [
        {
            "url": f"{PAS}extension-{name}",
            **({"valueDate": "2026-11-20"} if "Issue" in name else {"valuePeriod": period}),
        }
        for name in dates
    ]
    return {
        "extension": told,
        "itemSequence": sequence,
        "noteNumber": [1],
        "adjudication": [
            {
                "extension": [{"url": f"{PAS}extension-reviewAction", "extension": inner}],
                "category": _concept("http://terminology.hl7.org/CodeSystem/adjudication", "submitted"),
            }
        ],
    }


def _concept(system: str, code: str) -> dict:
    return {"coding": [{"system": system, "code": code}]}


def _narrative(length: int, draw: random.Random) -> str:
    words = ("claim", "response", "profile", "issued", "outcome", "requestor", "insurer", "subscriber", "period")
    text = " ".join(draw.choices(words, k=max(length // 8, 1)))
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{text}</p></div>'
