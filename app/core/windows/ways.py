"""By which way this payer is best asked for a call now, and why: link, message, fax, portal or telephone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.case import Case
from app.core.rulebook.payers import PayerRule
from app.core.rulebook.phrases import ROWS
from app.core.rulebook.words import value_words
from app.core.windows.ask import PayerChannel
from app.core.windows.link import offered_in

HURRY = timedelta(hours=4)  # with less left, only somebody who answers at once helps
# The values of a rule that decide whether a request is taken, in the order in which they matter to who asks.
_WISHES = (
    "who_may_speak",
    "speakers_refused",
    "windows_to_offer_min",
    "new_information",
    "delegate_may_schedule",
    "lead_minutes",
    "who_calls",
    "attempts_by_payer",
    "missed_call",
)
WAYS = ("link", "message", "fax", "portal", "phone")


@dataclass(frozen=True, slots=True)
class AskWay:
    """One way to ask. kind: of WAYS; because: why it can be used, and for the first one why it is the best."""

    kind: str
    because: str


def wishes_of(rule: PayerRule | None) -> tuple[tuple[str, str], ...]:
    """Return what this payer is known to want of a request, (label, sentence), as its rule says it; () for nothing."""
    if rule is None:
        return ()
    labels = {name: label for name, label, _ in ROWS}
    told = (name for name in _WISHES if getattr(rule, name) not in (None, (), "", False))
    return tuple((labels[name], value_words(rule, name)) for name in told)


def ways_to_ask(
    case: Case, rule: PayerRule | None, channels: tuple[PayerChannel, ...], *, open_now: bool, now: datetime
) -> tuple[AskWay, ...]:
    """
    Return the ways to ask this case's payer for a call, the best first; never none.

    channels: by which the site writes to it, the safest first; open_now: somebody answers its telephone now
    """
    found = list(_ways(case, rule, channels, now=now))
    left = case.last_safe_at - now if case.last_safe_at is not None else None
    hurries = left is not None and left < HURRY and open_now
    phone = next((each for each in found if each.kind == "phone"), None)
    if hurries and phone is not None:
        because = "Little time is left, and it answers its telephone now: only a call is answered at once."
        return (AskWay("phone", because), *(each for each in found if each is not phone))
    return tuple(found)


def _ways(case: Case, rule: PayerRule | None, written: tuple[PayerChannel, ...], *, now: datetime) -> Iterator[AskWay]:
    """Yield what goes without waiting first, then what works at any hour, then what needs somebody there."""
    payer = case.payer_name
    channels = rule.channels if rule is not None else ()
    wants = (rule.windows_to_offer_min or 0) if rule is not None else 0
    if written and wants and not offered_in(case, now=now):
        times = "a time" if wants == 1 else f"{wants} or more times"
        yield AskWay("link", f"{payer} wants {times} of ours; it picks one through a link that goes with the request.")
    for channel in written:
        yield AskWay(channel.kind, f"{payer} is written to from here: it goes at once, and is kept.")
    if rule is not None and (rule.portal or {"portal", "form"}.intersection(channels)):
        by = "its portal" if rule.portal or "portal" in channels else "a form"
        yield AskWay("portal", f"{payer} takes requests by {by}, at any hour, and it leaves a record.")
    told = rule is not None and "phone" in channels
    said = f"{payer} takes requests by telephone." if told else _nothing_known(payer, rule)
    yield AskWay("phone", said)


def _nothing_known(payer: str, rule: PayerRule | None) -> str:
    if rule is None or not rule.channels:
        return f"How {payer} is asked is not known: call the number on its notice, and tell the rule book."
    return f"{payer} names no telephone for this; its provider line can still help."
