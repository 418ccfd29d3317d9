"""One word, one file in every room: the stages' grid, the partials, and the sign on each room's door."""

import ast
import re

import pytest

from tests.house.source import ROOT, STAGES, modules, templates, without_comments

# Partials whose root is not their own id, by file name, and why.
OTHER_ROOTS = {
    "_refused.html": "stands in for the whole case when htmx is told that something was refused, so it is #case",
    "_refused_body.html": "what the page and the partial of a refusal share; it has no root",
    "_clocks.html": "a part of the case that is never asked for alone",
    "_strips.html": "a part of the slots that is never asked for alone",
}
PARTIALS = {name for name in templates() if "/_" in name}
SIGNS = {
    file.removesuffix("/__init__.py").replace("/", "."): ast.get_docstring(tree) or ""
    for file, tree in modules("app").items()
    if re.fullmatch(r"app/(core|flow|web|edges|edges/\w+)/__init__\.py", file)
}
ROOMS = sorted(SIGNS.keys() - {"app.edges"})


def exists(room: str, name: str) -> bool:
    """Return whether a room has a module or a package of this name."""
    return (ROOT / room / f"{name}.py").is_file() or (ROOT / room / name / "__init__.py").is_file()


def file_of(partial: str) -> str:
    """Return "_slots.html" for "slots/_slots.html"."""
    return partial.rpartition("/")[2]


def own_name(partial: str) -> str:
    """Return "slots" for "slots/_slots.html"."""
    return partial.rpartition("/_")[2].removesuffix(".html")


def root_of(partial: str) -> str:
    """Return the first tag that a partial draws; what its macros would draw comes later."""
    text = without_comments(templates()[partial])
    drawn = re.sub(r"\{%-? macro .*?\{%-? endmacro -?%\}", "", text, flags=re.DOTALL)
    return re.search(r"<[a-z]\w*\b[^>]*>", drawn)[0]


def imports_of(room: str) -> set[str]:
    """Return the dotted names of ours that a room's modules import."""
    found: set[str] = set()
    for tree in modules(room.replace(".", "/")).values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module} if node.module != "app" else {f"app.{each.name}" for each in node.names}
            elif isinstance(node, ast.Import):
                found |= {each.name for each in node.names}
    return {name for name in found if name.startswith("app.")}


def room_of(name: str) -> str:
    """Return the room of a dotted name: "app.core", "app.edges.fhir"; flow's ports stand for themselves."""
    parts = name.split(".")
    return ".".join(parts[: 3 if parts[1] == "edges" or parts[1:3] == ["flow", "ports"] else 2])


@pytest.mark.parametrize("stage", STAGES)
def test_stage_has_its_file_in_every_room(stage: str):
    """A feature is found in one guess: its word is the file's name in each room (house.md §3)."""
    missing = [room for room in ("app/core", "app/flow", "app/web") if not exists(room, stage)]
    missing += [] if (ROOT / "templates" / stage / "page.html").is_file() else ["templates"]

    assert not missing


@pytest.mark.parametrize("stage", STAGES)
def test_stage_has_tests_of_its_decisions(stage: str):
    """What a stage decides is tested under the stage's own word (house.md §7)."""
    found = [*(ROOT / "tests/core").glob(f"test_{stage}*.py"), *(ROOT / "tests/core" / stage).glob("test_*.py")]

    assert found


@pytest.mark.parametrize("name", [name for name in sorted(PARTIALS) if file_of(name) not in OTHER_ROOTS])
def test_partial_is_the_part_it_is_named_for(name: str):
    """The root of a partial carries the id that htmx swaps: the name of its file (style.md)."""
    assert f'id="{own_name(name)}"' in root_of(name)


@pytest.mark.parametrize("name", [name for name in sorted(PARTIALS) if file_of(name) != "_refused.html"])
def test_partial_is_part_of_some_page(name: str):
    """A part that htmx swaps is also in a page that works without it."""
    assert any(f'include "{name}"' in text for text in templates().values())


@pytest.mark.parametrize("name", [name for name in sorted(PARTIALS) if file_of(name) == "_refused.html"])
def test_refusal_stands_in_for_the_case(name: str):
    """A refusal replaces the case that htmx would have swapped, and has a page beside it for browsers without htmx."""
    routes = " ".join(ast.unparse(tree) for tree in modules("app/web").values())
    pages = re.findall(rf"show\('([^']+)', '{re.escape(name)}'", routes)

    assert 'id="case"' in root_of(name)
    assert pages and all(page in templates() and page not in PARTIALS for page in pages)


def test_every_other_root_still_exists():
    """The list of exceptions names partials that are there."""
    assert OTHER_ROOTS.keys() <= {file_of(name) for name in PARTIALS}


@pytest.mark.parametrize("name", sorted(PARTIALS))
def test_partial_is_reached_or_included(name: str):
    """Nothing lies about: each partial is rendered by a route or included."""
    rendered = " ".join(ast.unparse(tree) for tree in modules("app/web").values())

    assert f"'{name}'" in rendered or any(f'include "{name}"' in text for text in templates().values())


@pytest.mark.parametrize("room", ROOMS)
def test_room_names_what_it_may_import(room: str):
    """The sign on a room's door, or on the door of all edges, names every room of ours that its files import."""
    sign = SIGNS[room] + SIGNS[".".join(room.split(".")[:2])]
    rooms = {room_of(name) for name in imports_of(room)}
    rooms = {each for each in rooms if each != room and not each.startswith(f"{room}.") and not _named(each, sign)}

    assert rooms == set()


def _named(room: str, sign: str) -> bool:
    outer, _, inner = room.removeprefix("app.").partition(".")
    return (
        f"app.{outer}" in sign if not inner else f"{outer}.{inner}" in sign or (outer == "flow" and "app.flow" in sign)
    )
