"""
A site's policies read: a document's headings and paragraphs, or a TOML of sections or of criteria.

A site's TOML holds plain words where a shipped file holds patterns: whoever fills in a form must not be able to bring
every brief to a halt, and no pattern can be told from a harmless one by looking (decision 0043).
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from app.core.brief.words import fold
from app.core.rulebook.criteria import ServiceCriteria
from app.core.rulebook.edits import RuleRefused
from app.core.rulebook.policies import TOML, Policy, PolicySection, PolicyVersion, read_sections
from app.edges.rulebook import RuleBook
from app.edges.rulebook.criteria import CriteriaReader, ServiceShape, read_service
from app.edges.rulebook.reading import RuleFile, shaped_rules
from app.errors import Misconfigured
from app.flow.ports import PolicyShelf

_NAME = Path("policy.toml")
_PATTERN = re.compile(r"[\\()\[\]{}?+^$]|\.\*")
_WORDS_END = r"(?!\w)"
_LONGEST_WORD, _MOST_WORDS = 80, 60
_DEEPEST, _LONGEST_LINE = 20, 10_000
_DOTS = re.compile(rf"(?:[^.\"'=#\n]*\.){{{_DEEPEST}}}[^=\n]*(?:=|\])")
_OPEN = re.compile(rf"[\[{{](?:\s*[\[{{]){{{_DEEPEST}}}")
_HAS_SECTIONS = re.compile(r"(?m)^[ \t]*\[\[[ \t]*sections[ \t]*\]\]")
_KEPT = 64  # documents kept read in one process


class _Section(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    heading: str = ""


class _Sections(msgspec.Struct, forbid_unknown_fields=True):
    sections: list[_Section]


class _SiteService(ServiceShape, forbid_unknown_fields=True):
    without: list[str] = msgspec.field(default_factory=list)


class SitePolicies:
    """Implements flow.ports.Policies over a shelf; what was read is kept for a while, since a version never changes."""

    def __init__(self, shelf: PolicyShelf, book: Callable[[], RuleBook]) -> None:
        self._shelf, self._book = shelf, book
        self.versions, self.text, self.keep = shelf.versions, shelf.text, shelf.keep
        self._kept = lru_cache(maxsize=_KEPT)(self._read)

    def read(self, tenant: str, version: PolicyVersion) -> Policy:
        """Return a version with what stands in it; one that fits the rules no more says so and holds nothing."""
        return self._kept(tenant, version)

    def tried(self, version: PolicyVersion, text: str) -> Policy:
        """Return what a text would be; raises RuleRefused, field "text", naming line and place."""
        if version.form != TOML:
            return Policy(version, read_sections(text, form=version.form))
        book = self._book()
        return read_toml(version, text, shipped={each.key: each for each in book.criteria}, systems=book.systems)

    def _read(self, tenant: str, version: PolicyVersion) -> Policy:
        if version.is_retired:
            return Policy(version, ())
        try:
            return self.tried(version, self._shelf.text(tenant, version.id, version.version))
        except RuleRefused as error:
            return Policy(version, (), aside=error.say)


def read_toml(
    version: PolicyVersion,
    text: str,
    *,
    shipped: Mapping[str, ServiceCriteria],
    systems: Mapping[str, frozenset[str]],
) -> Policy:
    """
    Return a TOML of `[[sections]]` (heading, text), or of criteria as app/rules/criteria writes them.

    Criteria of a shipped key are laid over the shipped ones; `without` names those that the payer does not ask for.
    raises: RuleRefused, field "text", naming line and place
    """
    if any(len(line) > _LONGEST_LINE for line in text.split("\n")) or _DOTS.search(text) or _OPEN.search(text):
        raise RuleRefused("text", f"A line is longer than {_LONGEST_LINE} characters, or nested deeper than needed.")
    try:
        if _HAS_SECTIONS.search(text):
            told = shaped_rules(_NAME, text, _Sections)
            return Policy(version, tuple(_section(told, n) for n in range(len(told.value.sections))))
        return _criteria(version, shaped_rules(_NAME, text, _SiteService), shipped, systems)
    except Misconfigured as error:
        raise RuleRefused("text", _said(error)) from error
    except (RecursionError, ValueError) as error:
        raise RuleRefused("text", "It is nested too deep, or holds a number or a date that there is not.") from error


class _PlainReader(CriteriaReader):
    """Reads a site's criteria: words, not patterns."""

    def pattern(self, text: str, place: str) -> re.Pattern[str] | None:
        """
        Return a search for any of some words, set apart by "|"; an asterisk at an end stands for any ending.

        Nothing in it can be slow: each word is searched as it is written, folded.
        """
        if not text.strip():
            return None
        words = [fold(each) for each in text.replace("\n", " ").split("|")]
        if _PATTERN.search(text):
            raise self.refuse(place, "holds a pattern; write plain words, set apart by |, with * for any ending")
        if not all(words) or any("*" in each[:-1] or each == "*" for each in words):
            raise self.refuse(place, "holds an empty word, or an asterisk that is not at a word's end")
        if len(words) > _MOST_WORDS or any(len(each) > _LONGEST_WORD for each in words):
            raise self.refuse(
                place, f"holds more than {_MOST_WORDS} words, or one of more than {_LONGEST_WORD} letters"
            )
        whole = (re.escape(each[:-1]) if each.endswith("*") else f"{re.escape(each)}{_WORDS_END}" for each in words)
        return re.compile(rf"(?<!\w)(?:{'|'.join(whole)})")


def _section(file: RuleFile[_Sections], index: int) -> PolicySection:
    told = file.value.sections[index]
    if not told.text.strip():
        raise file.refuse(f"sections[{index}].text", "empty")
    parts = read_sections(told.text)
    paragraphs = parts[0].paragraphs if len(parts) == 1 and not parts[0].heading else None
    if paragraphs is None:
        raise file.refuse(f"sections[{index}].text", "holds a heading; give each heading a section of its own")
    return PolicySection(told.heading.strip(), told.text, paragraphs)


def _criteria(
    version: PolicyVersion,
    file: RuleFile[_SiteService],
    shipped: Mapping[str, ServiceCriteria],
    systems: Mapping[str, frozenset[str]],
) -> Policy:
    told = file.value
    beneath = shipped.get(told.key)
    if told.generic:
        raise file.refuse("generic", "only a shipped file stands in for services that no file knows")
    known = [each.key for each in beneath.criteria] if beneath else []
    for index, key in enumerate(told.without):
        if key not in known:
            raise file.refuse(f"without[{index}]", "no shipped criterion of this service has that key")
    left = [each for each in known if each not in told.without]
    if beneath and not left and not told.criteria:
        raise file.refuse("without", "nothing would be left to judge by")
    service = read_service(file, _PlainReader(file, systems), beneath=left if beneath else None)
    return Policy(version, (), service, tuple(told.without))


def _said(error: Misconfigured) -> str:
    """Return a refusal without the name of a file that nobody gave."""
    said = error.say.removeprefix(f"{_NAME}, ")
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."
