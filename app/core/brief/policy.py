"""
The payer's policy beside the brief: excerpts in the document's own words, what they leave open, and what nobody read.

An excerpt is a piece of a document that a person here put in, character for character. A policy that the denial cites
and nobody put in is named, never quoted.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.brief.ambiguity import ambiguities_of
from app.core.brief.answer import reasons_said, without_generalities
from app.core.brief.gate import Todo
from app.core.brief.words import fold, split_sentences
from app.core.detect.cited import policies_in
from app.core.rulebook.criteria import Criterion, ServiceCriteria
from app.core.rulebook.matching import plain_name
from app.core.rulebook.policies import Policy, PolicySection, PolicyVersion

__all__ = ["Excerpt", "Policy", "PolicyTold", "Unread", "excerpts_of", "policy_todos", "tell_policies", "unread_of"]

MOST_EXCERPTS = 6
_LONGEST_QUOTE = 700
_LONGEST_SEARCHED = 2_000
_WORD = re.compile(r"[a-z][a-z-]{3,}")
_COMMON = frozenset(
    "this that with from have been were will shall must when where which your their there these those than then them "
    "into about under above below also such other each only most more been being does under upon after before request "
    "requested service services patient patients member members treatment criteria criterion policy medical medically "
    "necessary necessity documentation documented records clinical information submitted shown provided review denied "
    "denial coverage covered considered following plan health procedure care".split()
)
_ASKS = re.compile(r"\b(?:must|required?|requires|at least|all of|one of|criteria|documented|failure|failed|unless)\b")
_TOKEN = re.compile(r"[a-z0-9][a-z0-9.\-/]*\d[a-z0-9.\-/]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """
    A piece of a policy that was read, word for word.

    title: of the policy; section: the heading it stands under, "" for none; quote: verbatim from the document
    criterion_key: of the criterion at issue that it was chosen for, None where it was chosen by the denial's words
    ambiguity: what the quote leaves open, in a sentence or more, None where nothing was found
    """

    title: str
    section: str
    quote: str
    criterion_key: str | None
    ambiguity: str | None
    source: str
    effective: date
    policy_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A policy that the denial cites and that was not read here: `cited` as the payer writes it, `todo` what to do."""

    cited: str
    todo: str

    @property
    def said(self) -> str:
        """What the page says of it."""
        return f"The denial cites “{self.cited}”. It was not read here, so nothing of it is quoted."


@dataclass(frozen=True, slots=True)
class PolicyTold:
    """What stands beside the brief: excerpts, and what the denial cites that nobody read."""

    excerpts: tuple[Excerpt, ...] = ()
    unread: tuple[Unread, ...] = ()
    silent: tuple[PolicyVersion, ...] = ()  # in force, and nothing was found in it that speaks to the reason

    def __bool__(self) -> bool:
        return bool(self.excerpts or self.unread or self.silent)


def tell_policies(
    policies: Sequence[Policy], rule: ServiceCriteria | None, *, words: str, known: Iterable[PolicyVersion], on: date
) -> PolicyTold:
    """
    Return excerpts of the policies, and what the denial cites beside them.

    policies: those in force for this payer and service on the denial's day, the payer's own first
    words: the payer's reason, verbatim. known: every version that somebody put in, to tell "never read" from "not of
    that day"; on: the denial's day
    """
    governing = [each.told for each in policies]
    excerpts = excerpts_of(policies, rule, words=words)
    quoted = {each.policy_id for each in excerpts}
    others = [each for each in policies if each.told.id not in quoted]  # said all there was room for, or nothing
    silent = tuple(each.told for each in others if not excerpts_of([each], rule, words=words))
    return PolicyTold(excerpts, unread_of(words, governing, known=known, on=on), silent)


def excerpts_of(policies: Sequence[Policy], rule: ServiceCriteria | None, *, words: str) -> tuple[Excerpt, ...]:
    """
    Return up to six pieces of these policies, for each criterion at issue the one that speaks of it most.

    At issue are the criteria that the payer's words ask for; all of them where the words deny in general; where they
    ask for something that no criterion knows, the words themselves choose. A policy that says nothing is not quoted.
    """
    said = fold(" ".join(reasons_said(words)))
    asked = _at_issue(rule.criteria if rule else (), said)
    wanted = _telling(said)
    found: dict[tuple[str, str], Excerpt] = {}
    for policy in policies:
        passages = [(section, quote, fold(quote)) for section in policy.sections for quote in _passages(section)]
        for criterion in asked or [None]:
            best = max(((_score(each, criterion, wanted), -n) for n, each in enumerate(passages)), default=(0, 0))
            if best[0] > 0:
                excerpt = _excerpt(policy, passages[-best[1]], criterion)
                found.setdefault((excerpt.policy_id, excerpt.quote), excerpt)
    return tuple(found.values())[:MOST_EXCERPTS]


def policy_todos(told: PolicyTold) -> tuple[Todo, ...]:
    """Return what is to be got of policies before the call; none of it keeps a brief here."""
    return tuple(Todo(f"policy.{plain_name(each.cited)[:60]}", each.todo, False) for each in told.unread)


def unread_of(
    words: str, governing: Sequence[PolicyVersion], *, known: Iterable[PolicyVersion], on: date
) -> tuple[Unread, ...]:
    """Return the policies that the payer's words cite and that were not read as they stood on the denial's day."""
    known, found = tuple(known), []
    for each in policies_in(words):
        cited = each.value
        if any(_is_cited(one, cited) for one in governing):
            continue
        if older := next((one for one in known if not one.is_retired and _is_cited(one, cited)), None):
            said = (
                f"Get “{cited}” as it stood on {on.isoformat()}: what is here of “{older.title}” is not for that day."
            )
            found.append(Unread(cited, f"{said[:-1]}, payer and service."))
        else:
            found.append(Unread(cited, f"Get the policy “{cited}” from the payer and put it in under Rules."))
    return tuple(found)


def _is_cited(version: PolicyVersion, cited: str) -> bool:
    """Whether a citation names this policy: by its number, or by its whole title."""
    numbers = set(_TOKEN.findall(fold(cited)))
    ours = set(_TOKEN.findall(fold(f"{version.number or ''} {version.title}")))
    if version.number and plain_name(version.number) and plain_name(version.number) in plain_name(cited):
        return True
    title, named = plain_name(version.title), plain_name(cited)
    whole = len(title) >= 8 and len(named) >= 8 and (title in named or named in title)
    return whole and (not numbers or not ours or bool(numbers & ours))


def _at_issue(criteria: Sequence[Criterion], said: str) -> list[Criterion]:
    """Return the criteria that a folded reason asks for; all that may answer it where it denies in general."""
    asked = [each for each in criteria if each.asked is not None and each.asked.search(said)]
    is_general = without_generalities(said) != said or not said
    return asked or ([each for each in criteria if each.answers] if is_general else [])


def _passages(section: PolicySection) -> Iterator[str]:
    """Yield what may be quoted of a section, verbatim: a list with what leads it in, else each paragraph or item."""
    index, all_of = 0, section.paragraphs
    while index < len(all_of):
        first = all_of[index]
        last = index
        if not first.is_item and section.text[first.start : first.end].endswith(":"):
            while last + 1 < len(all_of) and all_of[last + 1].is_item:
                last += 1
        block = section.text[first.start : all_of[last].end]
        if last > index and len(block) <= _LONGEST_QUOTE:
            yield block
            index = last + 1
            continue
        yield from _short(section.text[first.start : first.end])
        index += 1


def _short(paragraph: str) -> Iterator[str]:
    """Yield a paragraph, or its sentences where it is long; a sentence too long is cut at a word."""
    if len(paragraph) <= _LONGEST_QUOTE:
        yield paragraph
        return
    for _, sentence in split_sentences(paragraph):
        yield sentence if len(sentence) <= _LONGEST_QUOTE else sentence[:_LONGEST_QUOTE].rpartition(" ")[0]


def _score(passage: tuple[PolicySection, str, str], criterion: Criterion | None, wanted: frozenset[str]) -> int:
    """How much a passage speaks of a criterion and of the payer's words; 0 where it is not to be quoted."""
    section, _, folded = passage
    folded = folded[:_LONGEST_SEARCHED]
    shared = len(wanted & _telling(folded))
    if criterion is None:
        return shared if shared > 1 else 0
    speaks = 4 * bool(criterion.asked and criterion.asked.search(folded))
    speaks += 3 * any(each.cues is not None and each.cues.search(folded) is not None for each in criterion.needs)
    if not speaks:
        return 0
    headed = bool(criterion.asked and criterion.asked.search(fold(section.heading)))
    return speaks + min(shared, 4) + headed + (_ASKS.search(folded) is not None)


def _telling(folded: str) -> frozenset[str]:
    """Return the words that tell one reason from another, by their first six letters."""
    return frozenset(each[:6] for each in _WORD.findall(folded) if each not in _COMMON)


def _excerpt(policy: Policy, passage: tuple[PolicySection, str, str], criterion: Criterion | None) -> Excerpt:
    section, quote, _ = passage
    told = policy.told
    return Excerpt(
        title=told.title,
        section=section.heading,
        quote=quote,
        criterion_key=criterion.key if criterion else None,
        ambiguity=" ".join(ambiguities_of(quote)) or None,
        source=told.source,
        effective=told.effective,
        policy_id=told.id,
        version=told.version,
    )
