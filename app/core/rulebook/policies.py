"""
A site's own policies: documents that somebody here read and put in, version by version, and which one is in force.

What stands in a document is data: headings and paragraphs are found in it, nothing of it is ever run, followed or
rendered as markup.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.core.rulebook.criteria import ReviewQuestion, ServiceCriteria, plain_code
from app.core.rulebook.matching import plain_name
from app.errors import Refused

MARKDOWN, TEXT, TOML = "markdown", "text", "toml"
LONGEST_TEXT = 200_000  # characters of one document
MOST_DOCUMENTS = 400  # of one tenant

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+•·▪]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[.)])[ \t]+(?=\S)")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_RULE = re.compile(r"[ \t]*[-*_=|:+ \t]{3,}$")
_TITLE = re.compile(r"(?:\d+(?:\.\d+)*\.?[ \t]+)?[A-Z][^.;,:!?]{2,78}:?$")
_TABLE = re.compile(r"[ \t]*\|")


class PolicyMoved(Refused):
    """Somebody else put a version in since the page was shown."""

    say = "Somebody put in another version of this policy while you were looking at it."
    next = "Look at the policy as it is now, then save again if yours is still right. Nothing of yours was kept yet."
    field = None


class NoSuchPolicy(Refused):
    """There is no policy of this id here, or no such version of it."""

    say = "There is no such policy here."
    next = "Go back to the list of policies."


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Where a paragraph, a row or an item of a list stands in its section's text, without its mark; `is_item`."""

    start: int
    end: int
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class PolicySection:
    """What stands under one heading, word for word. heading: "" before the first one."""

    heading: str
    text: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def words(self) -> tuple[tuple[str, bool], ...]:
        """Each paragraph verbatim, and whether it is an item of a list."""
        return tuple((self.text[each.start : each.end], each.is_item) for each in self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """
    One version of a policy as it stands on the list; the text is read apart.

    id: of the document, the same for all its versions; version: 1, 2, 3 …
    payer: its name, None for any; services: keys of services; codes: of services, capitals without dots, "J17*" for all
    that begin so; number: by which the payer cites it
    effective: the day from which it holds; of the version that retires it, the day from which nothing does
    form: markdown | text | toml; has_criteria: whether it is a TOML of criteria
    """

    id: str
    version: int
    title: str
    payer: str | None
    services: tuple[str, ...]
    codes: tuple[str, ...]
    number: str | None
    source: str
    effective: date
    form: str
    why: str
    by: str
    by_name: str
    at: datetime
    has_criteria: bool = False
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A version with what stands in it. criteria: where it is a TOML of criteria, what they are."""

    told: PolicyVersion
    sections: tuple[PolicySection, ...]
    criteria: ServiceCriteria | None = None
    without: tuple[str, ...] = ()  # keys of shipped criteria that this payer does not ask for
    aside: str | None = None  # why nothing of it is used: it does not fit the rules as they are by now


def in_force(versions: Iterable[PolicyVersion], on: date) -> PolicyVersion | None:
    """
    Return the version of one document that holds on a day, None where none does.

    The latest effective one holds, the later put in of two of one day. A retirement ends all that was put in before it
    from its day on; a version put in after it holds again.
    """
    standing: list[PolicyVersion] = []
    for each in sorted(versions, key=lambda one: one.version):
        if each.is_retired:
            standing = [one for one in standing if one.effective < each.effective]
        standing.append(each)
    best = max((one for one in standing if one.effective <= on), key=lambda o: (o.effective, o.version), default=None)
    return None if best is None or best.is_retired else best


def documents(versions: Iterable[PolicyVersion]) -> dict[str, tuple[PolicyVersion, ...]]:
    """Return the versions by document, the oldest first."""
    found: dict[str, list[PolicyVersion]] = {}
    for each in sorted(versions, key=lambda one: one.version):
        found.setdefault(each.id, []).append(each)
    return {key: tuple(each) for key, each in found.items()}


def of_payer(versions: Iterable[PolicyVersion], *, payers: Iterable[str], on: date) -> tuple[PolicyVersion, ...]:
    """Return what holds on a day for a payer of one of these names: its own policies first, then those of any payer."""
    names = {plain_name(each) for each in payers} - {""}
    held = [found for each in documents(versions).values() if (found := in_force(each, on))]
    ours = [each for each in held if each.payer is None or plain_name(each.payer) in names]
    return tuple(sorted(ours, key=lambda each: (each.payer is None, each.title.casefold(), each.id)))


def is_for(version: PolicyVersion, *, service: str | None, codes: Iterable[str]) -> bool:
    """Whether a policy is for a service of this key, or of one of these codes."""
    if service is not None and service in version.services:
        return True
    asked = {plain_code(each) for each in codes}
    stems = tuple(each[:-1] for each in version.codes if each.endswith("*"))
    return any(each in version.codes or (stems and each.startswith(stems)) for each in asked)


def with_own(shipped: Sequence[ServiceCriteria], own: Iterable[Policy]) -> tuple[ServiceCriteria, ...]:
    """
    Return the criteria of every service with a site's own in them (decision 0043).

    own: the payer's own first, as of_payer gives them; of two for one service the first counts.
    """
    found = {each.key: each for each in shipped}
    taken: set[str] = set()
    for policy in own:
        told = policy.criteria
        if told is None or told.key in taken:
            continue
        taken.add(told.key)
        found[told.key] = _laid_over(found[told.key], told, policy.without) if told.key in found else told
    return tuple(sorted(found.values(), key=lambda one: (one.generic, one.key)))


def _laid_over(beneath: ServiceCriteria, told: ServiceCriteria, without: Sequence[str]) -> ServiceCriteria:
    """A criterion of the same key takes its place, others follow; what the site leaves out stays as shipped."""
    own = {each.key: each for each in told.criteria}
    kept = [own.pop(each.key, each) for each in beneath.criteria if each.key not in without]
    keys = {each.key for each in kept} | own.keys()
    asked = {each.key: each for each in (*beneath.questions, *told.questions)}
    questions = (_resting(each, keys) for each in asked.values())
    return ServiceCriteria(
        key=told.key,
        label=told.label,
        source=told.source,
        reviewed=told.reviewed,
        criteria=(*kept, *own.values()),
        codes=beneath.codes + told.codes,
        cues=beneath.cues or told.cues,
        diagnoses=told.diagnoses or beneath.diagnoses,
        measures=beneath.measures + told.measures,
        therapy_codes=beneath.therapy_codes + told.therapy_codes,
        therapy_cues=told.therapy_cues or beneath.therapy_cues,
        fallbacks=told.fallbacks or beneath.fallbacks,
        questions=tuple(each for each in questions if each is not None),
        alternatives=tuple({each.key: each for each in (*beneath.alternatives, *told.alternatives)}.values()),
        literature=beneath.literature + told.literature,
        generic=beneath.generic,
    )


def _resting(question: ReviewQuestion, keys: set[str]) -> ReviewQuestion | None:
    """Return a question that rests only on criteria that are there, None where nothing would answer it any more."""
    rests = tuple(each for each in question.rests_on if each in keys)
    return replace(question, rests_on=rests) if rests or question.tells else None


def read_sections(text: str, *, form: str = MARKDOWN) -> tuple[PolicySection, ...]:
    """
    Return the headings of a document and what stands under each, verbatim: every section's text is a piece of `text`.

    form: markdown (# headings and underlined ones) or text (a short line of its own, without a full stop, is one).
    A million signs take a million steps: each line is looked at once.
    """
    lines = tuple(_lines(text))
    found: list[PolicySection] = []
    heading, start, index, fenced = "", 0, 0, False
    for index, (at, line) in enumerate(lines):
        fenced ^= _FENCE.match(line) is not None
        title = None if fenced else _title(lines, index, form)
        if title is None:
            continue
        found.append(_section(heading, text[start:at], form))
        heading, start = title, at + len(line)
        if form == MARKDOWN and not _HEADING.match(line):  # its underline is no paragraph
            below = lines[index + 1]
            start = below[0] + len(below[1])
    found.append(_section(heading, text[start:], form))
    return tuple(each for each in found if each.heading or each.paragraphs)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with where it begins, its end of line left out."""
    at = 0
    for line in text.split("\n"):
        yield at, line.rstrip("\r")
        at += len(line) + 1


def _title(lines: Sequence[tuple[int, str]], index: int, form: str) -> str | None:
    line = lines[index][1]
    if not line.strip() or len(line) > 300:
        return None
    alone = (index == 0 or not lines[index - 1][1].strip()) and not _ITEM.match(line)
    if form == MARKDOWN:
        marked = _HEADING.match(line)
        if marked:
            return marked[2].rstrip().rstrip("#").rstrip() or None
        below = lines[index + 1][1] if index + 1 < len(lines) else ""
        underlined = alone and len(below.strip()) > 1 and _UNDERLINE.match(below)
        return line.strip() if underlined and not _RULE.match(line) else None
    ends = index + 1 >= len(lines) or not lines[index + 1][1].strip()
    return line.strip() if alone and ends and _TITLE.match(line.strip()) else None


def _section(heading: str, text: str, form: str) -> PolicySection:
    paragraphs: list[Paragraph] = []
    open_at: int | None = None
    end, is_item = 0, False

    def close() -> None:
        nonlocal open_at
        if open_at is not None and text[open_at:end].strip():
            paragraphs.append(Paragraph(open_at, end, is_item))
        open_at = None

    for at, line in _lines(text):
        stripped = line.strip()
        if not stripped or _FENCE.match(line) or _RULE.match(line):
            close()
            continue
        item, row = _ITEM.match(line), form == MARKDOWN and _TABLE.match(line)
        if item or row or open_at is None:
            close()
            indent = item.end() if item else len(line) - len(line.lstrip())
            open_at, is_item = at + indent, item is not None
        end = at + len(line.rstrip())
    close()
    return PolicySection(heading, text, tuple(paragraphs))
