"""The house as text: its files, functions, templates and tracked files, read once."""

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("detect", "windows", "slots", "book", "brief", "call", "outcome", "learn")
_SKIPPED = {".git", ".venv", "node_modules", "__pycache__", ".bench", ".cache", ".screens", ".demo", ".hypothesis"}


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its file and name, and how many lines of it are its own (no docstring, no inner function)."""

    file: str
    name: str
    lines: int
    decorators: tuple[str, ...]

    @property
    def place(self) -> str:
        """Return "app/core/book.py:book_slot"."""
        return f"{self.file}:{self.name}"


@cache
def modules(*rooms: str) -> dict[str, ast.Module]:
    """Return the syntax tree of every module of some rooms ("app/core"), by path from the root."""
    found = (path for room in rooms for path in sorted((ROOT / room).rglob("*.py")))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in found}


def functions(*rooms: str) -> Iterator[Function]:
    """Give every function of some rooms, inner ones on their own."""
    for file, tree in modules(*rooms).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                decorators = tuple(ast.unparse(each) for each in node.decorator_list)
                yield Function(file, node.name, _own_lines(node), decorators)


def _own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = set(range(function.lineno, function.end_lineno + 1))
    if ast.get_docstring(function, clean=False) is not None:
        lines -= _span(function.body[0])
    for inner in ast.walk(function):
        if inner is not function and isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            lines -= _span(inner)
    return len(lines)


def _span(node: ast.stmt) -> set[int]:
    return set(range(node.lineno, node.end_lineno + 1))


@cache
def templates(folder: str = "templates") -> dict[str, str]:
    """Return the text of every template, by its name ("book/page.html")."""
    found = sorted((ROOT / folder).rglob("*.html"))
    return {path.relative_to(ROOT / folder).as_posix(): path.read_text("utf-8") for path in found}


def without_comments(template: str) -> str:
    """Return a template without its Jinja comments."""
    return re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return the files that git tracks, or where this is no checkout all that are not made on the spot."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())
    found = []
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [each for each in inner if each not in _SKIPPED]
        found += [Path(folder) / name for name in names]
    return tuple(found)
