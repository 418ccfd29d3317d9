"""
Denial -> route: what the payer decided, where that leads, and why, line by line; the case takes the most urgent line.

The order of the questions is the one that the sources support: is it a prior authorization at all, is it withdrawn or
an error, what was decided on each line, why, and can a call still change it (line of business, payer rule).
Source: app/rules/denials.toml; 42 CFR 422 subpart M for Medicare Advantage after the decision.
"""

from datetime import datetime

from app.core.denial import (
    Coverage,
    Decision,
    Denial,
    DenialLine,
    LineRouting,
    Offer,
    Path,
    Quote,
    Routing,
)
from app.core.detect.decide import known_rules
from app.core.detect.lane import CALLS, gate_call, lane_of
from app.core.detect.line import CLINICAL, Routed, route_line
from app.core.detect.offer import find_offer
from app.core.detect.words import said_in
from app.core.rulebook.denials import DenialRules
from app.core.rulebook.payers import PayerRule

# The most urgent and most actionable first: a call has hours, a resubmission has weeks.
_ORDER = (
    Path.P2P,
    Path.ASK_REASON,
    Path.HUMAN,
    Path.REVIEW_MODIFIED,
    Path.ADDITIONAL_INFORMATION,
    Path.RESUBMIT,
    Path.NEW_REQUEST,
    Path.RETRO_AUTHORIZATION,
    Path.NETWORK_EXCEPTION,
    Path.BENEFIT_EXCEPTION,
    Path.APPEAL,
    Path.WAIT,
    Path.CLOSED,
    Path.NONE,
)
_URGENCY = {path: rank for rank, path in enumerate(_ORDER)}


def route_denial(
    denial: Denial, coverage: Coverage | None, *, rules: DenialRules, payer: PayerRule | None, now: datetime
) -> Routing:
    """
    Return where a payer's answer goes, per line and as a whole, with its because; never raises.

    coverage, payer: None where unknown; the lane is then read as if a call could still change the decision
    now: only names the year of a day that the payer wrote without one, where the answer itself has no date
    """
    if (closed := _not_for_us(denial)) is not None:
        return closed
    if (wrong := _error(denial, rules)) is not None:
        return wrong
    loose = tuple(_common_quotes(denial))
    common = said_in(loose, rules)
    calls = said_in(denial.invitations, rules)
    lines = [(line, said_in(line.notes, rules)) for line in denial.lines or (DenialLine(0),)]
    everywhere = calls + common + tuple([said for _, own in lines for said in own])
    refusal = next((said for said in everywhere if said.cue.says == "refusal"), None)
    day = denial.created_on or now.date()
    offer = (
        None
        if refusal
        else find_offer(everywhere, day=day if denial.created_on else None, at=denial.created_at, rules=rules)
    )
    inherits = not any(known_rules(line.actions + line.added + line.categories, rules) for line in denial.lines)
    routed = [
        route_line(line, denial, inherits=inherits, own=own, common=common, loose=loose, offer=offer, rules=rules)
        for line, own in lines
    ]
    routed = [gate_call(each, coverage, payer, refusal) for each in routed]
    return _whole(denial, routed, offer=offer, coverage=coverage, payer=payer, inherits=inherits, rules=rules)


def _not_for_us(denial: Denial) -> Routing | None:
    if denial.status in ("cancelled", "entered-in-error"):
        say = f'The answer\'s status is "{denial.status}".'
        return _only(Decision.CANCELLED, Path.CLOSED, say, "cancelled", "not_a_denial")
    if denial.use is not None and denial.use != "preauthorization":
        say = f'The answer\'s use is "{denial.use}", not "preauthorization": payment, not prior authorization.'
        return _only(Decision.NOT_PRIOR_AUTH, Path.NONE, say, "not a prior authorization", "not_a_denial")
    return None


def _error(denial: Denial, rules: DenialRules) -> Routing | None:
    """Return the way of a request that was never reviewed, None when it was."""
    decided = denial.actions or any(line.actions or line.added for line in denial.lines)
    if not (denial.outcome == "error" or (denial.errors and not decided)):
        return None
    cited = ", ".join(code.code for code in denial.errors if code.code)
    what = f"error {cited}" if cited else "its outcome is an error"
    say = f"The request was not reviewed: {what}."
    if decided:
        say = 'The outcome is "error", but the answer also carries a decision.'
        return _only(Decision.CONFLICT, Path.HUMAN, say, "error and decision together", "none")
    follow = next(iter(known_rules(denial.follow_ups, rules)), None)
    if follow is None:
        return _only(
            Decision.ERROR, Path.RESUBMIT, say, "not reviewed, error", "administrative", "Correct it and send it again."
        )
    asks = f"{follow.list_name} {follow.code}: {follow.label}."
    return _only(Decision.ERROR, follow.route, say, "not reviewed, error", "administrative", asks)


def _only(decision: Decision, route: Path, say: str, reason: str, kind: str, *more: str) -> Routing:
    return Routing(decision, route, None, (), (say, *more), reason=reason[:1].upper() + reason[1:], reason_kind=kind)


def _common_quotes(denial: Denial) -> list[Quote]:
    """Return the words that speak of no line in particular: the disposition, then notes that no line refers to."""
    linked = {(note.path, note.text) for line in denial.lines for note in line.notes}
    loose = [note for note in denial.notes if (note.path, note.text) not in linked]
    return ([denial.disposition] if denial.disposition else []) + loose


def _whole(
    denial: Denial,
    routed: list[Routed],
    *,
    offer: Offer | None,
    coverage: Coverage | None,
    payer: PayerRule | None,
    inherits: bool,
    rules: DenialRules,
) -> Routing:
    lead = min(routed, key=lambda each: _URGENCY[each.route])
    decision = _decision_of(routed)
    because = _because(routed, lead)
    clash = _header_clash(denial, decision, inherits=inherits, rules=rules)
    doubt = clash or (_unread(denial) if lead.route in (Path.NONE, Path.WAIT, Path.CLOSED) else None)
    route = lead.route
    if doubt is not None:
        route, because = Path.HUMAN, (doubt, *because)
        decision = Decision.CONFLICT if clash else Decision.UNKNOWN
    lane = lane_of(lead, route, coverage, payer)
    return Routing(
        decision=decision,
        route=route,
        lane=lane,
        lines=tuple(
            LineRouting(each.sequence, each.decision, each.route, each.codes, each.because)
            for each in routed
            if denial.lines
        ),
        because=because + _asides(denial, lead, offer),
        missing=_missing(denial, lead, route, coverage),
        offer=None if route in (Path.NONE, Path.CLOSED) else offer,
        reason=_reason(lead, doubt),
        reason_kind=lead.reason_kind,
    )


def _decision_of(routed: list[Routed]) -> Decision:
    found = {each.decision for each in routed}
    if len(found) == 1:
        return next(iter(found))
    if Decision.CONFLICT in found:
        return Decision.CONFLICT
    if Decision.UNKNOWN in found:
        rest = found - {Decision.UNKNOWN}
        # an approval beside a line that cannot be read is no approval
        return next(iter(rest)) if len(rest) == 1 and Decision.APPROVED not in rest else Decision.UNKNOWN
    if found <= {Decision.APPROVED, Decision.PARTIAL, Decision.MODIFIED}:
        return Decision.MODIFIED if Decision.MODIFIED in found else Decision.PARTIAL
    return Decision.MIXED


def _because(routed: list[Routed], lead: Routed) -> tuple[str, ...]:
    if len(routed) == 1:
        return lead.because
    others = [f"Line {each.sequence}: {each.because[0]}" for each in routed if each is not lead]
    return (*(f"Line {lead.sequence}: {say}" for say in lead.because), *others)


def _header_clash(denial: Denial, decision: Decision, *, inherits: bool, rules: DenialRules) -> str | None:
    if inherits:
        return None
    header = {rule.decision for rule in known_rules(denial.actions, rules)}
    if Decision.APPROVED in header and decision in (Decision.DENIED, Decision.MIXED):
        return "The header says approved, but a line is not."
    if Decision.DENIED in header and decision is Decision.APPROVED:
        return "The header says denied, but every line is approved."
    return None


def _unread(denial: Denial) -> str | None:
    """Return a sentence when a part that could hold a denial was unreadable, None otherwise."""
    for warning in denial.warnings:
        if warning.startswith(("item", "addItem", "adjudication")) and "left out" in warning:
            return f"Part of the answer could not be read ({warning.partition(':')[0]})."
    return None


def _asides(denial: Denial, lead: Routed, offer: Offer | None) -> tuple[str, ...]:
    said = []
    if offer is not None and lead.decision is not Decision.PENDED and lead.route in CALLS:
        said.append("The payer offers a peer-to-peer call in its own words.")
    if denial.human_reviewed is False and lead.reason_kind in CLINICAL and lead.decision is Decision.DENIED:
        said.append("The payer says that no human reviewed it: ask for a clinician's review.")
    if denial.already_given is not None and lead.route in CALLS:
        said.append("The service was already given: ask whether this payer holds a call after the fact.")
    return tuple(said)


def _missing(denial: Denial, lead: Routed, route: Path, coverage: Coverage | None) -> tuple[str, ...]:
    missing = list(lead.missing)
    if route in (Path.P2P, Path.ASK_REASON, Path.HUMAN, Path.APPEAL):
        if coverage is None or coverage.line_of_business is None:
            missing.append("the line of business, which decides whether a call can still change it")
        if denial.created_at is None:
            missing.append("the date of the answer, from which the window runs")
    return tuple(missing)


def _reason(lead: Routed, doubt: str | None) -> str:
    label = " ".join(("answer contradicts itself" if doubt else lead.label).split()[:6])
    return label[:1].upper() + label[1:]
