"""What was decided on one line: codes first, each by its own list, then words, then what the outcome allows."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.core.denial import Code, Decision, Denial, DenialLine, Quote
from app.core.detect.leaning import Leaning
from app.core.detect.words import Said, decision_in, notices_in, reasons_in, said_in
from app.core.rulebook.denials import CodeRule, DenialRules

_PLAIN = frozenset({Decision.APPROVED, Decision.DENIED, Decision.PENDED})
_GRANTED = frozenset({Decision.APPROVED, Decision.PARTIAL, Decision.MODIFIED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    A decision with what it rests on. `rules`: the codes that say it; `said`: the words; `stated` False when it was
    only inferred (a reason without a decision, or the processing outcome).
    """

    decision: Decision
    because: tuple[str, ...]
    rules: tuple[CodeRule, ...] = ()
    said: Said | None = None
    stated: bool = True


def decide_line(
    line: DenialLine,
    denial: Denial,
    *,
    inherits: bool,
    words: tuple[Said, ...],
    leaning: Leaning | None,
    rules: DenialRules,
) -> Verdict:
    """
    Return what was decided on a line.

    inherits: no line has a decision code of its own, so the header's count for every line
    words: cues in the words that speak of this line, the disposition's first
    leaning: of a bare text in which no cue stands
    """
    codes = line.actions + line.categories + ((denial.actions + denial.categories) if inherits else ())
    known = known_rules(codes, rules)
    deciding = tuple(rule for rule in known if rule.decision is not None)
    if (clash := _display_clash(codes, rules)) is not None:
        return clash
    added = tuple(rule for rule in known_rules(line.added, rules) if rule.decision is not None)
    if not deciding and added:
        deciding, added = added, ()
    if deciding:
        return _by_codes(deciding, added, words)
    reasons = known_rules(line.reasons + (denial.reasons if inherits else ()), rules)
    if denial.in_words and (read := _by_bare_words(words, denial)) is not None:
        return read
    decision, said = decision_in(words)
    if decision is not None and said is not None and not (_is_doubted(said) and _exclusion(words)):
        return _by_words(decision, said, reasons)
    if any(rule.kind != "remark" for rule in reasons):
        return _by_reasons(reasons, is_queued=denial.outcome == "queued")
    return _by_hints(words, leaning, denial)


def _by_bare_words(words: tuple[Said, ...], denial: Denial) -> Verdict | None:
    """Return what only a letter or a bare text can be: no answer to one request, or one that contradicts itself."""
    decision, said = decision_in(words)
    notices = notices_in(words)
    if notices and (decision is None or (len(notices) > 1 and not denial.identifiers)):
        say = f'The text speaks of no one request: "{notices[0].words}".'
        return Verdict(Decision.UNKNOWN, (say,), (), notices[0], False)
    if decision is not Decision.APPROVED or said is None or _is_doubted(said):
        return None
    # what was denied before says why, and is approved all the same; "no approval needed: Medicare is primary"
    final = said.cue.last or said.cue.reason_kind == "not_needed"
    if not final and (against := _exclusion(words)) is not None:
        say = f'The text says "{said.words}", but also "{against.words}".'
        return Verdict(Decision.UNKNOWN, (say,), (), said)
    return None


def _is_doubted(said: Said) -> bool:
    """Whether words approve only as long as nothing speaks against it: "it is covered, but not from this provider"."""
    return said.cue.decision is Decision.APPROVED and said.cue.weak


def _by_hints(words: tuple[Said, ...], leaning: Leaning | None, denial: Denial) -> Verdict:
    """Return what follows where nothing says what was decided: from a reason, from a leaning, from the outcome."""
    if denial.in_words and (told := reasons_in(words)):
        say = f'The text gives a reason for a denial without saying "denied": "{told[0].words}".'
        return Verdict(Decision.DENIED, (say,), (), None, False)
    if leaning is not None:
        decision = Decision.DENIED if leaning.strong and leaning.reason_kind != "pending" else Decision.UNKNOWN
        return Verdict(decision, ("The text does not say what was decided, only of what it speaks.",), (), None, False)
    return _by_outcome(denial)


def _display_clash(codes: Iterable[Code], rules: DenialRules) -> Verdict | None:
    """Return a conflict when a code is shown with words that mean another decision; nobody knows which is meant."""
    for code in codes:
        rule = rules.rule_of(code) if code.display else None
        if rule is None or rule.decision not in _PLAIN or code.display is None:
            continue
        told, _ = decision_in(said_in([Quote(code.display, "display")], rules))
        if told in _PLAIN and told is not rule.decision:
            say = f'{cite_rule(rule)} is shown as "{code.display}", which means something else.'
            return Verdict(Decision.CONFLICT, (say,), (rule,))
    return None


def known_rules(codes: Collection[Code], rules: DenialRules) -> tuple[CodeRule, ...]:
    """Return the rules of the codes that we know, each once, in order."""
    if not codes:
        return ()
    found = dict.fromkeys(map(rules.rule_of, codes))
    found.pop(None, None)
    return tuple(found)


def cite_rule(rule: CodeRule) -> str:
    """Return how a code is quoted in a because: its list, itself, and our label."""
    return f"{rule.list_name} {rule.code} ({rule.label})"


def _by_codes(deciding: tuple[CodeRule, ...], added: tuple[CodeRule, ...], words: tuple[Said, ...]) -> Verdict:
    cited = " and ".join(cite_rule(rule) for rule in deciding)
    decision = _joined({rule.decision for rule in deciding if rule.decision is not None})
    if decision is None:
        return Verdict(Decision.CONFLICT, (f"{cited} contradict each other on this line.",), deciding)
    if added:
        extra = _joined({rule.decision for rule in added if rule.decision is not None})
        return _with_added(decision, extra, cited, deciding + added)
    # notes carry boilerplate ("claims may be denied if"); only the disposition speaks of this answer as a whole
    told, said = decision_in(each for each in words if each.quote.path == "disposition")
    if said is not None and _contradicts(decision, told):
        return Verdict(Decision.CONFLICT, (f'{cited}, but the payer wrote "{said.words}".',), deciding, said)
    return Verdict(decision, (f"{cited}.",), deciding)


def _with_added(decision: Decision, extra: Decision | None, cited: str, rules: tuple[CodeRule, ...]) -> Verdict:
    # PAS 2.2 answers A6 on the line and tells in an addItem what it authorized; older payers answer A3 and add A1
    if decision is Decision.APPROVED and extra is Decision.APPROVED:
        return Verdict(decision, (f"{cited}, and the added line too.",), rules)
    if extra in _GRANTED and decision in (*_GRANTED, Decision.DENIED):
        kept = decision if decision is Decision.PARTIAL else Decision.MODIFIED
        return Verdict(kept, (f"{cited}, with another line authorized in its place (addItem).",), rules)
    if extra is decision:
        return Verdict(decision, (f"{cited}, and the added line too.",), rules)
    added = " and ".join(cite_rule(rule) for rule in rules if rule.decision is extra)
    return Verdict(Decision.CONFLICT, (f"{cited}, but the added line says {added or 'several things'}.",), rules)


def _joined(decisions: set[Decision]) -> Decision | None:
    """Return the one decision that several codes on one line say together, None when they contradict."""
    if len(decisions) == 1:
        return next(iter(decisions))
    if decisions <= _GRANTED:
        return Decision.MODIFIED if Decision.MODIFIED in decisions else Decision.PARTIAL
    known = decisions - {Decision.UNKNOWN}  # "contact payer" beside a decision adds nothing to it
    return next(iter(known)) if len(known) == 1 else None


def _contradicts(decision: Decision, told: Decision | None) -> bool:
    return {decision, told} == {Decision.APPROVED, Decision.DENIED}


def _by_words(decision: Decision, said: Said, reasons: tuple[CodeRule, ...]) -> Verdict:
    adverse = [
        rule for rule in reasons if rule.kind in ("clinical", "administrative") and rule.reason_kind != "payment"
    ]
    if decision is Decision.APPROVED and adverse:
        cited = cite_rule(adverse[0])
        return Verdict(Decision.CONFLICT, (f'The payer wrote "{said.words}", but also {cited}.',), reasons, said)
    if decision is Decision.UNKNOWN:
        return Verdict(
            decision, (f'The payer\'s words "{said.words}" call it decided and undecided at once.',), (), said
        )
    return Verdict(decision, (f'The payer wrote "{said.words}" ({said.quote.path}): {said.cue.label}.',), (), said)


def _exclusion(words: Iterable[Said]) -> Said | None:
    """Return a reason that no approval carries, None when there is none."""
    told = (each for each in reasons_in(words) if not each.cue.weak)
    return next((each for each in told if each.cue.reason_kind not in ("payment", "documents")), None)


def _by_reasons(reasons: tuple[CodeRule, ...], *, is_queued: bool) -> Verdict:
    """
    Return what reasons say where no code decides: one for a denial counts before one that only asks for more.

    In an answer that is queued it is the other way round. The order in which they stand says nothing.
    """
    told = [rule for rule in reasons if rule.kind != "remark"]

    def rank(rule: CodeRule) -> tuple[bool, str]:
        return (rule.decision is Decision.PENDED) is not is_queued, rule.decision.value if rule.decision else ""

    rule = min(told, key=rank)
    if rule.decision is not None:
        return Verdict(rule.decision, (f"{cite_rule(rule)}; no decision code stands beside it.",), (), None, False)
    say = f"No decision code, but a reason for denial: {cite_rule(rule)}."
    return Verdict(Decision.DENIED, (say,), (), None, False)


def _by_outcome(denial: Denial) -> Verdict:
    if denial.outcome == "queued":
        return Verdict(Decision.PENDED, ('The outcome is "queued" and nothing is decided.',), (), None, False)
    if denial.in_words:
        return Verdict(Decision.UNKNOWN, ("The text states no decision that we can read.",), (), None, False)
    say = "The answer states no decision"
    if denial.outcome == "complete":
        say += '; the outcome "complete" only tells that it was processed'
    elif denial.outcome == "partial":
        say += '; the outcome "partial" tells of the processing, not of a partial approval'
    return Verdict(Decision.UNKNOWN, (say + ".",), (), None, False)
