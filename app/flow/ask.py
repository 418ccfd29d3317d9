"""Ask: a payer asked for a call in writing, in the words that were shown; kept in the inbox, sent by the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.acts import Told, is_replay, refusal_of, risk_of, take_act
from app.core.case import Case
from app.core.interval import Interval
from app.core.people import Act
from app.core.windows.ask import Asking, PayerChannel, Words, ask_payer, read_number, request_words, sent_message
from app.core.windows.link import LinkOver, check_link, digest_of, offered_in
from app.core.windows.message import Delivery
from app.errors import Refused
from app.flow.cases import case_for, event, payer_zone, save_case, steady
from app.flow.guards import weigh, went_on_event
from app.flow.ports import EffectState, Ports

KIND = "ask_for_call"


class NotWritten(Refused):
    """Nobody set up how this payer is written to."""

    say = "This payer is not written to from here."
    next = "Call the payer, or use its portal; your administrator may set up its address."


class NotShown(Refused):
    """What would be sent is not what the person read."""

    say = "These words were not shown yet, or have changed."
    next = "Read them as they stand now, then send them."


class OfferOver(Refused):
    """The times that the words would offer are held no more, or their link is another's."""

    say = "The times of this link are not held any more."
    next = "Offer times again; nothing was sent."


@dataclass(frozen=True, slots=True)
class WantedAsk:
    """
    What a person wants to be sent. number: as typed; shown: digest of the words that the person has read

    free: a time of ours to be named where no times are offered
    secret: of the link to the times that are held for the payer, None where none are offered; base_url: it lies under
    """

    base_url: str
    by: str | None = None  # the kind of channel, None for the payer's first
    number: str = ""
    secret: str | None = None
    shown: str | None = None
    free: Interval | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before it is sent. wants: how many times of ours the payer wants to be offered, 0 for none."""

    case: Case
    channel: PayerChannel
    words: Words
    asking: Asking
    wants: int
    refusal: Refused | None
    others: tuple[PayerChannel, ...] = ()  # by which it could go too


def channels_of(ports: Ports, case: Case) -> tuple[PayerChannel, ...]:
    """Return how this case's payer is written to, the safest way first."""
    return ports.channels.of(case.payer_key) if ports.channels else ()


def arrivals_of(ports: Ports, case: Case, writes: Sequence[EffectState]) -> dict[str, Delivery]:
    """Return what is known of whether this case's requests arrived, by the effect's key; nothing where none could."""
    if ports.messages is None or not any(each.kind == "AskPayer" for each in writes):
        return {}
    messages = ports.messages.all(ports.tenant, state=None, case_ids=[case.id])
    return {each.effect: each.delivery for each in messages if each.effect and each.delivery}


def draft(ports: Ports, case_id: str, wanted: WantedAsk, *, now: datetime) -> Draft:
    """Return the words as they would be sent; nothing is."""
    return _draft(ports, case_for(ports, case_id, Act.TAKE_ACT, now=now), wanted, now=now)


@steady
def send(ports: Ports, case_id: str, wanted: WantedAsk, *, seen: int, now: datetime) -> Case:
    """Mark the call as asked for and queue the message, in one transaction; the same form sent twice does it once."""
    case = case_for(ports, case_id, Act.TAKE_ACT, now=now)
    if is_replay(case, KIND, by=ports.user, seen=seen):
        return case
    made = _draft(ports, case, wanted, now=now)
    if wanted.shown != made.words.digest:
        raise NotShown()
    forfeits = weigh(ports, case, risk_of(case, KIND), now=now)
    act_id = ports.ids.new_id()
    asked, effects = take_act(
        case,
        KIND,
        told=Told(note=f"By {made.channel.kind} to {made.channel.to}", why=wanted.why),
        forfeits=forfeits,
        answer=None,
        act_id=act_id,
        by=ports.user,
        seen=seen,
        now=now,
    )
    effect = ask_payer(case, made.words, made.asking, channel=made.channel, act_id=act_id, now=now)
    kept = sent_message(case, effect, made.asking, message_id=ports.ids.new_id(), by=ports.user.name, now=now)
    happened = event(ports, "asked", at=now, act=KIND, channel=made.channel.kind)
    events = [happened, *went_on_event(ports, forfeits, why=wanted.why, at=now)]
    return save_case(ports, asked, seen=seen, effects=[*effects, effect], events=events, messages=[kept], now=now)


def _draft(ports: Ports, case: Case, wanted: WantedAsk, *, now: datetime) -> Draft:
    channels = channels_of(ports, case)
    channel = next((each for each in channels if wanted.by in (None, each.kind)), None)
    if channel is None:
        raise NotWritten()
    rule = ports.rules.payer_by_key(case.payer_key)
    asking = _asking(ports, case, wanted, now=now)
    words = request_words(case, asking, channel=channel, rule=rule, zone=payer_zone(ports, case), now=now)
    wants = rule.windows_to_offer_min if rule else None
    others = tuple(each for each in channels if each is not channel)
    return Draft(case, channel, words, asking, wants or 0, refusal_of(case, KIND, now=now), others)


def _asking(ports: Ports, case: Case, wanted: WantedAsk, *, now: datetime) -> Asking:
    number = read_number(wanted.number)
    if not wanted.secret or ports.links is None:
        return Asking(number, free=wanted.free)
    try:
        link = check_link(ports.links.by_digest(digest_of(wanted.secret)), now=now)
    except LinkOver as error:
        raise OfferOver() from error
    if (link.tenant, link.case_id) != (ports.tenant, case.id) or not offered_in(case, now=now):
        raise OfferOver()
    return Asking(number, f"{wanted.base_url}/p/{wanted.secret}", link.expires_at)
