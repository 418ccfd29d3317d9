"""
Reads app/rules/denials.toml into core's DenialRules; refuses the undated, the unsourced, the unknown and the doubled.

Every refusal is a Misconfigured that names the file and the place in it, as "codes.x12-886.0F".
"""

import datetime
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.core.denial import Decision
from app.core.denial import Path as Route
from app.core.rulebook.denials import CodeList, CodeRule, Cue, DenialRules, Topic, fold_code, fold_system
from app.core.rulebook.needs import Expression
from app.core.rulebook.spelled import Shorthand
from app.errors import Misconfigured

KINDS = frozenset({"clinical", "human", "administrative", "approval", "remark"})
REASON_KINDS = frozenset(
    "clinical experimental benefit administrative documents eligibility network payment pending not_needed none "
    "not_a_denial".split()
)
SAYS = frozenset({"reason", "decision", "offer", "refusal", "notice"})
_DIGIT = re.compile(r"(?<![{,\da-z])[1-9](?![\d,}a-z])")
_ANY_FIRST = re.compile(r"(?:\(\?:)*(?:\\w\+|\(\?:\[<>)")
_BREAK = re.compile(r"\s*\n\s*")  # a long list of words is written on several lines
_FAMILY = re.compile(r"\{([a-z]+)\}")
_LOOKBEHIND = re.compile(r"\(\?<[!=][^)]*\)")
_T = TypeVar("_T")


class _List(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    name: str
    url: str
    source: str
    reviewed: datetime.date
    aliases: list[str] = []
    letter_o_is_zero: bool = False


class _Code(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    kind: str
    route: Route
    reason_kind: str
    decision: Decision | None = None
    may_be_clinical: bool = False
    grade: str = "V"
    note: str = ""


class _Cue(msgspec.Struct, forbid_unknown_fields=True):
    says: str
    reason_kind: str
    label: str
    patterns: list[str]
    route: Route | None = None
    decision: Decision | None = None
    weak: bool = False
    last: bool = False


class _Topic(msgspec.Struct, forbid_unknown_fields=True):
    reason_kind: str
    telling: str
    hinting: str
    excluding: str | None = None


class _Language(msgspec.Struct, forbid_unknown_fields=True):
    english: str
    foreign: str
    adverse: str


class _Spelling(msgspec.Struct, forbid_unknown_fields=True):
    misspelt: str
    spelt: str
    short: dict[str, str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    reviewed: datetime.date
    zone: str
    day_ends: datetime.time
    language: _Language
    spelling: _Spelling
    families: dict[str, str]
    lists: list[_List]
    codes: dict[str, dict[str, Any]]
    cues: list[dict[str, Any]]
    topics: list[_Topic]


def load_denial_rules(path: Path) -> DenialRules:
    """Return the rules of one file; raises Misconfigured naming the file and the place in it."""
    file = _convert(_toml(path), _File, path, "")
    _require(bool(file.source.strip()), path, "source", "is empty")
    try:
        ZoneInfo(file.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _fault(path, "zone", "is not a time zone") from error
    lists = {each.key: _list(each, path) for each in file.lists}
    _require(len(lists) == len(file.lists), path, "lists", "name one key twice")
    families = _families(file.families, path)
    return DenialRules(
        codes={(rule.system, rule.code): rule for rule in _codes(file, lists, path)},
        cues=tuple(
            cue for number, raw in enumerate(file.cues) for cue in _cues(raw, families, path, f"cues[{number}]")
        ),
        source=file.source,
        reviewed=file.reviewed.isoformat(),
        lists=tuple(lists.values()),
        systems=_systems(lists, path),
        zone=file.zone,
        day_ends=file.day_ends,
        english=frozenset(file.language.english.split()),
        foreign=frozenset(file.language.foreign.split()),
        short=Shorthand(
            full=_short(file.spelling.short, path),
            long=tuple(file.spelling.misspelt.split()),
            own=frozenset(file.spelling.spelt.split()),
        ),
        topics=tuple(_topic(each, families, path, f"topics[{number}]") for number, each in enumerate(file.topics)),
        adverse=_expression(rf"\b(?:{file.language.adverse})\b", families, path, "language.adverse").regex,
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _fault(path, "", f"cannot be opened ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _fault(path, "", f"is not TOML: {error}") from error


def _list(raw: _List, path: Path) -> CodeList:
    _require(bool(raw.source.strip()), path, f"lists.{raw.key}.source", "is empty")
    return CodeList(
        key=raw.key,
        name=raw.name,
        url=raw.url,
        source=raw.source,
        reviewed=raw.reviewed.isoformat(),
        aliases=tuple(raw.aliases),
        letter_o_is_zero=raw.letter_o_is_zero,
    )


def _systems(lists: dict[str, CodeList], path: Path) -> dict[str, CodeList]:
    systems: dict[str, CodeList] = {}
    for known in lists.values():
        for url in (known.url, *known.aliases):
            taken = systems.setdefault(fold_system(url), known)
            _require(taken is known, path, f"lists.{known.key}", f"shares a URL with {taken.key}")
    return systems


def _codes(file: _File, lists: dict[str, CodeList], path: Path) -> list[CodeRule]:
    rules: list[CodeRule] = []
    for key, codes in file.codes.items():
        _require(key in lists, path, f"codes.{key}", "is the key of no list")
        for code, raw in codes.items():
            place = f"codes.{key}.{code}"
            read = _convert(raw, _Code, path, place)
            _require(read.kind in KINDS, path, place, "has an unknown kind")
            _require(read.reason_kind in REASON_KINDS, path, place, "has an unknown reason_kind")
            _require(fold_code(code, lists[key]) == code, path, place, "is not written as its list writes codes")
            fields = {name: getattr(read, name) for name in _Code.__struct_fields__}
            rules.append(CodeRule(system=lists[key].url, code=code, list_name=lists[key].name, **fields))
    return rules


def _short(told: dict[str, str], path: Path) -> dict[str, str]:
    """Return each short form with what it stands for; several share a line as "svc, srvc"."""
    known: dict[str, str] = {}
    for forms, full in told.items():
        for form in map(str.strip, forms.split(",")):
            _require(form not in known, path, f"spelling.short.{form}", "is told twice")
            known[form] = full
    return known


def _families(told: dict[str, str], path: Path) -> dict[str, str]:
    """Return each family with the earlier ones that it names written out."""
    known: dict[str, str] = {}
    for name, words in told.items():
        known[name] = _spelled(words, known, path, f"families.{name}")
    return known


def _spelled(pattern: str, families: dict[str, str], path: Path, place: str) -> str:
    """Return a pattern with "{papers}" as the words of that family."""

    def words(found: re.Match[str]) -> str:
        _require(found[1] in families, path, place, f"names the unknown family {found[1]}")
        bound = "" if found[1] == "any" else r"\b"  # "he" is no part of "the"
        return f"{bound}(?:{families[found[1]]})"

    return _FAMILY.sub(words, pattern)


def _cues(raw: dict[str, Any], families: dict[str, str], path: Path, place: str) -> list[Cue]:
    read = _convert(raw, _Cue, path, place)
    _require(read.says in SAYS, path, place, "says something unknown")
    _require(read.reason_kind in REASON_KINDS, path, place, "has an unknown reason_kind")
    _require((read.says == "decision") == (read.decision is not None), path, place, "needs decision with says=decision")
    _require((read.says == "reason") == (read.route is not None), path, place, "needs route with says=reason")
    return [
        Cue(
            pattern=pattern,
            reason_kind=read.reason_kind,
            route=read.route,
            label=read.label,
            says=read.says,
            decision=read.decision,
            weak=read.weak,
            last=read.last,
            expression=_expression(pattern, families, path, f"{place}.patterns[{number}]"),
        )
        for number, pattern in enumerate(read.patterns)
    ]


def _topic(raw: _Topic, families: dict[str, str], path: Path, place: str) -> Topic:
    _require(raw.reason_kind in REASON_KINDS, path, place, "has an unknown reason_kind")
    lists = (raw.telling, raw.hinting, raw.excluding or "")
    telling, hinting, excluding = (
        _expression(rf"\b(?:{_BREAK.sub('', each)})\b", families, path, place).regex for each in lists
    )
    return Topic(raw.reason_kind, telling, hinting, excluding if raw.excluding else None)


def _expression(pattern: str, families: dict[str, str], path: Path, place: str) -> Expression:
    pattern = _spelled(pattern, families, path, place)
    _require(not _DIGIT.search(pattern), path, place, "names a number, and cues see every number as zeros")
    _require(
        not _ANY_FIRST.match(pattern), path, place, "begins with any word, which would read a long word over and over"
    )
    # "peer to peer" is also written with hyphens, line breaks and double blanks; a lookbehind needs one width
    pattern = pattern.replace(r"\w+ ", r"\w+(?:[/'.,]\w+)* ")  # "records requested on 11/12 were not received"
    single = _LOOKBEHIND.sub(lambda found: found[0].replace(" ", r"[\s\-]"), pattern)
    try:
        spaced = single.replace("cannot", "can not").replace(" ?", r"[\s\-]*").replace(" ", r"[\s\-]+")
        return Expression(r"(?<![a-z])" + spaced)  # a pattern begins where a word does
    except re.error as error:
        raise _fault(path, place, f"is not a regular expression: {error}") from error


def _convert(raw: object, kind: type[_T], path: Path, place: str) -> _T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise _fault(path, place, str(error)) from error


def _require(holds: bool, path: Path, place: str, problem: str) -> None:
    if not holds:
        raise _fault(path, place, problem)


def _fault(path: Path, place: str, problem: str) -> Misconfigured:
    return Misconfigured(path.name, f"{place} {problem}".strip(), next="Correct the rule file and start again.")
