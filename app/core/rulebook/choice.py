"""Which payer's rule an answer falls under, why that one, and what would lead to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.denial import Coverage, Denial
from app.core.people import Party
from app.core.rulebook.matching import Case, case_of, match_case, rules_of
from app.core.rulebook.payers import SETTINGS, PayerRule
from app.core.rulebook.phrases import FUNDING, LINES, REASONS, SERVICES
from app.core.rulebook.phrases import SETTINGS as SETTING_WORDS
from app.core.rulebook.words import listed, rule_title


@dataclass(frozen=True, slots=True)
class Choice:
    """
    The rule that governs an answer (None: no payer is surely known, or its rules are for other plans).

    facts: what of the case decides, (what, its words or None where it is not known)
    because: sentences, whose rule first. changes: what would lead to another rule, or to none
    """

    rule: PayerRule | None
    facts: tuple[tuple[str, str | None], ...]
    because: tuple[str, ...]
    changes: tuple[str, ...]


def choose_rule(rules: Sequence[PayerRule], coverage: Coverage, denial: Denial) -> Choice:
    """
    Return the rule that matching.match_payer gives for this answer, explained.

    What would change it is found by asking again with each fact another, so it says what the matching does.
    """
    case = case_of(coverage, denial)
    rule = match_case(rules, case, denial.insurer)
    return Choice(
        rule,
        _facts(case, denial),
        (*_whose(rules, case, denial), *(_fits_because(rule, case) if rule else _fits_none(rules, case, denial))),
        (*_changes(rules, case, denial, rule), *_vendor_changes(rules, rule)),
    )


def _facts(case: Case, denial: Denial) -> tuple[tuple[str, str | None], ...]:
    plan = case.plan
    return (
        ("Plan's payer", _called(plan.payer) or None),
        ("Who answered", _called(denial.insurer) or None),
        ("Line of business", _said(plan.line_of_business, LINES)),
        ("Funding", _said(plan.funding, FUNDING)),
        ("State", plan.state),
        ("Service", _said(case.service, SERVICES)),
        ("Setting", _said(case.setting, SETTING_WORDS)),
    )


def _whose(rules: Sequence[PayerRule], case: Case, denial: Denial) -> Iterator[str]:
    """Yield who was asked: the vendor that answered, the plan's payer, the answer's insurer."""
    payer, insurer = case.plan.payer, denial.insurer
    if rules_of([each for each in rules if each.vendor], insurer):
        yield f"{_called(insurer)} answered. It decides for other payers: its own rule counts, not the plan's payer's."
    elif rules_of(rules, payer):
        yield f"The plan's payer is {_called(payer)}{_by(rules, payer)}."
    elif rules_of(rules, insurer):
        yield f"The answer's insurer is {_called(insurer)}{_by(rules, insurer)}."
    elif _called(payer) or _called(insurer):
        yield (
            f"{_called(payer) or _called(insurer)} is in no rule, by name or by number. "
            "Another payer's rule is never used in its place."
        )
    else:
        yield "Neither the plan nor the answer names a payer."


def _called(party: Party) -> str:
    return (party.name or "").strip() or next((value for _, value in party.identifiers), "")


def _by(rules: Sequence[PayerRule], party: Party) -> str:
    ids = {each for each in party.identifiers if each[0]}
    return ", known by its number" if any(ids.intersection(each.identifiers) for each in rules) else ", known by name"


def _fits_because(rule: PayerRule, case: Case) -> Iterator[str]:
    """Yield for what the rule is, each with the case's own fact beside it."""
    facts = (
        ("line of business", listed(rule.lines_of_business, LINES), _said(case.plan.line_of_business, LINES)),
        ("funding", listed(rule.funding, FUNDING), _said(case.plan.funding, FUNDING)),
        ("state", listed(rule.states), case.plan.state),
        ("service", SERVICES.get(rule.services or "", ""), _said(case.service, SERVICES)),
        ("setting", listed(rule.settings, SETTING_WORDS), _said(case.setting, SETTING_WORDS)),
        ("reason", listed(rule.reasons, REASONS), _said(case.reason, REASONS)),
    )
    wanted = [each for each in facts if each[1]]
    if not wanted:
        yield "This rule is for every plan of this payer."
    for what, listed_words, own in wanted:
        if own is None:
            yield f"The rule is for {listed_words}; the case's {what} is not known, and nothing speaks against it."
        else:
            yield f"The rule is for {listed_words}; this is {own}."
    if rule.effective or rule.until:
        since = f"from {rule.effective}" if rule.effective else ""
        until = f"before {rule.until}" if rule.until else ""
        yield f"It is for answers {' and '.join(each for each in (since, until) if each)}."


def _fits_none(rules: Sequence[PayerRule], case: Case, denial: Denial) -> Iterator[str]:
    """Yield why none of the payer's rules is this case's."""
    for each in _candidates(rules, case, denial):
        yield f"{rule_title(each)} is not for this case: {_unfit(each, case)}."


def _unfit(rule: PayerRule, case: Case) -> str:
    """Return the first fact that speaks against a rule."""
    plan = case.plan
    # A plan's unknown state or funding excludes no rule; every other fact that a rule names must be known.
    for values, own, what, words, needed in (
        (rule.lines_of_business, plan.line_of_business, "line of business", LINES, True),
        (rule.funding, plan.funding, "funding", FUNDING, False),
        (rule.states, plan.state, "state", {}, False),
        (rule.settings, case.setting, "setting", SETTING_WORDS, True),
        (rule.reasons, case.reason, "reason", REASONS, True),
        ((rule.services or "",), case.service, "service", SERVICES, False),
    ):
        if any(values) and own not in values and (own or needed):
            return f"the {what} is {words.get(own, own)}" if own else f"the {what} is not known"
    return "it is a report, no answer's rule" if rule.report else "it is for other payers, or for another time"


def _candidates(rules: Sequence[PayerRule], case: Case, denial: Denial) -> list[PayerRule]:
    """Return the rules of those who were asked."""
    answered = rules_of([each for each in rules if each.vendor], denial.insurer)
    if answered:
        return answered
    both = (*rules_of(rules, case.plan.payer), *rules_of(rules, denial.insurer))
    return list(dict.fromkeys(both))


def _changes(rules: Sequence[PayerRule], case: Case, denial: Denial, rule: PayerRule | None) -> Iterator[str]:
    """Yield a sentence for each other outcome that one fact, told otherwise, would have."""
    candidates = _candidates(rules, case, denial)
    for what, values, words, bend in _dimensions(candidates, case):
        outcomes: dict[PayerRule | None, list[str]] = {}
        for value in values:
            other = match_case(rules, bend(value), denial.insurer)
            if other is not rule:
                outcomes.setdefault(other, []).append(value)
        for other, others in outcomes.items():
            leads_to = rule_title(other) if other else "no known rule"
            yield f"Were the {what} {listed(others, words)}: {leads_to}."


def _dimensions(candidates: Sequence[PayerRule], case: Case):
    """Yield (fact, the values it may have, their words, how the case looks with one) for every fact that counts."""
    plan = case.plan

    def of_plan(name: str):
        return lambda value: replace(case, plan=replace(plan, **{name: value}))

    def of_case(name: str):
        return lambda value: replace(case, **{name: value})

    states = {state for each in candidates for state in each.states} - {plan.state}
    elsewhere = ["another"] if plan.state in {state for each in candidates for state in each.states} else []
    named_settings = [each for each in SETTINGS if any(each in rule.settings for rule in candidates)]
    for what, field, values, words, bend in (
        ("line of business", plan.line_of_business, LINES, LINES, of_plan("line_of_business")),
        ("funding", plan.funding, FUNDING, FUNDING, of_plan("funding")),
        ("state", plan.state, [*sorted(states), *elsewhere], {}, of_plan("state")),
        ("service", case.service, SERVICES, SERVICES, of_case("service")),
        ("setting", case.setting, named_settings, SETTING_WORDS, of_case("setting")),
        ("reason", case.reason, REASONS, REASONS, of_case("reason")),
    ):
        yield what, [each for each in values if each != field], words, bend


def _vendor_changes(rules: Sequence[PayerRule], rule: PayerRule | None) -> Iterator[str]:
    for each in rules:
        if rule is not None and each.key in rule.vendors:
            yield f"Were the answer {each.payer}'s, which decides for {rule.payer}: {rule_title(each)}."


def _said(value: str | None, words: dict[str, str]) -> str | None:
    return words.get(value, value) if value else None
