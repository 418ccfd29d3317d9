"""`parley learn`: a history of calls as one event a line, in measures that a stranger can check."""

import io
import json
import random

import pytest

from launch.__main__ import main
from launch.files import learn

ABOUT = {"payer": "Payer A", "reason": "clinical", "clinician": "Dr", "service": "MRI", "lane": "post_denial"}


def parley_learn(tmp_path, *argv, lines=(), stdin=""):
    """Return (status, what stands on stdout, on stderr) for a file of these lines."""
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines))
    out, err = io.StringIO(), io.StringIO()
    status = learn.run([str(path) if lines else "-", *argv], stdin=io.StringIO(stdin), stdout=out, stderr=err)
    return status, out.getvalue(), err.getvalue()


def event(case, kind, at="2026-11-02T10:00:00Z", **more):
    """Return one event."""
    return {"case": case, "kind": kind, "at": at, **ABOUT, **more}


def calls(won, lost):
    """Return the events of so many calls."""
    results = ["approved"] * won + ["upheld"] * lost
    return [
        each
        for n, result in enumerate(results)
        for each in (
            event(f"c{n}", "offered", ends_at="2026-11-04T10:00:00-06:00"),
            event(f"c{n}", "connected", "2026-11-03T10:00:00Z", payer=f"Payer {'AB'[n % 2]}"),
            event(f"c{n}", "decided", "2026-11-03T10:20:00Z", result=result, payer=f"Payer {'AB'[n % 2]}"),
        )
    ]


def test_every_measure_has_n_value_and_interval(tmp_path):
    """15 of 20: 75 %, Wilson's interval 53 % to 89 %; the hours are exact."""
    status, out, err = parley_learn(tmp_path, "--json", lines=calls(15, 5))
    told = json.loads(out)

    assert (0, "", 20, 10) == (status, err, told["cases"], told["floor"])
    overturn = told["measures"]["overturn"]
    assert (20, 15, 0.75, 0.5313, 0.8881) == (
        overturn["n"], overturn["count"], overturn["value"], round(overturn["low"], 4), round(overturn["high"], 4)
    )  # fmt: skip
    assert 24 == told["measures"]["time_to_connect"]["value"]
    assert 1 == told["measures"]["inside_window"]["value"]
    assert all({"n", "value", "low", "high"} <= set(each) for each in told["measures"].values())


def test_groups_are_told_one_by_one(tmp_path):
    """By payer and lane: each group with its cases; below the floor its numbers are hidden, its n is not."""
    _, out, _ = parley_learn(tmp_path, "--by", "payer,lane", "--json", lines=calls(15, 6))
    groups = json.loads(out)["by"]

    assert [("Payer A", "post_denial", 11), ("Payer B", "post_denial", 10)] == [
        (each["payer"], each["lane"], each["cases"]) for each in groups
    ]
    _, out, _ = parley_learn(tmp_path, "--by", "payer", "--json", "--floor", "11", lines=calls(15, 6))
    assert [True, False] == [each["measures"]["overturn"]["value"] is not None for each in json.loads(out)["by"]]


def test_a_table_is_read_by_people(tmp_path):
    """Without --json: a line a measure, groups under their names."""
    _, out, _ = parley_learn(tmp_path, "--by", "payer", lines=calls(15, 5))

    assert "Denials overturned on the call" in out
    assert "15 of 20" in out and "75.0%" in out
    assert "payer Payer A: 10 cases" in out


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("nonsense", "line 2: not JSON"),
        ("[]", "line 2: not an object"),
        (event("", "denied"), "line 2, case: not told"),
        (event("a", None), "line 2, kind: not told"),
        (event("a", "denied", None), "line 2, at: not told"),
        (event("a", "denied", "2026-11-02T10:00:00"), "line 2, at: not a time with its offset"),
        (event("a", "missed", by="both"), "line 2, by: none of payer, us"),
        (event("a", "attempt", hold_minutes="ten"), "line 2, hold_minutes: not minutes"),
        (event("a", "attempt", hold_minutes=-1), "line 2, hold_minutes: not minutes"),
        (event("a", "connected", inside="yes"), "line 2, inside: neither true nor false"),
        (event("a", "denied", payer=7), "line 2, payer: not text"),
    ],
)
def test_an_event_that_cannot_be_read_is_named_and_hides_no_other(tmp_path, line, place):
    """The line and the field, never the content; status 2; the rest is counted."""
    status, out, err = parley_learn(tmp_path, "--json", lines=[event("x", "offered"), line])

    assert 2 == status
    assert place in err
    assert 1 == json.loads(out)["measures"]["offer_to_connect"]["n"]


def test_a_line_told_twice_by_its_id_counts_once(tmp_path):
    """Exports overlap; other kinds and fields are passed over."""
    twice = [event("a", "attempt", id="e1"), event("a", "attempt", id="e1"), event("a", "opened", more={"x": 1})]
    _, out, _ = parley_learn(
        tmp_path, "--json", "--floor", "1", lines=[*twice, *(event(each, "connected", id=each) for each in "ab")]
    )

    assert 1 == json.loads(out)["measures"]["attempts_per_connection"]["n"]


def test_a_long_history_is_counted_as_a_short_one(tmp_path, monkeypatch):
    """In parts, on disk, with the events of a case anywhere in the file: the numbers are those of all at once."""
    monkeypatch.setattr("launch.files.buckets.IN_MEMORY", 64)
    lines = calls(60, 33)
    random.Random(4).shuffle(lines)
    told = [
        parley_learn(tmp_path, "--json", "--by", "payer", lines=some) for some in (lines, lines[::-1], calls(60, 33))
    ]

    assert told[0] == told[1] == told[2]
    whole = json.loads(told[0][1])
    assert (93, 60, 93) == (whole["cases"], *(whole["measures"]["overturn"][each] for each in ("count", "n")))


def test_of_many_lines_that_cannot_be_read_the_first_are_named(tmp_path):
    """Twenty by line, the rest by number."""
    status, _, err = parley_learn(tmp_path, lines=["nonsense"] * 25)

    assert (2, 21) == (status, len(err.splitlines()))
    assert "and 5 events more" in err


def test_an_empty_history_has_no_numbers(tmp_path):
    """Nothing happened: every measure is there, and none has a value."""
    status, out, _ = parley_learn(tmp_path, "--json", stdin="\n")
    told = json.loads(out)

    assert (0, 0) == (status, told["cases"])
    assert all((each["n"], each["value"]) == (0, None) for each in told["measures"].values())


def test_a_file_that_is_not_there_is_named(capsys):
    """From the console command itself."""
    assert 2 == main(["learn", "nowhere.jsonl"])
    assert "nowhere.jsonl: cannot be opened" in capsys.readouterr().err
