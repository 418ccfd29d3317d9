"""docs/smart-config.md tells every field of the file, its default included, and nothing that is not one."""

import json
import re

import msgspec
import pytest

from app.settings import checks, read_smart_config, smart
from tests.launch.smart.world import ROOT

TEXT = (ROOT / "docs" / "smart-config.md").read_text(encoding="utf-8")
STRUCTS = [each for each in vars(smart).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)]
ROW = re.compile(r"^\| `([a-z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def section(name: str) -> str:
    """Return the part of the document under the heading that names a struct."""
    parts = re.split(r"^#+ ", TEXT, flags=re.MULTILINE)
    (found,) = [each for each in parts if re.match(rf"(?:{name}|.*\({name}\))\n", each)]
    return found


def told_default(field: msgspec.structs.FieldInfo) -> str:
    """Return a field's default as the document writes it."""
    if field.required:
        return "required"
    if field.default is not msgspec.NODEFAULT:
        return f"`{json.dumps(field.default)}`"
    return "`{}`"


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda each: each.__name__)
def test_every_field_is_documented_with_its_default(struct):
    """A field added to the schema without a line here fails, and a line without its field."""
    documented = [(name, default) for name, default, _ in ROW.findall(section(struct.__name__))]

    assert [(each.name, told_default(each)) for each in msgspec.structs.fields(struct)] == documented


def test_the_example_is_a_configuration(tmp_path):
    """What is shown can be used."""
    example = re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)[1]
    path = tmp_path / "smart-config.json"
    path.write_text(example, encoding="utf-8")

    assert "north-hospital" == read_smart_config(path, allow_loopback=False).issuers[0].slug


def test_every_choice_is_listed():
    """The closed lists of values, each in the row of its field."""
    rows: dict[str, str] = {}
    for struct in STRUCTS:
        for name, _, words in ROW.findall(section(struct.__name__)):
            rows[name] = rows.get(name, "") + words
    missing = [
        (name, each) for name, allowed in checks.CHOICES.items() for each in allowed if f"`{each}`" not in rows[name]
    ]

    assert [] == missing
