"""The rule book of a tenant, its own edits of it, and its policies."""

from collections.abc import Mapping
from typing import Any, Protocol

from app.core.denial import Coverage, Denial
from app.core.rulebook.calls import CallRules
from app.core.rulebook.denials import DenialRules
from app.core.rulebook.duties import Duty
from app.core.rulebook.edits import RuleEdit
from app.core.rulebook.follows import Follows
from app.core.rulebook.payers import PayerRule
from app.core.rulebook.policies import Policy, PolicyVersion
from app.core.rulebook.recording import ConsentRules


class Rules(Protocol):
    """
    The rule book of one tenant, the same for as long as one page or one pass lasts.

    version: the number of the tenant's latest edit, 0 for none. edits: all of them, oldest first. aside: those that do
    not fit the rules as they are now, by number, and why
    """

    denials: DenialRules
    calendar: Any  # BusinessCalendar: closed days by payer
    criteria: tuple[Any, ...]  # ServiceCriteria
    follows: Follows
    payers: tuple[PayerRule, ...]
    calls: CallRules
    duties: tuple[Duty, ...]
    recording: ConsentRules
    version: int
    edits: tuple[RuleEdit, ...]
    aside: Mapping[int, str]

    def payer_rule(self, coverage: Coverage, denial: Denial) -> PayerRule | None: ...
    def payer_by_key(self, key: str | None) -> PayerRule | None: ...
    def at(self, version: int) -> "Rules":
        """Return the book as it was when this edit was the latest."""
        ...

    def anew(self) -> "Rules":
        """Return the book as it stands by now: somebody may have changed it since this page began."""
        ...

    def tried(self, edit: RuleEdit) -> "Rules":
        """Return the book with one more edit; raises Unfit."""
        ...

    def told(self, key: str) -> Mapping[str, Any]:
        """Return what a rule says, by field, as the rule files write it."""
        ...

    def saying(self, edit: RuleEdit, *, before: bool = False) -> PayerRule:
        """Return a rule that says the edit's values alone, or those before it: to be put into words."""
        ...

    def is_added(self, key: str) -> bool:
        """Whether a payer was added on the page."""
        ...


class RuleEdits(Protocol):
    """A tenant's own edits of the rule book, each kept for good."""

    def rules_version(self, tenant: str) -> int: ...
    def rule_edits(self, tenant: str) -> tuple[RuleEdit, ...]: ...


class PolicyShelf(Protocol):
    """Where a tenant's policies are kept, version by version, each for good."""

    def versions(self, tenant: str) -> tuple[PolicyVersion, ...]:
        """Return every version of every document, without its text, in the order of documents and versions."""
        ...

    def text(self, tenant: str, policy_id: str, version: int) -> str:
        """Return what was put in, character for character; raises NoSuchPolicy."""
        ...

    def keep(self, tenant: str, version: PolicyVersion, text: str) -> None:
        """Keep a version and audit it in one transaction; raises PolicyMoved when its number is taken."""
        ...


class Policies(PolicyShelf, Protocol):
    """A tenant's policies, read."""

    def read(self, tenant: str, version: PolicyVersion) -> Policy:
        """Return a version with what stands in it; what fits the rules no more is set aside and says why."""
        ...

    def tried(self, version: PolicyVersion, text: str) -> Policy:
        """Return what a text would be; raises RuleRefused, field "text", naming line and place."""
        ...
