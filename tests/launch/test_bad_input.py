"""Bad input: each bomb is named with its place, the rest of the batch is read, and memory and time stay small."""

import json
import os
import sys
from datetime import datetime
from itertools import islice

import pytest

from launch.sandbox.patients import lumbar_fusion
from launch.sandbox.patients.dates import Dates
from launch.sandbox.stories import tell
from tests.bombs import GOOD, HEAVY, LIGHT, bundle, chart_bombs, entry, run, told_bombs

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak of memory is read from /proc")
NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
MOST_MIB = 100
# A run that hangs is a failure; how long each takes is told by `make bench`.
SAMPLE = HEAVY if NIGHTLY else dict(islice(HEAVY.items(), 0, None, 5))


NOW = "2026-11-21T15:00:00Z"
TOLD = {
    "clocks": {"now": NOW, "payer": "aetna", "events": [{"kind": "letter_date", "at": "2026-11-20"}]},
    "slots": {
        "now": NOW,
        "length_minutes": 20,
        "windows": [{"start": "2026-11-23T15:00:00Z", "end": "2026-11-23T16:00:00Z"}],
        "clinician": {"zone": "America/Chicago"},
    },
    "plan": {"now": NOW, "cases": [{"id": "c1", "length_minutes": 20}], "clinicians": []},
}
CHART, _ = tell(lumbar_fusion, Dates(datetime.fromisoformat(NOW)))
PERSON, DENIAL = (
    next(f"{kind}/{each['id']}" for each in CHART.resources if each["resourceType"] == kind)
    for kind in ("Patient", "ClaimResponse")
)
CHARTS = chart_bombs(CHART.resources, PERSON)
HEAVY_CHARTS = {"comments in HTML", "15 million empty entries", "a Binary of 44 MB", "panels without end"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What reading one good file takes."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "good.json").write_bytes(GOOD)
    return run(folder, "route", "--json", folder / "good.json")


def complaints(err, name):
    """Return what was said of a file."""
    return [each for each in err.splitlines() if each.startswith(f"{name}: ")]


def test_a_batch_of_bombs_hides_no_good_file(tmp_path, plain):
    """Every bomb in one run, a good file behind each: all good ones are read, every bad one is named with its place."""
    names = []
    for number, bomb in enumerate(LIGHT.values()):
        bad, good = tmp_path / f"bad-{number}{bomb.suffix}", tmp_path / f"good-{number}.json"
        bad.write_bytes(bomb.make())
        good.write_bytes(GOOD)
        names += [bad, good]
    done = run(tmp_path, "route", "--json", *names, patience=100)
    routed = {row["file"] for row in json.loads(done.out)}

    assert 2 == done.status and "Traceback" not in done.err
    assert {str(each) for each in names if each.name.startswith("good")} <= routed
    for (name, bomb), bad in zip(LIGHT.items(), names[::2], strict=True):
        said = complaints(done.err, bad)
        if bomb.said is None:
            assert str(bad) in routed and not said, name
        else:
            assert any(bomb.said in each for each in said), (name, said)
    assert done.mib - plain.mib < MOST_MIB


@pytest.mark.parametrize("name", SAMPLE)
def test_a_heavy_bomb_is_told_in_little_memory(name, tmp_path, plain):
    """Sixty megabytes, fifteen million values, streams that grow a thousandfold: a line, and the next file is read."""
    bomb = HEAVY[name]
    bad, good = tmp_path / f"bad{bomb.suffix}", tmp_path / "good.json"
    bad.write_bytes(bomb.make())
    good.write_bytes(GOOD)
    done = run(tmp_path, "route", "--json", bad, good)

    assert "Traceback" not in done.err
    assert str(good) in {row["file"] for row in json.loads(done.out)}
    assert (0 if bomb.said is None else 2) == done.status
    assert bomb.said is None or any(bomb.said in each for each in complaints(done.err, bad)), done.err[:500]
    assert done.mib - plain.mib < MOST_MIB, done.mib


@pytest.mark.parametrize("command", TOLD)
def test_a_batch_of_told_bombs_hides_no_good_file(command, tmp_path, plain):
    """What a person or a script wrote: the good cases are answered, each bad one is named with its place."""
    bombs, good = told_bombs(TOLD[command]), tmp_path / "good.json"
    good.write_text(json.dumps(TOLD[command]))
    files = {name: tmp_path / f"bad-{number}.json" for number, name in enumerate(bombs)}
    for name, file in files.items():
        file.write_bytes(bombs[name].make())
    done = run(tmp_path, command, "--json", *files.values(), good, patience=100)
    answered = {each["file"] for each in json.loads(done.out)}

    assert 2 == done.status and "Traceback" not in done.err
    assert {str(good)} | {str(files[name]) for name, bomb in bombs.items() if bomb.said is None} == answered
    for name, bomb in bombs.items():
        said = complaints(done.err, files[name])
        assert len(said) == bool(bomb.said) and all(bomb.said in each for each in said), (name, said)
    assert done.mib - plain.mib < MOST_MIB


@pytest.mark.parametrize("name", CHARTS if NIGHTLY else [*list(CHARTS)[::4], *sorted(HEAVY_CHARTS)])
def test_a_bomb_in_a_chart_hides_no_other_fact(name, tmp_path, plain):
    """CDA, HTML, texts and panels built to harm: the brief stands on the rest of the chart, or the place is named."""
    bomb, file, good = CHARTS[name], tmp_path / "bomb.json", tmp_path / "good.json"
    file.write_bytes(bomb.make())
    good.write_bytes(bundle(*(entry(json.dumps(each).encode()) for each in CHART.resources)))
    asked = ("--denial", DENIAL, "--json", "--now", NOW)
    done = run(tmp_path, "brief", file, *asked)

    assert "Traceback" not in done.err
    assert (0 if bomb.said is None else 2) == done.status
    assert bomb.said is None or any(bomb.said in each for each in complaints(done.err, file)), done.err[:500]
    if done.out:
        told, expected = (json.loads(each)["answer"] for each in (done.out, run(tmp_path, "brief", good, *asked).out))
        assert expected == told
    assert done.mib - plain.mib < MOST_MIB, done.mib


def test_what_is_no_file_is_named_and_hides_no_other(tmp_path, plain):
    """A folder, links that lead to themselves, nothing, a device without end, standard input when it is used up."""
    good, link, loop = (tmp_path / name for name in ("good.json", "link.json", "loop.json"))
    good.write_bytes(GOOD)
    link.symlink_to(good)
    loop.symlink_to(loop)
    absent = tmp_path / "absent\x1b[31m.json"
    names = [link, loop, tmp_path, tmp_path / "no.txt", good / "x.json", absent, "/dev/zero", "-", "-"]
    done = run(tmp_path, "route", "--json", *names, stdin=GOOD)

    assert 2 == done.status and "Traceback" not in done.err
    assert [str(link), "standard input"] == [row["file"] for row in json.loads(done.out)]
    for name in (loop, tmp_path, tmp_path / "no.txt", good / "x.json"):
        assert ["cannot be opened" in each for each in complaints(done.err, name)] == [True]
    assert "absent\\x1b[31m.json: cannot be opened" in done.err and "\x1b" not in done.err
    assert "/dev/zero: longer than 50 MiB" in done.err and "standard input: empty" in done.err
    assert done.mib - plain.mib < MOST_MIB


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    """Another user's export, left in the folder."""
    good, closed = tmp_path / "good.json", tmp_path / "closed.json"
    for each in (good, closed):
        each.write_bytes(GOOD)
    closed.chmod(0)
    done = run(tmp_path, "route", "--json", closed, good)

    assert (2, 1) == (done.status, len(json.loads(done.out)))
    assert "Permission denied" in complaints(done.err, closed)[0]
