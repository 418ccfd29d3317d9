"""The test set-up finds what is there, installs what is not, and fails saying what to install."""

import json
import sys
import threading
import time
from pathlib import Path

import pytest

from tests import setup


class FakeMachine(setup.Machine):
    """A machine of which a test says what it has, and what each command would bring."""

    is_root = False

    def __init__(self, cache: Path, *, has=(), root=False, brings=None) -> None:
        super().__init__(cache)
        self.has, self.is_root, self.brings = dict(has), root, brings or {}
        self.ran: list[str] = []

    def which(self, name):
        return self.has.get(name)

    def ask(self, *command):
        return self.has.get(f"{command[0]} says", "v22.1.0")

    def run(self, *command, cwd=None, **environment):
        line = " ".join(command)
        self.ran.append(line)
        for part, brought in self.brings.items():
            if part in line:
                self.has |= brought
                return True
        return False

    def keep_postgres_quiet(self):
        self.ran.append("no server of its own")

    def postgres(self):
        return self.has.get("initdb")

    def playwright_chromium(self):
        return self.has.get("playwright's")


def test_what_is_there_is_left_alone(tmp_path: Path):
    """A machine that has everything is only looked at."""
    has = {"chromium": "/bin/chromium", "initdb": "/lib/pg", "node": "/bin/node", "npm": "/bin/npm"}
    machine = FakeMachine(tmp_path, has=has, root=True)

    found = [
        setup.make_sure_of_chromium(machine),
        setup.make_sure_of_postgres(machine),
        setup.make_sure_of_node(machine),
    ]

    assert (found, machine.ran) == (["/bin/chromium", "/lib/pg", "/bin/node"], [])


def test_root_gets_debians_chromium(tmp_path: Path):
    """As root on Debian the distribution's own browser is installed."""
    has, brings = {"apt-get": "/bin/apt-get"}, {"install -y --no-install-recommends chromium": {"chromium": "/bin/new"}}
    machine = FakeMachine(tmp_path, has=has, root=True, brings=brings)

    assert setup.make_sure_of_chromium(machine) == "/bin/new"


def test_empty_package_leads_to_playwrights_own(tmp_path: Path):
    """Ubuntu's chromium package holds a shell that cannot run; then Playwright's browser is fetched."""
    has = {"apt-get": "/bin/apt-get", "/bin/shell says": None}
    brings = {"install -y": {"chromium": "/bin/shell"}, "playwright install": {"playwright's": "/own/chrome"}}
    machine = FakeMachine(tmp_path, has=has, root=True, brings=brings)

    assert setup.make_sure_of_chromium(machine) == "/own/chrome"


def test_others_get_playwrights_own(tmp_path: Path):
    """Without root nothing of the system is touched."""
    brings = {"playwright install": {"playwright's": "/own/chrome"}}
    machine = FakeMachine(tmp_path, has={"apt-get": "/bin/apt-get"}, brings=brings)

    assert setup.make_sure_of_chromium(machine) == "/own/chrome"
    assert not any("apt-get" in each or "--with-deps" in each for each in machine.ran)


def test_no_chromium_fails_saying_what_to_install(tmp_path: Path):
    """Where no browser can be had the set-up stops and names the package."""
    machine = FakeMachine(tmp_path, has={"apt-get": "/bin/apt-get"}, root=True)
    (tmp_path / "browsers").mkdir()

    with pytest.raises(setup.Missing, match="Install the package `chromium`"):
        setup.make_sure_of_chromium(machine)
    assert not (tmp_path / "browsers").exists()


def test_no_pango_fails_saying_what_to_install(tmp_path: Path):
    """Where no PDF can be made the set-up stops and names the packages."""
    machine = FakeMachine(tmp_path, has={f"{sys.executable} says": None})

    with pytest.raises(setup.Missing, match="Install the packages libpango"):
        setup.make_sure_of_pango(machine)


def test_no_postgres_is_told_and_passed_over(tmp_path: Path):
    """PostgreSQL is wanted, not needed: its tests are skipped by name."""
    assert "skipped by name" in setup.make_sure_of_postgres(FakeMachine(tmp_path))


def test_root_gets_debians_postgres_without_a_server(tmp_path: Path):
    """The package must not start a server of its own."""
    has, brings = {"apt-get": "/bin/apt-get"}, {"--no-install-recommends postgresql": {"initdb": "/lib/pg"}}
    machine = FakeMachine(tmp_path, has=has, root=True, brings=brings)

    assert setup.make_sure_of_postgres(machine) == "/lib/pg"
    assert machine.ran[0] == "no server of its own"


def test_root_gets_debians_dovecot(tmp_path: Path):
    """Found, else Debian's; without root it cannot change users, and its tests are skipped by name."""
    brings = {"--no-install-recommends dovecot-imapd": {"dovecot": "/usr/sbin/dovecot"}}
    machine = FakeMachine(tmp_path, has={"apt-get": "/bin/apt-get"}, root=True, brings=brings)

    assert ["/usr/sbin/dovecot"] * 2 == [setup.make_sure_of_dovecot(machine) for _ in range(2)]
    assert 2 == len(machine.ran)
    for has in ({}, {"dovecot": "/usr/sbin/dovecot"}):
        assert "skipped by name" in setup.make_sure_of_dovecot(FakeMachine(tmp_path, has=has))


@pytest.mark.parametrize("version", ["v18.20.0", "v20.18.9", "nonsense", None])
def test_old_node_is_not_used(version: str | None, tmp_path: Path):
    """The independent FHIR server needs Node 20.19; an older one is as good as none."""
    has = {"node": "/bin/node", "npm": "/bin/npm", "/bin/node says": version}
    machine = FakeMachine(tmp_path, has=has)

    with pytest.raises(setup.Missing, match=r"Node\.js 20\.19 or later"):
        setup.make_sure_of_node(machine)
    assert "--require-hashes" in machine.ran[0]


def test_newer_node_is_the_systems_where_that_is_new_enough(tmp_path: Path):
    """The Google emulator needs Node 22.15; nothing is fetched where that is there."""
    has = {"node": "/bin/node", "/bin/node says": "v22.15.0"}
    machine = FakeMachine(tmp_path, has=has)

    assert (setup.make_sure_of_newer_node(machine), machine.ran) == ("/bin/node", [])


def test_newer_node_is_fetched_apart_from_the_older_one(tmp_path: Path):
    """The others go on with the Node they found; what cannot be had is named."""
    has = {"node": "/bin/node", "/bin/node says": "v20.19.5"}
    machine = FakeMachine(tmp_path, has=has)

    with pytest.raises(setup.Missing, match=r"Node\.js 22\.15 or later"):
        setup.make_sure_of_newer_node(machine)
    assert "newer-node.fresh" in machine.ran[0] and "--require-hashes" in machine.ran[0]


def test_packages_are_installed_only_when_the_lock_has_changed(tmp_path: Path):
    """npm's own record of what it installed is compared with the lock; optional ones may be absent."""
    lock = {"": {"name": "x"}, "node_modules/a": {"integrity": "sha512-1"}, "node_modules/b": {"optional": True}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": lock}))
    there = tmp_path / "node_modules/.package-lock.json"

    answers = [setup.are_packages_in_place(tmp_path)]
    there.parent.mkdir()
    for integrity in ("sha512-1", "sha512-2"):
        there.write_text(json.dumps({"packages": {"node_modules/a": {"integrity": integrity}}}))
        answers.append(setup.are_packages_in_place(tmp_path))

    assert answers == [False, True, False]


def test_no_packages_fails_saying_what_to_run(tmp_path: Path):
    """Without npm's registry the set-up stops and says what is to be run."""
    (tmp_path / "package-lock.json").write_text("{}")

    with pytest.raises(setup.Missing, match="npm ci"):
        setup.make_sure_of_packages(FakeMachine(tmp_path), tmp_path)


def test_second_run_waits_for_the_first(tmp_path: Path):
    """Two runs at once do not install the same thing twice."""
    order: list[str] = []

    def second() -> None:
        with setup.alone(tmp_path):
            order.append("second")

    with setup.alone(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        time.sleep(0.2)
        order.append("first")
    other.join(timeout=10)

    assert order == ["first", "second"]
