"""`parley learn`: a history of calls as one event a line, in measures that a stranger can check."""

import gzip
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.learn import KINDS
from launch.__main__ import main
from launch.files import history, learn

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


def test_a_line_of_any_length_hides_no_other(tmp_path):
    """Ten megabytes in one line: named, and not held; the lines after it are counted."""
    long = json.dumps(event("a", "offered", note="x" * 10_000_000))
    status, out, err = parley_learn(tmp_path, "--json", lines=[event("b", "offered"), long, event("c", "offered")])

    assert (2, 2) == (status, json.loads(out)["measures"]["offer_to_connect"]["n"])
    assert "line 2: longer than 1 MiB" in err and 1 == len(err.splitlines())


def test_a_line_of_any_depth_hides_no_other(tmp_path):
    """Lists in lists, a hundred thousand deep, as no exporter means them."""
    status, out, err = parley_learn(tmp_path, "--json", lines=["[" * 100_000, event("b", "offered")])

    assert (2, 1) == (status, json.loads(out)["cases"])
    assert "line 1: nested too deeply" in err


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(json.dumps(event("a", "offered")).encode()), "compressed"),
        (json.dumps(event("a", "offered")).encode("utf-16"), "in UTF-16"),
    ],
)
def test_a_file_of_which_no_line_can_be_read_is_said_once(tmp_path, data, said):
    """What it is and what to do, on one line, in place of every line's complaint."""
    (tmp_path / "events.jsonl").write_bytes(data)
    err = io.StringIO()

    assert 2 == learn.run([str(tmp_path / "events.jsonl")], stdin=io.StringIO(), stdout=io.StringIO(), stderr=err)
    assert said in err.getvalue() and 1 == len(err.getvalue().splitlines())


def test_bytes_that_are_no_text_are_named_and_hide_no_other(tmp_path):
    """A Latin-1 name among UTF-8; the mark at the start and Windows' ends of lines are read over."""
    good = json.dumps(event("a", "offered")).encode()
    (tmp_path / "events.jsonl").write_bytes(
        b"\xef\xbb\xbf" + b"\r\n".join([good, good[:-1] + b',"x":"\xe9"}', b"", good])
    )
    out, err = io.StringIO(), io.StringIO()
    status = learn.run([str(tmp_path / "events.jsonl"), "--json"], stdin=io.StringIO(), stdout=out, stderr=err)

    assert (2, 1) == (status, json.loads(out.getvalue())["cases"])
    assert "line 2: not UTF-8" in err.getvalue() and 1 == len(err.getvalue().splitlines())


def test_groups_may_be_named_one_option_after_the_other(tmp_path):
    """Each combination that there is, in the order in which the groups were named, each once."""
    told = [
        parley_learn(tmp_path, "--json", *argv, lines=calls(15, 6))[1]
        for argv in (["--by", "lane,payer"], ["--by", "lane", "--by", "payer"], ["--by", "lane,payer", "--by", "lane"])
    ]

    assert told[0] == told[1] == told[2]
    assert ["lane", "payer", "cases", "measures"] == list(json.loads(told[0])["by"][0])


def test_groups_that_were_asked_for_are_there_where_there_are_none(tmp_path):
    """A script that reads them need not ask whether any case was told."""
    _, out, _ = parley_learn(tmp_path, "--json", "--by", "payer", stdin="\n")

    assert [] == json.loads(out)["by"]


def test_below_the_floor_the_numerator_is_hidden_too(tmp_path):
    """7 of 9 would tell the share that is hidden; how many there are is told, in JSON and in the table."""
    lines = calls(7, 2)
    _, out, _ = parley_learn(tmp_path, "--json", lines=lines)
    overturn = json.loads(out)["measures"]["overturn"]

    assert {"n": 9, "count": None, "value": None, "low": None, "high": None} == {
        name: value for name, value in overturn.items() if name not in ("label", "unit")
    }
    table = parley_learn(tmp_path, lines=lines)[1]
    assert "7 of 9" not in table and "n = 9  too few to tell" in table


def test_ids_are_a_cases_own_and_may_be_numbers(tmp_path):
    """Exports number the events of each case from 1; numbers stand for cases too. A line that fails takes no id."""
    lines = [
        event(1, "offered", id=1),
        event(1, "offered", id="1"),
        event(2, "attempt", None, id=1),
        event(2, "attempt", id=1),
        event("2", "connected", id=2),
        event(2, "attempt", id=1),
    ]
    _, out, _ = parley_learn(
        tmp_path, "--json", "--floor", "1", lines=[*lines, *calls(1, 0)[:2], event("c0", "attempt")]
    )
    told = json.loads(out)

    assert (3, 2, 1) == (
        told["cases"], *(told["measures"]["attempts_per_connection"][name] for name in ("n", "value"))
    )  # fmt: skip


def test_a_kind_is_asked_only_for_what_it_tells(tmp_path):
    """Who placed an attempt, and what came of it, are other fields: of any words, and passed over."""
    lines = [event("a", "attempt", by="clinic", result="voicemail", inside="?", cause=3), event("a", "connected")]
    status, out, err = parley_learn(tmp_path, "--json", lines=lines)

    assert (0, "", 1) == (status, err, json.loads(out)["measures"]["attempts_per_connection"]["n"])


def test_a_result_in_other_words_is_named(tmp_path):
    """Passed over in silence, a history of “overturned” would tell that nothing ever was."""
    status, _, err = parley_learn(tmp_path, lines=[event("a", "decided", result="overturned")])

    assert 2 == status
    assert "line 1, result: none of approved, partial" in err


def test_what_a_case_is_about_may_be_told_once(tmp_path):
    """An informational case stays one where its decision does not say so again."""
    told = {"payer": None, "lane": None}
    lines = [
        event("a", "denied", lane="informational"),
        event("a", "decided", "2026-11-03T10:00:00Z", result="upheld", **told),
    ]
    _, out, _ = parley_learn(tmp_path, "--json", "--by", "payer", lines=lines)

    assert 0 == json.loads(out)["measures"]["overturn"]["n"]
    assert ["Payer A"] == [each["payer"] for each in json.loads(out)["by"]]


def test_no_name_commands_a_terminal(tmp_path):
    """Payers' names are payers' own words: what cannot be printed is shown as an escape."""
    _, out, _ = parley_learn(tmp_path, "--by", "payer", lines=[event("a", "offered", payer="A\x1b[2J\nB")])

    assert "\x1b" not in out and "payer A\\x1b[2J\\nB: 1 cases" in out


def test_a_file_that_is_not_there_is_named(capsys):
    """From the console command itself."""
    assert 2 == main(["learn", "nowhere.jsonl"])
    assert "nowhere.jsonl: cannot be opened" in capsys.readouterr().err


def test_every_field_that_is_read_is_documented():
    """With the words that it may be told in; in the help of the command and on its page."""
    page = (Path(__file__).parents[2] / "docs" / "learn-files.md").read_text()
    fields = {"case", "at", "kind", "lane", "id", "entry", "corrects", "ends_at", *history._ABOUT, *history._MINUTES}
    fields |= {name for told in (*history._WORDS.values(), *history._TRUTHS.values()) for name in told}
    words = {each for told in history._WORDS.values() for among in told.values() for each in among or ()}

    assert all(f"`{each}`" in page for each in fields | words | set(KINDS))
    assert all(f'"{each}"' in learn.__doc__ for each in fields)
    assert all(each in learn.__doc__ for each in words | set(KINDS))


def test_what_comes_out_is_as_documented(tmp_path):
    """The example of the page is what the command says, to four digits."""
    page = (Path(__file__).parents[2] / "docs" / "learn-files.md").read_text()
    _, out, _ = parley_learn(tmp_path, "--json", "--by", "payer", lines=calls(15, 5))
    told = json.loads(out)
    example = {name: round(v, 4) if isinstance(v, float) else v for name, v in told["measures"]["overturn"].items()}

    assert ["cases", "floor", "measures", "by"] == list(told) and ["payer", "cases", "measures"] == list(told["by"][0])
    assert "".join(json.dumps(example).split()) in "".join(page.split())


def test_a_name_in_any_script_is_told_on_any_terminal(tmp_path):
    """A server's cron speaks ASCII; “Café” ended the command in a trace."""
    path = tmp_path / "events.jsonl"
    path.write_text(json.dumps(event("a", "offered", payer="Café Ω")))
    asked = [sys.executable, "-m", "launch", "learn", str(path), "--by", "payer", "--json"]
    root = Path(__file__).parents[2]
    told = subprocess.run(asked, cwd=root, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True)

    assert (0, b"") == (told.returncode, told.stderr)
    assert "Café Ω" == json.loads(told.stdout)["by"][0]["payer"]
