"""The time for the call after we missed a booked one: what grace the payer's rule gives, once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.core.case import Clock
from app.core.deadlines.counting import Event, amount_words, day_words, yardstick_of
from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.payers import PayerRule

_CALL_CLOCKS = ("p2p_window", "offer")


def clocks_after_miss(
    clocks: Iterable[Clock],
    missed: Sequence[datetime],
    *,
    rule: PayerRule | None,
    calendar: BusinessCalendar,
    site_zone: str,
) -> tuple[Clock, ...]:
    """
    Return a case's clocks once we have missed booked calls at these instants, the earliest first.

    After the first miss the grace of the rule takes the place of its window, nearer or further; a second miss ends it
    there and then. A rule that gives no grace, or is not known to, leaves all as it was: the guards tell what is lost.
    source: missed_call of the payer's rule; never asked of a payer that missed the call itself
    """
    running = tuple(clocks)
    if rule is None or not rule.leaves_grace or not missed:
        return running
    if not any(each.name in _CALL_CLOCKS for each in running):
        return running  # no call can be asked for at all
    first, *others = sorted(missed)
    grace = _grace(first, rule, calendar, site_zone) if not others else _over(others[0], rule)
    # The payer's earlier word was about the first call; one that ends later is not the grace's to shorten.
    kept = (c for c in running if c.name != "p2p_window" and not (c.name == "offer" and c.ends_at < grace.ends_at))
    return tuple(sorted((*kept, grace), key=lambda clock: (clock.ends_at, clock.name)))


def _grace(missed_at: datetime, rule: PayerRule, calendar: BusinessCalendar, site_zone: str) -> Clock:
    amount, yard = rule.missed_call_business_days or 1, yardstick_of(rule, calendar, site_zone)
    _, ends_at, zone = yard.span(Event("missed_call", missed_at), amount, "business_days")
    span = amount_words(amount, "business_days")
    said = [
        f"We missed the booked call on {day_words(missed_at, zone)}: {rule.payer} leaves {span} for another, once.",
        *([yard.assumed] if yard.assumed else ()),
        "What would change it: the payer's word. A second missed call ends the right to one.",
    ]
    return Clock("p2p_window", missed_at, ends_at, _name(rule, span), _source(rule), " ".join(said))


def _over(missed_at: datetime, rule: PayerRule) -> Clock:
    said = (
        f"{rule.payer} gave one more time after the first missed call, and we missed that too: by its rule the right "
        "to a call is over. What would change it: the payer's word."
    )
    return Clock("p2p_window", missed_at, missed_at, _name(rule, "over"), _source(rule), said)


def _name(rule: PayerRule, span: str) -> str:
    return f"{rule.key}: after a missed call, {span}"


def _source(rule: PayerRule) -> str:
    return rule.evidence_of("missed_call").source
