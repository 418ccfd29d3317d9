"""Types of the rules that route a denial: what a code means, what words mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache

from app.core.denial import Code, Decision, Path
from app.core.rulebook.index import Index
from app.core.rulebook.needs import Expression
from app.core.rulebook.spelled import Shorthand


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code system that we know: `key` our word, `url` its canonical URL, `aliases` the same list by other names."""

    key: str
    name: str
    url: str
    source: str
    reviewed: str
    aliases: tuple[str, ...] = ()
    letter_o_is_zero: bool = False  # senders print OF for 0F, and 1 for 01


@dataclass(frozen=True, slots=True, eq=False)  # compared and hashed by identity: each is loaded once
class CodeRule:
    """
    What one code means. `kind`: clinical | human | administrative | approval | remark (codes.json classes E H N X; a
    remark never decides). `decision`: what the code says was decided, None for a reason that stands beside a decision.
    """

    system: str
    code: str
    label: str  # our own words
    kind: str
    route: Path
    reason_kind: str
    note: str = ""
    decision: Decision | None = None
    may_be_clinical: bool = False  # "not covered" that some payers say when they mean "not necessary"
    grade: str = "V"
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """
    Words that tell what a denial is about, as a regular expression over folded text.

    `says`: reason (what it is about) | decision (what was decided) | offer (an invitation to call) | refusal (no call
    can be had). A `weak` reason counts only where no clinical one stands beside it, a `weak` decision
    only where no denial does. A `last` decision outweighs the others: what was denied before is approved now.
    """

    pattern: str
    reason_kind: str
    route: Path | None
    label: str
    says: str = "reason"
    decision: Decision | None = None
    weak: bool = False
    last: bool = False
    expression: Expression = field(default=Expression("(?!)"), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Topic:
    """
    Words that speak of one kind of reason without giving it: those that tell much, and those that only hint.

    `excluding`: those that cast doubt on a clinical reason beside them; None where a call can change the kind
    """

    reason_kind: str
    telling: re.Pattern[str]
    hinting: re.Pattern[str]
    excluding: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)  # compared and hashed by identity: one is loaded and kept
class DenialRules:
    """All of them, with where they come from."""

    codes: Mapping[tuple[str, str], CodeRule] = field(default_factory=dict)
    cues: tuple[Cue, ...] = ()
    source: str = ""
    reviewed: str = ""
    lists: tuple[CodeList, ...] = ()
    systems: Mapping[str, CodeList] = field(default_factory=dict)  # by folded URL, aliases too
    zone: str = "UTC"  # in which a payer's day is read when nothing says where
    day_ends: time = time(17)  # "by Friday" means before this
    english: frozenset[str] = frozenset()  # words of grammar that tell the language
    foreign: frozenset[str] = frozenset()
    short: Shorthand = field(default_factory=Shorthand)  # words as payers shorten and misspell them
    topics: tuple[Topic, ...] = ()
    adverse: re.Pattern[str] | None = None  # words of a failing, without which a topic is no reason

    index: Index = field(init=False, repr=False)  # of the cues; made with the rules, not while an answer waits

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", Index([cue.expression for cue in self.cues]))

    def rule_of(self, code: Code) -> CodeRule | None:
        """Return what a code means, None when the code, its system or its list is unknown. Never by code alone."""
        if code.system is None or code.code is None:
            return None
        if (exact := self.codes.get((code.system, code.code))) is not None:
            return exact
        known = self.systems.get(fold_system(code.system))
        return self.codes.get((known.url, fold_code(code.code, known))) if known else None

    def list_of(self, code: Code) -> CodeList | None:
        """Return the list that a code's system names, None when it is none of ours."""
        return self.systems.get(fold_system(code.system)) if code.system else None


@lru_cache(maxsize=512)
def fold_system(url: str) -> str:
    """Return a system URL without scheme, www, version, closing slash and case: all of which senders vary."""
    folded = url.strip().lower().partition("|")[0].rstrip("/")
    return folded.removeprefix("https://").removeprefix("http://").removeprefix("www.")


def fold_code(code: str, known: CodeList) -> str:
    """Return a code as its list writes it: upper case where the list is, 1 as 01, and OF as 0F in X12 886."""
    folded = code.strip().upper() if known.key.startswith(("x12", "carc", "rarc")) else code.strip()
    if known.letter_o_is_zero:
        folded = folded.replace("O", "0") if len(folded) == 2 and folded.startswith("O") else folded
        folded = folded.zfill(2)
    return folded
