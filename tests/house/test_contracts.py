"""The laws of the house are import contracts (pyproject.toml), and each of them can fail."""

import os
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import grimp
import pytest
from importlinter.application import use_cases
from importlinter.cli import lint_imports_command
from importlinter.domain.contract import registry

from tests.house.source import ROOT

OPTIONS = use_cases.read_user_options(config_filename=str(ROOT / "pyproject.toml"))
CONTRACTS = {each["name"]: each for each in OPTIONS.contracts_options}
# One import, or one module, that each contract must catch: (importer, imported), or the name of a stray module.
VIOLATIONS = {
    "rooms: web shows, flow does, edges talk, core decides": [("app.edges.http", "app.settings"), "app.utils"],
    "core: a stage may read only earlier stages": [("app.core.detect", "app.core.book"), "app.core.stray"],
    "the case: its parts do not know it, nor one another beyond what they carry": [
        ("app.core.case.attempt", "app.core.case.case"),
        "app.core.case.stray",
    ],
    "flow: stages do not call one another": [("app.flow.book", "app.flow.brief"), "app.flow.stray"],
    "edges: counterparts never know one another; only fhir speaks FHIR": [
        ("app.edges.payers", "app.edges.ehr"),
        "app.edges.stray",
    ],
    "app never knows who launched it": [("app.wire", "launch.run")],
    "production never imports the sandbox": [("launch.wsgi", "launch.sandbox"), ("launch.wsgi", "launch.demo")],
    "the sandbox is a stranger: it shares no code with us": [("launch.sandbox.store", "app.core.interval")],
    "core is pure": [("app.core.slots", "time"), ("app.core.brief.words", "flask")],
    "flow has no IO of its own": [("app.flow.book", "requests")],
    "web talks to flow only": [("app.web.book", "sqlalchemy")],
    "web asks flow, never an edge": [("app.web.book", "app.edges.store")],
    "only edges.fhir knows fhirclient": [("app.edges.ehr", "fhirclient")],
    "only edges.http opens connections": [("app.edges.payers", "requests")],
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Every import of app and launch."""
    use_cases._register_contract_types(OPTIONS)
    # Without its cache: one that another run is writing would be read.
    return grimp.build_graph("app", "launch", include_external_packages=True, cache_dir=None)


def is_kept(name: str, graph: grimp.ImportGraph) -> bool:
    """Return whether a contract of pyproject.toml holds in a graph of imports, which is left as it is."""
    options = CONTRACTS[name]
    contract = registry.get_contract_class(options["type"])(
        name=name, session_options=OPTIONS.session_options, contract_options=options
    )
    return contract.check(deepcopy(graph), verbose=False).kept


@pytest.mark.parametrize("name", CONTRACTS)
def test_contract_is_kept(name: str, graph: grimp.ImportGraph):
    """Every import of the house as it stands is one that its room allows (house.md §6)."""
    assert is_kept(name, graph)


def test_every_contract_has_a_violation_that_is_tried():
    """A contract without a counterexample here could be one that never fails."""
    assert CONTRACTS.keys() == VIOLATIONS.keys()


@pytest.mark.parametrize(("name", "wrong"), [(name, wrong) for name, many in VIOLATIONS.items() for wrong in many])
def test_contract_catches_a_wrong_import(name: str, wrong: str | tuple[str, str], graph: grimp.ImportGraph):
    """One import against the law, or one module without a room, breaks the contract that forbids it."""
    broken = deepcopy(graph)
    if isinstance(wrong, str):
        broken.add_module(wrong)
    else:
        importer, imported = wrong
        broken.add_module(imported, is_squashed="." not in imported and imported not in ("app", "launch"))
        broken.add_import(importer=importer, imported=imported, line_number=1, line_contents=f"import {imported}")

    assert not is_kept(name, broken)


def test_broken_copy_is_refused_by_the_command(tmp_path: Path):
    """The command that CI runs names the contracts that a copy of the house breaks, and fails."""
    copy = _copy_of_the_house(tmp_path)
    with (copy / "app/core/interval.py").open("a") as core:
        core.write("\nimport os\n")
    with (copy / "app/web/book.py").open("a") as web:
        web.write("\nfrom app.edges.store import SqlStore\n")

    run = _lint(copy)

    assert run.returncode == 1
    broken = {name for name in CONTRACTS if f"{name} BROKEN" in " ".join(run.stdout.split())}
    assert {"core is pure", "web asks flow, never an edge"} <= broken
    assert "the sandbox is a stranger: it shares no code with us" not in broken


def test_faithful_copy_is_passed_by_the_command(tmp_path: Path):
    """The copy itself is no reason to fail."""
    run = _lint(_copy_of_the_house(tmp_path))

    assert (run.returncode, "0 broken" in run.stdout) == (0, True), run.stdout


def _copy_of_the_house(folder: Path) -> Path:
    for room in ("app", "launch"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = f"from {lint_imports_command.callback.__module__} import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
