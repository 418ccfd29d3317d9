"""`parley plan`: what an integrator runs on an export; its plan holds, and wrong input is named by its place."""

import io
import json
import subprocess
import sys
from copy import deepcopy

import pytest

from launch.files.plan import run
from tests.house.source import ROOT

DAY = "2026-11-23"
GOOD = {
    "now": f"{DAY}T15:00:00Z",
    "cases": [
        {
            "id": "c1",
            "deadline": f"{DAY}T23:00:00Z",
            "priority": 1,
            "length_minutes": 20,
            "clinicians": ["dr-a"],
            "windows": [{"start": f"{DAY}T16:00:00Z", "end": f"{DAY}T17:00:00Z", "seats": 2}],
        },
        {
            "id": "c2",
            "deadline": f"{DAY}T17:00:00-06:00",
            "priority": "urgent",
            "length_minutes": 30,
            "clinicians": ["dr-a", "dr-b"],
            "windows": [{"start": f"{DAY}T10:00:00-06:00", "end": f"{DAY}T11:00:00-06:00", "seats": 2}],
        },
        {"id": "c3", "length_minutes": 20, "clinicians": ["dr-b"], "windows": []},
    ],
    "clinicians": [
        {"id": "dr-a", "free": [{"start": f"{DAY}T16:00:00Z", "end": f"{DAY}T16:50:00Z"}]},
        {"id": "dr-b", "free": [{"start": f"{DAY}T18:00:00Z", "end": f"{DAY}T19:00:00Z"}]},
    ],
}


def plan(*args, given=None):
    """Run the command; return status, standard output and standard error."""
    text = given if isinstance(given, str) else json.dumps(given or GOOD)
    out, err = io.StringIO(), io.StringIO()
    status = run(["-", *args], stdin=io.StringIO(text), stdout=out, stderr=err)
    return status, out.getvalue(), err.getvalue()


def changed(path: str, value) -> dict:
    """Return good input with one thing changed; a path like "cases.0.deadline"; None takes it away."""
    data = deepcopy(GOOD)
    *steps, last = [int(each) if each.isdigit() else each for each in path.split(".")]
    place = data
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return data


def test_json_is_of_the_agreed_shape():
    """What the issue says, and no more: calls in UTC, and a reason and an advice for what is left out."""
    status, out, err = plan("--json")
    answer = json.loads(out)

    assert (0, "") == (status, err)
    assert ["booked", "unbooked", "bound"] == list(answer)
    assert [
        {"case": "c1", "clinician": "dr-a", "start": f"{DAY}T16:00:00+00:00", "end": f"{DAY}T16:20:00+00:00"},
        {"case": "c2", "clinician": "dr-a", "start": f"{DAY}T16:20:00+00:00", "end": f"{DAY}T16:50:00+00:00"},
    ] == answer["booked"]
    assert 2 == answer["bound"]
    (left,) = answer["unbooked"]
    assert ("c3", ["The payer has offered no time."]) == (left["case"], left["because"])
    assert ["Ask the payer for a further time: dr-b is free Mon 23 Nov 2026, 18:00–19:00."] == left["advice"]


def test_the_table_says_it_to_people():
    """Who, when, why; what is left out and what would help; the bound in words; the zone of the times."""
    _, out, _ = plan(given=GOOD | {"zone": "America/Chicago"})

    assert "Mon 23 Nov 2026, 10:20–10:50  dr-a  c2  6 h to spare" in out
    assert "c3 has no time. The payer has offered no time." in out
    assert "2 of 3 saved; no plan saves more. 1 interruption." in out
    assert out.endswith("Times in America/Chicago.\n")


def test_seats_are_shared_by_cases_that_tell_the_same_window():
    """Start, end and seats alike, or one id: the payer takes one call. Another id is another payer."""
    one = changed("cases.0.windows.0.seats", 1)
    one["cases"][1]["windows"][0]["seats"] = 1
    assert 1 == json.loads(plan("--json", given=one)[1])["bound"]

    for name in ("A", "B"):
        one["cases"][0]["windows"][0]["id"], one["cases"][1]["windows"][0]["id"] = name, "A"
        assert (1 if name == "A" else 2) == json.loads(plan("--json", given=one)[1])["bound"]


def test_a_window_without_seats_limits_nothing():
    """Nobody counted: as many calls as the clinicians have time for."""
    free = changed("cases.0.windows.0.seats", None)
    assert 2 == json.loads(plan("--json", given=free)[1])["bound"]


@pytest.mark.parametrize("how", ["--exact", "--quick"])
def test_proven_or_quick_the_plan_is_a_plan(how: str):
    """Both ways keep what must be kept; here both find the best."""
    assert json.loads(plan("--json", how)[1])["booked"] == json.loads(plan("--json")[1])["booked"]


@pytest.mark.parametrize(
    ("path", "value", "place", "say"),
    [
        ("now", None, "now", "missing"),
        ("now", f"{DAY}T15:00:00", "now", "with an offset"),
        ("cases", None, "cases", "missing"),
        ("cases", {}, "cases", "not a JSON array"),
        ("clinicians", None, "clinicians", "missing"),
        ("cases.0.id", "", "cases[0].id", "empty"),
        ("cases.0.id", 7, "cases[0].id", "not a text"),
        ("cases.1.id", "c1", "cases[1].id", "said twice"),
        ("clinicians.1.id", "dr-a", "clinicians[1].id", "said twice"),
        ("cases.0.deadline", f"{DAY}T10:00", "cases[0].deadline", "with an offset"),
        ("cases.0.deadline", "soon", "cases[0].deadline", "not an ISO 8601 time"),
        ("cases.0.length_minutes", None, "cases[0].length_minutes", "missing"),
        ("cases.0.length_minutes", 0, "cases[0].length_minutes", "from 1 to 1440"),
        ("cases.0.length_minutes", 20.5, "cases[0].length_minutes", "not a whole number"),
        ("cases.0.priority", -1, "cases[0].priority", "from 0 to 1000"),
        ("cases.0.priority", True, "cases[0].priority", "not a whole number"),
        ("cases.0.priority", "soon", "cases[0].priority", "routine, urgent, asap, stat"),
        ("cases.0.clinicians.0", "dr-x", "cases[0].clinicians[0]", "nobody of this id"),
        ("cases.0.clinicians.0", 4, "cases[0].clinicians[0]", "not a text"),
        ("cases.0.windows.0", "noon", "cases[0].windows[0]", "not a JSON object"),
        ("cases.0.windows.0.start", None, "cases[0].windows[0].start", "missing"),
        ("cases.0.windows.0.end", f"{DAY}T16:00:00Z", "cases[0].windows[0].end", "not after its start"),
        ("cases.0.windows.0.end", "9999-12-31T23:59:59-12:00", "cases[0].windows[0].end", "not an ISO 8601"),
        ("cases.0.windows.0.seats", -1, "cases[0].windows[0].seats", "from 0 to"),
        ("cases.0.windows.0.seats", "two", "cases[0].windows[0].seats", "not a whole number"),
        ("cases.0.windows.0.end", "2030-01-01T00:00:00Z", "cases", "more than a year ahead"),
        ("clinicians.0.free.0.end", f"{DAY}T12:00:00Z", "clinicians[0].free[0].end", "not after its start"),
        ("clinicians.0.free", "always", "clinicians[0].free", "not a JSON array"),
        ("zone", "Chicago", "zone", "IANA"),
    ],
)
def test_wrong_input_is_named_by_its_place(path: str, value, place: str, say: str):
    """Exit status 2, one line: where it is, what is wrong with it, and never the value."""
    status, out, err = plan("--json", given=changed(path, value))

    assert (2, "", 1) == (status, out, err.count("\n"))
    assert err.startswith(f"standard input: {place}: ") and say in err


def test_one_window_is_not_told_with_two_numbers_of_seats():
    """One id, two counts: one of them is wrong, and nobody can know which."""
    two = changed("cases.0.windows.0.id", "A")
    two["cases"][1]["windows"][0] |= {"id": "A", "seats": 3}

    assert "cases[1].windows[0].seats: not the seats" in plan(given=two)[2]


@pytest.mark.parametrize("what", ["cases", "ways"])
def test_more_than_a_morning_holds_is_refused_at_once(what: str):
    """Twenty thousand cases, or windows times free times beyond counting: said so, not tried."""
    many = deepcopy(GOOD)
    if what == "cases":
        many["cases"] = [{"id": str(each), "length_minutes": 20} for each in range(20_001)]
    else:
        many["cases"][0]["windows"] *= 2_000
        many["clinicians"][0]["free"] *= 2_000
    status, _, err = plan(given=many)

    assert (2, True) == (status, "Plan a part of them." in err)


def test_the_command_prints_json_and_nothing_else():
    """The solver writes a line about itself when it is loaded, which must not stand before the JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "launch", "plan", "-", "--json", "--exact"],
        input=json.dumps(GOOD), capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip

    assert (0, "") == (done.returncode, done.stderr)
    assert 2 == json.loads(done.stdout)["bound"]


def test_starting_loads_no_solver():
    """HiGHS and numpy are there when a plan is asked for, and no sooner."""
    script = "import sys, launch.wsgi, launch.files.plan; sys.exit('highspy' in sys.modules or 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
