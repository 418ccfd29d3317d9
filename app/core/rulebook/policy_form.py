"""What a person typed about a policy, read strictly; whatever is wrong is named by its field."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.rulebook.criteria import plain_code
from app.core.rulebook.edits import RuleRefused
from app.core.rulebook.policies import LONGEST_TEXT, MARKDOWN, TEXT, TOML

Form = Mapping[str, Sequence[str]]

FORMS = {MARKDOWN: "Markdown", TEXT: "plain text", TOML: "TOML"}
ENDINGS = {"md": MARKDOWN, "markdown": MARKDOWN, "txt": TEXT, "toml": TOML}
_CODE = re.compile(r"[A-Z0-9]{2,10}\*?")
_MOST_CODES = 200
_OLDEST_YEARS, _FURTHEST_YEARS = 40, 5
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyForm:
    """A policy as it was told, with its text. form: markdown | text | toml."""

    title: str
    payer: str | None
    services: tuple[str, ...]
    codes: tuple[str, ...]
    number: str | None
    source: str
    effective: date
    why: str
    form: str
    text: str


def read_policy_form(
    form: Form, file: tuple[str, bytes] | None, *, services: Collection[str], today: date
) -> PolicyForm:
    """
    Return what was told; raises RuleRefused naming the field.

    file: (name, bytes), None where the text was pasted. services: keys that there are; today: the site's day
    """
    kind, text = _text(form, file)
    told = PolicyForm(
        title=_line(form, "title", 160, needed=True),
        payer=_line(form, "payer", 120) or None,
        services=_services(form, services),
        codes=_codes(form),
        number=_line(form, "number", 60) or None,
        source=_line(form, "source", 500, needed=True),
        effective=read_day(form, "effective", today=today),
        why=_line(form, "why", 500, needed=True),
        form=kind,
        text=text,
    )
    if not told.services and not told.codes and kind != TOML:
        raise RuleRefused("services", "Tick the services that it is for, or give their codes.")
    return told


def read_day(form: Form, name: str, *, today: date) -> date:
    """Return a day that a policy may hold from; raises RuleRefused."""
    told = _line(form, name, 10, needed=True)
    try:
        found = date.fromisoformat(told)
    except ValueError as error:
        raise RuleRefused(name, "Give a day, as 2026-11-20.") from error
    if not today.year - _OLDEST_YEARS <= found.year <= today.year + _FURTHEST_YEARS:
        raise RuleRefused(name, "This is many years away; look at the year.")
    return found


def read_why(form: Form) -> str:
    """Return why something is done; raises RuleRefused."""
    return _line(form, "why", 500, needed=True)


def _text(form: Form, file: tuple[str, bytes] | None) -> tuple[str, str]:
    """Return the form of the text and the text itself: line ends made one, nothing else changed."""
    if file and file[0]:
        field, kind = "file", ENDINGS.get(file[0].rpartition(".")[2].lower())
        if kind is None:
            raise RuleRefused(field, "Give a file that ends in .md, .txt or .toml; of a PDF, paste its text.")
        try:
            text = file[1].decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise RuleRefused(field, "The file is no UTF-8 text. Save it as UTF-8 and give it again.") from error
    else:
        field, kind = "text", _line(form, "form", 20) or MARKDOWN
        text = next(iter(form.get("text", ())), "")
        if kind not in FORMS:
            raise RuleRefused("form", "Choose one of the list.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise RuleRefused(field, "Paste the policy’s text, or give a file.")
    if len(text) > LONGEST_TEXT:
        raise RuleRefused(field, f"At most {LONGEST_TEXT:,} characters; put in the part that is about the service.")
    if _CONTROLS.search(text):
        raise RuleRefused(field, "It holds characters that cannot be printed.")
    return kind, text


def _services(form: Form, known: Collection[str]) -> tuple[str, ...]:
    told = tuple(dict.fromkeys(each for each in form.get("services", ()) if each))
    if any(each not in known for each in told):
        raise RuleRefused("services", "Choose from the list.")
    return told


def _codes(form: Form) -> tuple[str, ...]:
    words = re.split(r"[\s,;]+", next(iter(form.get("codes", ())), "").strip())
    found = tuple(dict.fromkeys(plain_code(each) for each in words if each))
    if len(found) > _MOST_CODES:
        raise RuleRefused("codes", f"At most {_MOST_CODES} codes; J17* stands for all that begin so.")
    for each in found:
        if not _CODE.fullmatch(each):
            raise RuleRefused("codes", f"“{each[:20]}” is no code. Give codes as 22612, or J17* for all that begin so.")
    return found


def _line(form: Form, name: str, longest: int, *, needed: bool = False) -> str:
    text = " ".join(next(iter(form.get(name, ())), "").split())
    if needed and not text:
        raise RuleRefused(name, "This is needed.")
    if len(text) > longest:
        raise RuleRefused(name, f"At most {longest} characters.")
    if _CONTROLS.search(text):
        raise RuleRefused(name, "It holds characters that cannot be printed.")
    return text
