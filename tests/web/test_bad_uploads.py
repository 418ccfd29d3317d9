"""Hostile files at the two doors for them: refused beside the field or as JSON, with the place; nothing is kept."""

import io
import json
import os

import pytest

from app.web import MOST_BYTES
from tests.bombs import HEAVY, LIGHT, bundle, entry, run
from tests.fakes.office import TENANT, Office, a_database
from tests.flow.test_arrivals import a_bundle
from tests.web.test_door import browser as door  # noqa: F401 - a fixture, by the name that it has here
from tests.web.test_door import office, send  # noqa: F401
from tests.web.test_intake import SID, pages_of

NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
UPLOADED = (".json", ".txt", ".pdf", ".docx")
BOMBS = {
    name: bomb
    for name, bomb in {**LIGHT, **(HEAVY if NIGHTLY else {})}.items()
    if bomb.said is not None and bomb.suffix in UPLOADED and name != "half a character"  # read as unknown, and said
}
DENIAL = json.dumps(a_bundle()["entry"][0]["resource"]).encode()
MOST_MIB = 100


@pytest.fixture
def an_office(tmp_path):
    """An office that knows nobody."""
    database = a_database(tmp_path)
    yield Office(database)
    database.close()


@pytest.mark.parametrize("name", BOMBS if NIGHTLY else list(BOMBS)[::3])
def test_an_uploaded_bomb_is_refused_beside_the_field(name, an_office):
    """What `parley route` says of a file stands on the page; nothing waits for a person, and the page stays whole."""
    bomb = BOMBS[name]
    data = bomb.make()
    form = {"file": (io.BytesIO(data), f"bomb{bomb.suffix}")}
    answer = pages_of(an_office).post(f"/s/{SID}/intake/file", data=form, base_url="https://parley.example.org")
    page = answer.get_data(as_text=True)

    assert answer.status_code == (413 if len(data) > MOST_BYTES else 422)
    assert 1 == page.count("<h1") and ("alert" in page or "role" in page)
    assert () == an_office.store.arrivals(TENANT)


@pytest.mark.parametrize("name", [name for name in BOMBS if BOMBS[name].suffix == ".json"][:: 1 if NIGHTLY else 3])
def test_a_bomb_that_is_sent_is_refused_as_json(name, door, office):  # noqa: F811
    """An interface learns what is wrong and where; no case, nothing that waits."""
    answer = send(door, BOMBS[name].make())

    assert answer.status_code in (413, 422) and answer.json["error"] in ("too_large", "unreadable")
    assert answer.json["say"] and () == office.store.arrivals(TENANT)


def test_a_bad_entry_hides_no_other_that_is_sent(door, office):  # noqa: F811
    """NaN in one entry, another encoding in the next: named by path, and the denial between them is taken in."""
    answer = send(door, bundle(entry(b'{"x":NaN}'), entry(DENIAL), entry(b'{"x":"caf\xe9"}')))

    assert 202 == answer.status_code
    assert ["entry[1].resource"] == [each["path"] for each in answer.json["entries"]]
    assert ["entry[0]", "entry[2].resource"] == [each["path"].partition(":")[0] for each in answer.json["faults"]]


@pytest.mark.parametrize(
    ("suffix", "make"),
    [
        (".json", lambda: bundle(b"{}," * 3_000_000 + b"{}")),
        (".json", lambda: b'{"resourceType":"Parameters","parameter":[' + b"{}," * 3_000_000 + b"{}]}"),
        (".pdf", HEAVY["a PDF stream of 300 MB"].make),
    ],
    ids=["entries", "parameters", "PDF"],
)
def test_ten_megabytes_take_little_memory(suffix, make, tmp_path):
    """As large as the doors let in, and built to grow."""
    good, bad = tmp_path / "good.json", tmp_path / f"bad{suffix}"
    good.write_bytes(bundle(entry(DENIAL)))
    bad.write_bytes(make())
    assert bad.stat().st_size <= MOST_BYTES
    plain, done = (run(tmp_path, each, main="tests.bombs:take_in") for each in (good, bad))

    assert (0, 2) == (plain.status, done.status) and "Traceback" not in done.err
    assert done.mib - plain.mib < MOST_MIB
