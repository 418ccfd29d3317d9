"""The P2P window itself: by the payer's rule, by the payer's words, or by caution."""

from dataclasses import replace
from datetime import UTC, timedelta

from app.core.case import Clock
from app.core.deadlines.counting import ELAPSING, amount_words, day_words, earliest_clock, latest_open
from app.core.deadlines.facts import ANSWERED, EVENT_WORDS, Facts, Phase, add_words, event_of, start_for, start_words
from app.core.deadlines.law import clock_by_law, until_decision
from app.core.rulebook.payers import PayerRule, WindowRule

_LATER_EVENTS = {"discharge", "first_attempt"}  # what the payer's answer cannot date
_PLACES, _TIMES = {"inpatient", "outpatient"}, {"pre_service", "concurrent", "post_discharge", "post_service"}
_MAY_BE = ("inpatient", "outpatient", "pre_service", "concurrent")
_QUOTED = 160


def offer_clock(facts: Facts) -> Clock | None:
    """Return the deadline that the payer's own words give; None when they give none."""
    offer = facts.offer
    if offer is None or offer.deadline_at is None:
        return None
    ends_at = offer.deadline_at.astimezone(UTC)
    start = start_for("denial_posted", facts)
    starts_at = start.event.at if start.dated and start.event.at < ends_at else None
    quote = " ".join(offer.quote.split())
    quote = quote if len(quote) <= _QUOTED else quote[: _QUOTED - 1] + "…"
    said = f"The payer's own words give this deadline: “{quote}” What would change it: other words of the payer."
    return Clock("offer", starts_at, ends_at, "payer's words", facts.reference, said)


def window_clock(facts: Facts) -> Clock | None:
    """
    Return the payer's shortest window that may apply; the cautious one where it publishes none.

    None where no call can be asked for (no_call), where caution is all there is and the payer's own words give a
    deadline, and while pended unless the rule counts from the payer's outreach or until it decides.
    """
    if facts.phase is Phase.UNCLEAR:
        both = [window_clock(replace(facts, phase=each)) for each in (Phase.PENDED, Phase.DECIDED)]
        return earliest_clock(each for each in both if each is not None)
    rule, pended = facts.rule, facts.phase is Phase.PENDED
    if no_call(facts) is not None:
        return None
    known = [each for each in rule.windows if is_before_denial(each) == pended] if rule else []
    fitting = [each for each in known if _fits(each, facts.setting, facts)]
    if pended and not fitting:
        return None
    dated = [each for each in fitting if each.unit == "until_decision" or start_for(each.anchor, facts).dated]
    if not dated:
        # The payer's own deadline, where it told one, is better evidence than our caution.
        return _cautious(facts) if offer_clock(facts) is None else None
    clocks = [clock for clock in (_of_rule(each, rule, facts) for each in dated) if clock is not None]
    if not pended and facts.setting is None and _leaves_out(known, facts) and offer_clock(facts) is None:
        clocks.append(_cautious(facts))
    return _in_doubt(clocks, facts)


def no_call(facts: Facts) -> str | None:
    """Return why no call can be asked for any more, None when one can; a sentence, empty where none was in question."""
    rule = facts.rule
    if not facts.call:
        return ""
    if rule is None or facts.phase is Phase.PENDED:
        return None
    if rule.lane == "pre_denial":
        return f"{rule.payer} holds the call before it decides only; afterwards an appeal is what is left."
    if rule.retrospective is False and facts.setting == "post_service":
        return f"{rule.payer} takes no call about a service that is over; an appeal is what is left."
    return None


def is_before_denial(window: WindowRule) -> bool:
    """Whether a window is for the time before the payer decides."""
    return window.anchor == "plan_outreach" or window.unit == "until_decision"


def _in_doubt(clocks: list[Clock], facts: Facts) -> Clock | None:
    """
    Return the window that counts where more than one may: the shortest, not firm.

    A window that would end before the deadline of the payer's own words cannot be the one it means.
    """
    told = offer_clock(facts)
    left = [each for each in clocks if told is None or each.ends_at >= told.ends_at] or clocks
    shortest = earliest_clock(left)
    if shortest is None or len({each.ends_at for each in clocks}) < 2:
        return shortest
    if len(left) < len(clocks):
        shortest = add_words(shortest, "The payer's own words rule out its shorter windows.", firm=True)
    if len({each.ends_at for each in left}) < 2:
        return shortest
    said = "Which setting it is, is not known, so the shortest window counts."
    if facts.setting is not None:
        said = f"More than one of its windows may be meant by {facts.setting}; the shortest counts."
    return add_words(shortest, said, firm=False)


def _leaves_out(windows: list[WindowRule], facts: Facts) -> bool:
    """Whether these windows say nothing of some setting that it may be."""
    return any(not any(_fits(each, setting, facts) for each in windows) for setting in _MAY_BE)


def _fits(window: WindowRule, setting: str | None, facts: Facts) -> bool:
    """Whether the window may be this one. Where the care is and when are two questions: each leaves the other open."""
    if window.anchor in _LATER_EVENTS and event_of(window.anchor, facts) is None:
        return False  # it begins with what has not happened, or is not told: caution counts until then
    if setting is None or window.setting in ("any", setting):
        return True
    if window.setting == "post_discharge":
        return setting == "inpatient"
    return bool({window.setting, setting} & _PLACES and {window.setting, setting} & _TIMES)


def _of_rule(window: WindowRule, rule: PayerRule, facts: Facts) -> Clock | None:
    source = rule.evidence_of("windows").source
    if window.unit == "appeal_period":
        return _as_long_as_appeal(rule, source, facts)
    if window.unit == "until_decision":
        said = f"{rule.payer} holds the call for as long as it has not decided."
        return until_decision(facts, name="p2p_window", rule=f"{rule.key}: until it decides", source=source, said=said)
    start, yard = start_for(window.anchor, facts), facts.yard
    starts_at, ends_at, zone = yard.span(start.event, window.amount, window.unit)
    span = amount_words(window.amount, window.unit)
    date = start_words(start.event, zone, hour=window.unit in ELAPSING)
    said = [f"{rule.payer}: {span} from {EVENT_WORDS[window.anchor]}{', ' + date if start.exact else ''}."]
    if not start.exact and start.said:
        said += start.said
    elif not start.exact:
        said.append(_not_told(start.event.kind, date))
    else:
        said += start.said
    if yard.assumed and window.unit not in ELAPSING:
        said.append(yard.assumed)
    clock = Clock("p2p_window", starts_at, ends_at, f"{rule.key}: {span}", source, " ".join(said))
    more = (*_shut_then(clock, rule), *_other_state(rule, facts), _moves(window, rule, facts, start.exact))
    return add_words(clock, " ".join(more), firm=True)


def _not_told(kind: str, date: str) -> str:
    if kind in ("denial_posted", "plan_outreach"):
        return f"That is not told; the answer's own date, {date}, is the earliest it can be."
    return f"That is not told; counted from {EVENT_WORDS[kind]}, {date}, the earliest that is."


def _moves(window: WindowRule, rule: PayerRule, facts: Facts, exact: bool) -> str:
    """Return the sentence that says what would change this window."""
    learned = [] if exact else [EVENT_WORDS[window.anchor]]
    if facts.setting is None and window.setting != "any":
        learned.append("the setting")
    if rule.hours is None and window.unit not in ELAPSING:
        learned.append("the payer's hours")
    if learned:
        return f"What would change it: to learn {', '.join(learned)}."
    return "What would change it: another date that the payer itself gives."


def _as_long_as_appeal(rule: PayerRule, source: str, facts: Facts) -> Clock:
    appeal = clock_by_law("appeal", facts)
    if appeal is None:
        return _cautious(facts)
    said = f"{rule.payer} holds the call for as long as an appeal may be filed. {appeal.because}"
    return replace(appeal, name="p2p_window", rule=f"{rule.key}: appeal period", source=source, because=said)


def _shut_then(clock: Clock, rule: PayerRule) -> list[str]:
    """Return a sentence when the payer does not answer at the time a window ends."""
    if rule.hours is None:
        return []
    before = latest_open(rule.hours, clock.ends_at, length=timedelta(0))
    if before is None or before.end >= clock.ends_at:
        return []
    latest = day_words(before.start, rule.hours.zone)
    return [f"The payer does not answer then; the last day on which it does is {latest}."]


def _other_state(rule: PayerRule, facts: Facts) -> list[str]:
    if not rule.states or facts.plan.state is not None:
        return []
    return [f"The rule was read for {', '.join(rule.states)}; the plan's state is not known."]


def _cautious(facts: Facts) -> Clock:
    cautious, yard = facts.calendar.cautious, facts.yard
    start = start_for("notice_received", facts)
    amount = cautious.window_business_days if start.dated else cautious.ask_business_days
    starts_at, ends_at, zone = yard.span(start.event, amount, "business_days")
    span, date = amount_words(amount, "business_days"), start_words(start.event, zone)
    kind = start.event.kind
    since = f"its answer of {date}" if kind in ANSWERED else f"{EVENT_WORDS.get(kind, kind)}, {date}"
    if not start.dated:
        said = [f"{span[0].upper()}{span[1:]} from {date}, when the answer was first seen."]
    elif facts.rule is None:
        said = [f"No rule is known for this payer; as a caution {span} from {since}."]
    else:
        said = [f"{facts.rule.payer} publishes no window; as a caution {span} from {since}."]
    said += start.said
    if yard.assumed:
        said.append(yard.assumed)
    said.append("Ask the payer, and keep what it says: that would change it.")
    return Clock("p2p_window", starts_at, ends_at, f"cautious: {span}", cautious.source, " ".join(said), firm=False)
