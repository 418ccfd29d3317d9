"""The clocks that law sets: by when the payer must decide, by when we must send what is missing, or appeal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.case import Clock
from app.core.deadlines.counting import ELAPSING, amount_words, earliest_clock, early_instant
from app.core.deadlines.facts import EVENT_WORDS, Facts, Start, add_words, event_of, start_for, start_words
from app.core.rulebook.clocks import ClockRule

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_FROM = {"appeal_decision": "appeal_filed", "letter": "decision_told"}  # what is counted from, and from nothing else


def clock_by_law(kind: str, facts: Facts) -> Clock | None:
    """
    Return the clock of this kind that ends first among the rules no known fact speaks against; None when none.

    kind: determination, appeal, appeal_decision (of one that was filed), letter (of what was told by telephone), or
    information (what the payer asked for; None while it asked for nothing)
    """
    start = _start(kind, facts)
    if start is None:
        return None
    fitting = [each for each in facts.calendar.rules if each.kind == kind and _may_apply(each, facts, start)]
    fitting += _of_payer(facts) if kind == "appeal" else []
    shortest = earliest_clock(_clock(each, facts, start) for each in fitting)
    if shortest is None:
        return None
    doubts = _missing(kind, facts, fitting)
    moves = _moves(kind, facts, start, doubts)
    if not doubts or len(fitting) < 2:
        return add_words(shortest, moves, firm=True)
    words = f"Not known: {', '.join(doubts)}; the shortest that may apply counts."
    return add_words(shortest, f"{words} {moves}", firm=False)


def _of_payer(facts: Facts) -> list[ClockRule]:
    """Return the payer's own time to appeal, which may end before the law's."""
    rule = facts.rule
    if rule is None or rule.appeal_days is None:
        return []
    read = rule.evidence_of("appeal_days")
    return [
        ClockRule(
            key=rule.key,
            kind="appeal",
            label=f"the rule of {rule.payer}",
            amount=rule.appeal_days,
            unit="calendar_days",
            source=read.source,
            effective=date.min,
            verified_on=read.verified_on,
            grade=read.grade,
        )
    ]


def _start(kind: str, facts: Facts) -> Start | None:
    if kind == "information":
        asked, sent = event_of("information_requested", facts), event_of("information_sent", facts)
        return Start(asked, exact=True) if asked is not None and sent is None else None
    if kind in _FROM:
        begun = event_of(_FROM[kind], facts)
        return Start(begun, exact=True) if begun is not None else None
    return start_for("request_received" if kind == "determination" else "written_notice", facts)


def _may_apply(rule: ClockRule, facts: Facts, start: Start) -> bool:
    """
    Whether no known fact speaks against this rule.

    A state's own rule needs the state; where only that is unknown of a fully insured plan, some state's law governs it.
    """
    plan = facts.plan
    if start.event.at.date() < rule.effective or (not rule.drugs and facts.service == "drugs"):
        return False
    if rule.states and plan.state not in rule.states and (plan.state or plan.funding != "fully_insured"):
        return False
    if rule.urgent is not None and facts.urgent not in (None, rule.urgent):
        return False
    return _allows(rule.lines_of_business, plan.line_of_business) and _allows(rule.funding, plan.funding)


def _allows(listed: Sequence[str], known: str | None) -> bool:
    return not listed or known is None or known in listed


def _clock(rule: ClockRule, facts: Facts, start: Start) -> Clock:
    starts_at, ends_at, zone = facts.yard.span(start.event, rule.amount, rule.unit)
    span = amount_words(rule.amount, rule.unit)
    said = [_SAY[rule.kind](rule, start, span, zone), *start.said]
    if facts.yard.assumed and rule.unit not in ELAPSING:
        said.append(facts.yard.assumed)
    firm = True
    if rule.kind == "determination":
        ends_at, firm, more = _stretched(rule, facts, ends_at, zone)
        said += more
    return Clock(rule.kind, starts_at, ends_at, f"{rule.key}: {span}", rule.source, " ".join(said), firm)


def _say_determination(rule: ClockRule, start: Start, span: str, zone: str) -> str:
    when = start_words(start.event, zone, hour=True)
    if start.exact:
        return f"The payer must decide within {span} of receiving the request, {when}, under {rule.label}."
    said = f"The payer must decide within {span} of receiving the request, under {rule.label}."
    if not start.dated:
        return said
    return f"{said} Counted from its first answer, {when}; the request may be older, and it may decide sooner."


def _say_appeal(rule: ClockRule, start: Start, span: str, zone: str) -> str:
    return f"An appeal may be filed for {span} from the notice of {start_words(start.event, zone)}, under {rule.label}."


def _say_appeal_decision(rule: ClockRule, start: Start, span: str, zone: str) -> str:
    when = start_words(start.event, zone)
    return f"The appeal filed on {when} must be decided within {span} of its receipt, under {rule.label}."


def _say_information(rule: ClockRule, start: Start, span: str, zone: str) -> str:
    when = start_words(start.event, zone, hour=True)
    return f"What the payer asked for on {when} may be sent for {span}, under {rule.label}; its own clock waits."


def _say_letter(rule: ClockRule, start: Start, span: str, zone: str) -> str:
    when = start_words(start.event, zone, hour=True)
    return f"What was told by telephone on {when} must stand in a letter within {span}, under {rule.label}."


_SAY = {
    "determination": _say_determination,
    "appeal": _say_appeal,
    "appeal_decision": _say_appeal_decision,
    "information": _say_information,
    "letter": _say_letter,
}


def _stretched(rule: ClockRule, facts: Facts, ends_at: datetime, zone: str) -> tuple[datetime, bool, list[str]]:
    """
    Return the end with what the payer may add: the time it waited for information, an extension it announced.

    returns: (end, whether it is firm: not while it stands still, sentences)
    """
    said = []
    if rule.extension and event_of("extension_notice", facts) is not None:
        ends_at = _days_later(ends_at, rule.extension, zone)
        said.append(f"The payer announced that it takes {rule.extension} days more, which it may once.")
    asked, sent = event_of("information_requested", facts), event_of("information_sent", facts)
    if not rule.suspended or asked is None:
        return ends_at, True, said
    if sent is None or sent.at < asked.at:
        words = "It stands still since the payer asked for information, and cannot end before this."
        return ends_at, False, [*said, words]
    if rule.hours_after_information is None:
        days = (sent.begins_in(zone) - asked.begins_in(zone)) // _DAY
        words = f"It stood still for {days} days while the payer waited for information."
        return _days_later(ends_at, days, zone), True, [*said, words]
    hours = timedelta(hours=rule.hours_after_information)
    words = f"What it asked for was sent, which gives it {amount_words(hours // _HOUR, 'hours')} from then."
    return sent.begins_in(zone) + hours, True, [*said, words]


def _days_later(end: datetime, days: int, zone: str) -> datetime:
    """Return the same wall time so many days later."""
    local = end.astimezone(ZoneInfo(zone))
    return early_instant(local.date() + days * _DAY, local.time(), zone)


def _missing(kind: str, facts: Facts, fitting: Sequence[ClockRule]) -> list[str]:
    """Return which missing facts let more than one law apply."""
    missing = []
    if facts.plan.line_of_business is None and any(each.lines_of_business for each in fitting):
        missing.append("the line of business")
    if facts.plan.funding is None and any(each.funding for each in fitting):
        missing.append("how the plan is funded")
    if facts.plan.state is None and any(each.states for each in fitting):
        missing.append("the state")
    if kind != "appeal" and facts.urgent is None and any(each.urgent is not None for each in fitting):
        missing.append("whether it is urgent")
    return missing


def _moves(kind: str, facts: Facts, start: Start, doubts: Sequence[str]) -> str:
    """Return the sentence that says what would change this clock."""
    learned = list(doubts)
    if not start.exact:
        learned.append(EVENT_WORDS["request_received" if kind == "determination" else "notice_received"])
    if kind == "determination" and not facts.plan.state and facts.plan.funding in (None, "fully_insured"):
        learned += [each for each in ("the state",) if each not in learned]
    if learned:
        return f"What would change it: to learn {', '.join(learned)}."
    return _LAST_WORD[kind]


_LAST_WORD = {
    "determination": "What would change it: its decision, or a written notice that it needs more.",
    "appeal": "What would change it: a new decision.",
    "appeal_decision": "What would change it: its decision, or a notice that it takes longer.",
    "information": "What would change it: to send it, which starts the payer's clock again.",
    "letter": "What would change it: the letter.",
}


def until_decision(facts: Facts, *, name: str, rule: str, source: str, said: str) -> Clock | None:
    """Return a clock of another name that lasts as long as the payer may take to decide."""
    due = clock_by_law("determination", facts)
    return replace(due, name=name, rule=rule, source=source, because=f"{said} {due.because}") if due else None
