"""What must hold for every template whatever it shows: forms that work alone, nothing inline, nothing unescaped."""

import ast
import re
from html.parser import HTMLParser

import pytest

from tests.house.source import modules, templates, without_comments

# A paper is one file that is opened from a disk: its style must travel inside it (its own CSP allows that alone).
STANDALONE = {f"papers/{each}.html" for each in ("base", "fax", "form")}
# The one place that calls text safe: the app's own stylesheets, put into that one file.
TRUSTS_MARKUP = {"app/edges/papers/__init__.py"}
NAMES = sorted(templates())


class Tags(HTMLParser):
    """Every start tag of a text, Jinja left in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, dict(attrs)))


def tags(name: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the tags of a template; Jinja's own braces are taken away first, its quotes would end attributes."""
    text = re.sub(r"\{%.*?%\}", " ", without_comments(templates()[name]), flags=re.DOTALL)
    return Tags(re.sub(r"\{\{.*?\}\}", "JINJA", text, flags=re.DOTALL)).found


def forms(name: str) -> list[str]:
    """Return the source of each form of a template."""
    return re.findall(r"<form\b.*?</form>", without_comments(templates()[name]), flags=re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_template_escapes_everything(name: str):
    """No value is called safe in a template (style.md): a chart's text is data, never markup."""
    found = re.findall(r"\|\s*safe\b|\bautoescape\s+false|Markup\(", without_comments(templates()[name]))

    assert found == []


def test_markup_is_trusted_in_one_place_only():
    """Markup() turns escaping off; only the papers' own stylesheets pass through it."""
    users = {file for file, tree in modules("app", "launch").items() if "Markup(" in ast.unparse(tree)}

    assert users <= TRUSTS_MARKUP


@pytest.mark.parametrize("name", NAMES)
def test_template_has_no_inline_script_or_handler(name: str):
    """The content security policy forbids inline script; a page that needed one would be dead in the EHR."""
    wrong = []
    for tag, attributes in tags(name):
        wrong += [tag] if tag == "script" and not attributes.get("src") else []
        wrong += [f"{tag} {each}" for each in attributes if each.startswith(("on", "hx-on"))]
        wrong += [f"{tag} {each}" for each, value in attributes.items() if (value or "").startswith("javascript:")]

    assert wrong == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in STANDALONE])
def test_template_has_no_inline_style(name: str):
    """Style comes from static/css alone; the policy forbids it inline."""
    wrong = [tag for tag, attributes in tags(name) if tag == "style" or "style" in attributes]

    assert wrong == []


@pytest.mark.parametrize("name", [name for name in NAMES if forms(name)])
def test_form_works_without_script(name: str):
    """Every form says where it goes and how, and one that changes something carries the session's CSRF token."""
    for form in forms(name):
        method = re.search(r'\smethod="(get|post)"', form)
        assert re.search(r'\saction="', form) and method, form[:200]
        # The payer's link has no session and no cookie that another page could ride on (decision 0022).
        guarded = "csrf_token()" in form or re.search(r"\{\{-?\s*guard\(", form) or "url_for('desk." in form
        assert method[1] == "get" or guarded, form[:200]


@pytest.mark.parametrize("name", NAMES)
def test_htmx_posts_only_where_the_form_goes(name: str):
    """hx-post repeats the form's own action, so that both ways do the same."""
    for form in forms(name):
        swaps = re.findall(r'hx-post="([^"]*)"', form)
        assert all(f' action="{each}"' in form for each in swaps), form[:200]


def test_guard_carries_the_token():
    """The macro that forms use for their token does give one."""
    guard = re.search(r"\{% macro guard.*?endmacro", templates()["_macros.html"], flags=re.DOTALL)

    assert guard and 'name="csrf_token" value="{{ csrf_token() }}"' in guard[0]


@pytest.mark.parametrize("name", [name for name in NAMES if "<input" in templates()[name]])
def test_input_has_a_label(name: str):
    """An input that is shown has a label, in the template or in the macro that draws it."""
    text = without_comments(templates()[name])
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", text):
        kind = re.search(r'type="(\w+)"', tag)
        if kind and kind[1] in ("hidden", "radio", "checkbox"):
            continue  # the last two stand inside their label
        own = re.search(r'\bid="([^"]*)"', tag)
        assert own and f'for="{own[1]}"' in text, tag


@pytest.mark.parametrize("name", NAMES)
def test_template_uses_what_it_imports(name: str):
    """Whoever looks for the places of a macro finds those that draw it, and no others."""
    text = without_comments(templates()[name])
    brought = re.findall(r"\{%-? from [^%]* import ([^%]*?)(?: with context)? ?-?%\}", text)
    names = [each.split()[-1] for group in brought for each in group.split(",")]

    assert not [each for each in names if len(re.findall(rf"\b{each}\b", text)) < 2]
