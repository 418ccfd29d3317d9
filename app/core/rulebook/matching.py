"""
Which payer's rule governs an answer.

Found by identifier, then by normalised name; never by likeness: another payer's rule is worse than none.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.denial import Coverage, Denial
from app.core.people import Party
from app.core.rulebook.payers import PayerRule, service_kind

_WORD = re.compile(r"[a-z0-9]+")
# Words that a payer's name may or may not carry.
_EMPTY = frozenset("the inc incorporated llc ltd corp corporation co company companies and".split())


@dataclass(frozen=True, slots=True)
class Case:
    """What decides between a payer's programmes; None is what is not known."""

    plan: Coverage
    service: str | None = None  # drugs | medical
    setting: str | None = None
    reason: str | None = None  # Routing.reason_kind
    on: datetime.date | None = None


def match_payer(
    rules: Sequence[PayerRule],
    coverage: Coverage,
    denial: Denial,
    *,
    setting: str | None = None,
    reason: str | None = None,
) -> PayerRule | None:
    """
    Return the rule for this answer, None when no payer is surely known or its rules are for other plans.

    The plan's payer is asked before the answer's insurer, unless the answer comes from a vendor: who decided talks, and
    where the vendor's rules are for other plans or payers, nothing is known of it.
    A rule for one line of business, kind of service, setting or reason needs that to be known, and goes before a
    general one; a rule for some states goes before it where the state is known.
    """
    return match_case(rules, case_of(coverage, denial, setting=setting, reason=reason), denial.insurer)


def case_of(coverage: Coverage, denial: Denial, *, setting: str | None = None, reason: str | None = None) -> Case:
    """Return what of an answer decides between a payer's programmes."""
    on = denial.created_at.date() if denial.created_at else None
    return Case(coverage, service_kind(denial), setting, reason, on)


def match_case(rules: Sequence[PayerRule], case: Case, insurer: Party) -> PayerRule | None:
    """Return the rule for an answer of this insurer, as match_payer does."""
    answered = rules_of([each for each in rules if each.vendor], insurer)
    if answered:
        payer = {each.key for each in rules_of(rules, case.plan.payer)}
        known = bool(case.plan.payer.name or case.plan.payer.identifiers)
        return best_rule((each for each in answered if _serves(each, payer, known)), case)
    return best_rule(rules_of(rules, case.plan.payer), case) or best_rule(rules_of(rules, insurer), case)


def rule_called(rules: Sequence[PayerRule], word: str, case: Case) -> PayerRule | None:
    """
    Return the rule that a person calls by its key or by a payer's name, None where it is for other plans.

    A key whose rule is for other plans may stand for the same payer's rule for this plan.
    """
    by_key = next((each for each in rules if each.key == word.strip().lower()), None)
    if by_key is not None and fits(by_key, case, named=True):
        return by_key
    name = plain_name(word)
    names = set(by_key.names) if by_key else {name} - {""}
    return best_rule((each for each in rules if names.intersection(each.names)), case)


def best_rule(rules: Iterable[PayerRule], case: Case) -> PayerRule | None:
    """Return the most specific of these rules that fits, None when none does."""
    fitting = (each for each in rules if fits(each, case))
    return min(fitting, key=lambda each: _specific_first(each, case), default=None)


def fits(rule: PayerRule, case: Case, *, named: bool = False) -> bool:
    """Whether a rule is for this case. named: somebody says it is, so only a known fact speaks against it."""
    if case.on is not None and not (rule.effective or case.on) <= case.on < (rule.until or datetime.date.max):
        return False
    plan = case.plan
    if rule.states and plan.state is not None and plan.state not in rule.states:
        return False
    if rule.funding and plan.funding is not None and plan.funding not in rule.funding:
        return False
    if named and case.service is None:
        services = True
    else:
        services = rule.services is None or rule.services == (case.service or "medical")
    needed = (
        (rule.lines_of_business, plan.line_of_business),
        (rule.settings, case.setting),
        (rule.reasons, case.reason),
    )
    known = all(not listed or value in listed or (named and value is None) for listed, value in needed)
    return services and known and (named or not rule.report)


def rules_of(rules: Iterable[PayerRule], party: Party) -> list[PayerRule]:
    """Return the rules of a party: by an identifier with its system, else by its name."""
    rules = list(rules)
    ids = {(system, value) for system, value in party.identifiers if system}
    by_id = [each for each in rules if ids.intersection(each.identifiers)] if ids else []
    if by_id or not party.name:
        return by_id
    name = plain_name(party.name)
    return [each for each in rules if name in each.names]


def _serves(vendor: PayerRule, payer: set[str], known: bool) -> bool:
    """Whether a vendor's rule is for this payer: for any where it names none, or where the payer is not told."""
    return not vendor.for_payers or not known or bool(payer.intersection(vendor.for_payers))


def _specific_first(rule: PayerRule, case: Case) -> tuple[bool, bool, bool, bool, bool, str]:
    states = bool(rule.states) if case.plan.state is None else not rule.states
    return (not rule.reasons, not rule.settings, rule.services is None, not rule.lines_of_business, states, rule.key)


def plain_name(name: str) -> str:
    """Return a payer's name without case, accents, punctuation, spaces and company forms."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    words = _WORD.findall("".join(each for each in folded if not unicodedata.combining(each)))
    return "".join(word for word in words if word not in _EMPTY)
