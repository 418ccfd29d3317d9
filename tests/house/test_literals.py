"""Core decides by rules that it is given: no payer, no patient and no date is written into it."""

import ast
import re

import pytest

from app.wire import RULES, RuleBook
from launch.sandbox.stories import STORIES
from tests.house.source import modules

CORE = modules("app/core")
BOOK = RuleBook.load(RULES)
# The beginning of the count of time, from which a grid of minutes is laid: no date that anything depends on.
EPOCH = 1970


def strings(tree: ast.Module) -> list[str]:
    """Return the texts of a module that are not docstrings."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    docs = {id(node.body[0].value) for node in nodes if node.body and ast.get_docstring(node, clean=False) is not None}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [node.value for node in texts if id(node) not in docs]


@pytest.mark.parametrize("file", CORE)
def test_core_names_no_payer(file: str):
    """A payer's rule is data in app/rules; code that knows a payer by name would outlive the rule."""
    names = {name.lower() for rule in BOOK.payers for name in (rule.key, rule.payer, *rule.names) if len(name) > 3}
    said = [text.lower() for text in strings(CORE[file])]

    assert [name for name in sorted(names) if any(re.search(rf"\b{re.escape(name)}\b", text) for text in said)] == []


@pytest.mark.parametrize("file", CORE)
def test_core_names_no_patient(file: str):
    """Nothing is tuned to one of the synthetic patients."""
    said = " ".join(strings(CORE[file]))

    assert [each.patient_id for each in STORIES if each.patient_id in said] == []


@pytest.mark.parametrize("file", CORE)
def test_core_rests_on_no_date(file: str):
    """A date on which something begins or ends is a rule, and has a source (style.md)."""
    whole = [text for text in strings(CORE[file]) if re.fullmatch(r"\d{4}-\d\d(-\d\d.*)?", text)]
    made = []
    for node in ast.walk(CORE[file]):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("date", "datetime"):
            year = node.args[0] if node.args else None
            if isinstance(year, ast.Constant) and year.value != EPOCH:
                made.append(ast.unparse(node))

    assert (whole, made) == ([], [])
