"""`parley learn` against a stranger's count: plain Python over the lines, from its help and its definitions."""

import io
import json
import math
import random
from collections import defaultdict
from datetime import datetime
from statistics import fmean, median, stdev

import pytest

from launch.files import learn

KINDS = "denied offered booked attempt connected missed decided confirmed appealed appeal_decided closed".split()
WON, HELD = ("approved", "partial", "modified"), ("approved", "partial", "modified", "upheld")
RESULTS = (*HELD, "withdrawn", "not_held", "informational")
ABOUT = {
    "payer": ("Payer A", "None", "", None, "=cmd()", "<b>P</b>", "Caf\u00e9", "Cafe\u0301"),
    "reason": ("clinical", None),
    "clinician": ("Dr A", "Dr B"),
    "service": ("MRI", None),
    "lane": ("pre_denial", "post_denial", "informational", None, "another"),
}
OFFSETS = ("Z", "+00:00", "-06:00", "+05:30", "-05:00")
NOTHING = object()


# -- the stranger ----------------------------------------------------------------------------------------------
def told(event, name):
    """Return what an event tells; missing, null and empty are not told."""
    return None if event.get(name) in (None, "") else event[name]


def at(event, name="at"):
    """Return its instant."""
    return datetime.fromisoformat(event[name].replace("Z", "+00:00"))


def by_case(lines):
    """Return the events of each case in their order, without those of a second id and those that were corrected."""
    cases, seen = defaultdict(list), set()
    for number, event in enumerate(lines):
        if event["kind"] not in KINDS:
            continue
        mark = (str(event["case"]), told(event, "id"))
        if mark[1] is None or mark not in seen:
            cases[mark[0]].append((at(event), KINDS.index(event["kind"]), number, event))
        seen.add(mark)
    found = {}
    for case, events in cases.items():
        ordered = [event for *_, event in sorted(events, key=lambda each: each[:3])]
        gone = {event["corrects"] for event in ordered if told(event, "corrects")}
        if kept := [event for event in ordered if told(event, "entry") not in gone]:
            found[case] = kept
    return found


def latest(events, name):
    """Return what the latest of them tells that tells it."""
    return next((told(each, name) for each in reversed(events) if told(each, name) is not None), None)


def way_of(events):
    """Return all that the measures ask of one case."""
    of = {kind: [each for each in events if each["kind"] == kind] for kind in KINDS}
    case = {name: latest(events, name) for name in ABOUT}
    call = of["connected"][0] if of["connected"] else None
    case["held"], case["offered"] = call and at(call), of["offered"] and at(of["offered"][0])
    on_call = [each for each in events if told(each, "result") and told(each, "way") in (None, "call")]
    decisions = [each for each in on_call if each["kind"] in ("decided", "confirmed")]
    spoken, letters = ([each for each in decisions if each["kind"] == kind] for kind in ("decided", "confirmed"))
    case["result"] = latest(decisions, "result")
    case["shift"] = "for" if case["result"] in WON else "none"
    if spoken and spoken[-1]["result"] == case["result"] and told(spoken[-1], "shift"):
        case["shift"] = spoken[-1]["shift"]
    only_spoken = latest([each for each in spoken if not told(each, "final")], "result")
    case["verbal"] = only_spoken if only_spoken in HELD else None
    case["letter"] = latest(letters, "result")
    case["cut"] = bool(letters and told(letters[-1], "differs"))
    if call:
        ends = [each for each in events if told(each, "ends_at") and each["kind"] in ("denied", "offered")]
        ends = [each for each in ends if at(each) <= at(call)]
        known = at(call) < at(ends[-1], "ends_at") if ends else None
        case["inside"] = call["inside"] if told(call, "inside") is not None else known
        fits = told(call, "specialty_match")
        case["fits"] = fits if fits is not None else latest(of["decided"], "specialty_match")
        case["tries"] = len([each for each in of["attempt"] if at(each) <= at(call)]) or None
    case["missed"] = bool(case["offered"] and not call and (of["closed"] or of["appealed"]))
    case["cause"] = latest(of["closed"], "cause") or latest(of["missed"], "by")
    for side in ("payer", "us"):
        case[f"missed_by_{side}"] = len([each for each in of["missed"] if told(each, "by") == side])
    case["appealed"] = bool(of["appealed"])
    case["appealed_after"] = bool(call and any(at(each) >= at(call) for each in of["appealed"]))
    case["appeal"] = latest(of["appeal_decided"], "result")
    for name in ("hold_minutes", "prep_minutes", "talk_minutes"):
        said = [each[name] for each in events if told(each, name) is not None]
        case[name] = sum(said) if said else None
    said = [case[name] for name in ("hold_minutes", "prep_minutes", "talk_minutes") if case[name] is not None]
    case["minutes"] = sum(said) if said else None
    return case


def wilson(count, n):
    """Return Wilson's interval, as the roots of (p - s)^2 = z^2 s (1 - s) / n."""
    p, z2 = count / n, 1.959964**2
    a, b, c = 1 + z2 / n, -(2 * p + z2 / n), p * p
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def count_of(cases):
    """Return (n, count, value, low, high) of every measure; the intervals of medians are not told here."""

    def share(among, counts):
        some = [each for each in cases if among(each)]
        return parts(len([each for each in some if counts(each)]), len(some))

    def parts(count, n):
        return (n, count, count / n, *wilson(count, n)) if n else (0, None, None, None, None)

    def middle(values, of):
        values = [each for each in values if each is not None]
        return len(values), None, of(values) if len(values) > 1 else None

    def judged(case, lane=NOTHING):
        right = case["lane"] != "informational" if lane is NOTHING else case["lane"] == lane
        return case["result"] in HELD and right

    def over(case):
        return case["offered"] and (case["held"] or case["missed"])

    known = ("payer", "us", "lapsed", "withdrawn")
    held = [each for each in cases if each["held"]]
    waits = [
        (c["held"] - c["offered"]).total_seconds() / 3600 for c in held if c["offered"] and c["held"] >= c["offered"]
    ]
    tries = [each["tries"] for each in held if each["tries"]]
    count, mean, mid = middle(tries, fmean)
    slack = 1.959964 * stdev(tries) / math.sqrt(count) if count > 1 else None
    found = {
        "offer_to_connect": share(lambda c: c["offered"], lambda c: c["held"]),
        "time_to_connect": middle(waits, median),
        "inside_window": share(lambda c: c.get("inside") is not None, lambda c: c["inside"]),
        "attempts_per_connection": (
            count,
            mean,
            mid,
            *((mid - slack, mid + slack) if slack is not None else (None, None)),
        ),
        "specialty_match": share(lambda c: c.get("fits") is not None, lambda c: c["fits"]),
        "appeal_after_held": share(lambda c: c["held"], lambda c: c["appealed_after"]),
        "appeal_after_missed": share(lambda c: c["missed"], lambda c: c["appealed"]),
        "overturn": share(judged, lambda c: c["result"] in WON),
        "appeal_overturn": share(lambda c: c["appeal"] in HELD, lambda c: c["appeal"] in WON),
        "missed": share(over, lambda c: c["missed"]),
        "missed_untold": share(over, lambda c: c["missed"] and c["cause"] not in known),
        "kept_by_us": parts(len(held), len(held) + sum(each["missed_by_us"] for each in cases)),
        "kept_by_payer": parts(len(held), len(held) + sum(each["missed_by_payer"] for each in cases)),
        "mismatch": share(lambda c: c["verbal"] and c["letter"], lambda c: c["cut"] or c["verbal"] != c["letter"]),
        "minutes_saved": middle([33.5 - c["minutes"] for c in held if c["minutes"] is not None], median),
    }
    for name in ("hold_minutes", "prep_minutes", "talk_minutes", "minutes"):
        found[name] = middle([each[name] for each in cases], median)
    for cause, key in zip(known, ("by_payer", "by_us", "lapsed", "withdrawn"), strict=True):
        found[f"missed_{key}"] = share(over, lambda c, cause=cause: c["missed"] and c["cause"] == cause)
    for lane in ("pre", "post"):
        for way in ("for", "against"):
            found[f"shift_{lane}_{way}"] = share(
                lambda c, lane=lane: judged(c, f"{lane}_denial"), lambda c, way=way: c["shift"] == way
            )
    return found


# -- what it is told -------------------------------------------------------------------------------------------
def history(draw, cases, longest):
    """Return lines in no order: repeats, silence, ties at one instant, other zones, kinds and fields."""
    lines = []
    for number in range(cases):
        about = {name: draw.choice(values) for name, values in ABOUT.items()}
        for step in range(draw.randrange(1, longest)):
            lines.append(_event(draw, f"c{number}", step, about))
    draw.shuffle(lines)
    return lines + draw.sample(lines, len(lines) // 10)


def _event(draw, case, step, about):
    def maybe(**fields):
        picked = {name: draw.choice((*values, None)) for name, values in fields.items()}
        return {name: value for name, value in picked.items() if draw.random() < 0.7}

    day, hour, zone = draw.randrange(25, 29), draw.randrange(24), draw.choice(OFFSETS)  # summer time ends on the 25th
    event = {"case": case, "kind": draw.choice((*KINDS, "connected", "offered", "decided", "opened")),
             "at": f"2026-10-{day}T{hour:02}:{draw.choice(('00', '30'))}:00{zone}", **about}  # fmt: skip
    for name in list(about):
        if draw.random() < 0.2:
            del event[name]
    event |= maybe(
        hold_minutes=(0, 4, 12.5), prep_minutes=(9,), talk_minutes=(10, 11), result=RESULTS, way=("call", "letter"),
        final=(True, False), shift=("for", "against", "none"), specialty_match=(True, False), inside=(True, False),
        differs=(True, False), by=("payer", "us"), cause=("payer", "us", "lapsed", "withdrawn", "weather"),
        ends_at=(f"2026-10-{draw.randrange(25, 29)}T09:00:00-06:00",), note=(1, [], {}),
    )  # fmt: skip
    if draw.random() < 0.3:
        event["id"] = f"{step}"
    if draw.random() < 0.3:
        event |= {"entry": draw.choice("xyz")} | ({"corrects": draw.choice("xyz")} if draw.random() < 0.3 else {})
    return event


def counted(tmp_path, lines, *argv):
    """Return what the command makes of them."""
    path, out, err = tmp_path / "history.jsonl", io.StringIO(), io.StringIO()
    path.write_text("\r\n".join(json.dumps(each) for each in lines), encoding="utf-8-sig")
    assert 0 == learn.run([str(path), "--json", *argv], stdin=io.StringIO(), stdout=out, stderr=err), err.getvalue()
    return json.loads(out.getvalue())


def differing(measures, theirs):
    """Return the measures that are told otherwise."""
    wrong = {}
    for key, ours in measures.items():
        mine = [ours[name] for name in ("n", "count", "value", "low", "high")]
        if any(a != (b if b is None else pytest.approx(b, abs=1e-9)) for a, b in zip(mine, theirs[key], strict=False)):
            wrong[key] = (mine, theirs[key])
    return wrong


@pytest.mark.parametrize("seed", range(12))
def test_a_stranger_counts_the_same(tmp_path, seed):
    """Every n, numerator, value and interval, over all and group by group, of lines in whatever order."""
    lines = history(random.Random(seed), cases=60, longest=14)
    found = counted(tmp_path, lines, "--floor", "1", "--by", "payer", "--by", "lane")
    cases = [way_of(events) for events in by_case(lines).values()]
    theirs = count_of(cases)

    assert (len(cases), set(theirs)) == (found["cases"], set(found["measures"]))
    assert {} == differing(found["measures"], theirs)
    groups = defaultdict(list)
    for each in cases:
        groups[each["payer"] or "not told", each["lane"] or "not told"].append(each)
    assert sorted(groups) == [(each["payer"], each["lane"]) for each in found["by"]]
    for each in found["by"]:
        assert {} == differing(each["measures"], count_of(groups[each["payer"], each["lane"]]))


def test_the_stranger_would_tell(tmp_path):
    """One line less, and the two no longer agree."""
    lines = [{"case": f"c{n}", "kind": "offered", "at": "2026-10-25T09:00:00Z"} for n in range(3)]
    found = counted(tmp_path, lines, "--floor", "1")

    theirs = count_of([way_of(events) for events in by_case(lines[1:]).values()])
    assert ["offer_to_connect"] == list(differing(found["measures"], theirs))
