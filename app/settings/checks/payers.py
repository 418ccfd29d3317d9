"""How a payer is reached: its slots, its feed, what it is asked, where it is written to."""

import re

from app.errors import Misconfigured
from app.settings.checks.choices import CHOICES, FEEDS
from app.settings.checks.plain import check_address, check_feed_url, check_number, check_url, check_zone
from app.settings.smart import PayerEndpoint, PayerFeed, PayerInquiry, SmartConfig


def check_payers(config: SmartConfig, *, allow_loopback: bool) -> None:
    """Check every payer, and that the ways by which it is written to are there; raises Misconfigured."""
    for index, payer in enumerate(config.payers):
        place = f"smart-config.json payers[{index}]"
        _check_payer(place, payer, allow_loopback=allow_loopback)
        if payer.key in {each.key for each in config.payers[:index]}:
            raise Misconfigured(f"{place}.key", f"{payer.key!r} stands twice")
        if payer.message is not None and config.mail is None:
            raise Misconfigured(f"{place}.message", "needs mail, the server through which messages go")
        if payer.fax is not None and config.fax is None:
            raise Misconfigured(f"{place}.fax", "needs fax, the way by which faxes go")
        if payer.fax is not None and payer.fax.confidential and config.fax.gateway:
            raise Misconfigured(f"{place}.fax.confidential", "cannot be kept by a gateway: mail can be read")


def _check_payer(place: str, payer: PayerEndpoint, *, allow_loopback: bool) -> None:
    if not payer.key:
        raise Misconfigured(f"{place}.key", "is empty")
    if payer.slots_base is not None:
        check_url(f"{place}.slots_base", payer.slots_base, allow_loopback=allow_loopback)
    elif payer.books:
        raise Misconfigured(f"{place}.books", "needs slots_base, where the booked time stands")
    elif not any((payer.inquire, payer.message, payer.fax, payer.feed)):
        raise Misconfigured(place, "needs slots_base, feed, inquire, message or fax")
    if payer.feed is not None:
        _check_feed(f"{place}.feed", payer.feed, allow_loopback=allow_loopback)
        if payer.slots_base is not None:
            raise Misconfigured(f"{place}.feed", "stands beside slots_base; give the one that the payer keeps up")
    _check_written(place, payer)
    if payer.inquire is not None:
        _check_inquiry(f"{place}.inquire", payer.inquire, allow_loopback=allow_loopback)


def _check_feed(place: str, feed: PayerFeed, *, allow_loopback: bool) -> None:
    if feed.kind not in FEEDS:
        raise Misconfigured(f"{place}.kind", f"must be one of {', '.join(sorted(FEEDS))}")
    if feed.url is not None:
        check_feed_url(f"{place}.url", feed.url, allow_loopback=allow_loopback)
    if not 1 <= feed.every_min <= 1440:
        raise Misconfigured(f"{place}.every_min", "must lie between 1 and 1440")
    for index, host in enumerate(feed.hosts):
        if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", host):
            raise Misconfigured(f"{place}.hosts[{index}]", "must be a host, or host:port")
    if feed.kind == "bulk":
        if feed.zone is not None or feed.opaque_is_busy or feed.words:
            raise Misconfigured(place, "zone, opaque_is_busy and words are for ics and caldav only")
        return
    if feed.hosts or feed.states:
        raise Misconfigured(place, "hosts and states are for bulk only")
    check_zone(f"{place}.zone", feed.zone or "")
    if not all(each.strip() for each in feed.words):
        raise Misconfigured(f"{place}.words", "holds an empty word, which stands in every event")


def _check_written(place: str, payer: PayerEndpoint) -> None:
    if payer.message is not None:
        check_address(f"{place}.message.to", payer.message.to)
        for index, each in enumerate(payer.message.senders):
            name = f"{place}.message.senders[{index}]"
            check_address(name, f"any{each}" if each.startswith("@") else each)
    for number in (payer.fax.to, *payer.fax.senders) if payer.fax else ():
        check_number(f"{place}.fax", number)


def _check_inquiry(place: str, inquiry: PayerInquiry, *, allow_loopback: bool) -> None:
    if inquiry.fhir_base.endswith("/"):
        raise Misconfigured(f"{place}.fhir_base", "must not end with a slash")
    check_url(f"{place}.fhir_base", inquiry.fhir_base, allow_loopback=allow_loopback)
    if inquiry.token_endpoint is not None:
        check_url(f"{place}.token_endpoint", inquiry.token_endpoint, allow_loopback=allow_loopback)
    if not inquiry.client_id:
        raise Misconfigured(f"{place}.client_id", "is empty")
    if inquiry.alg not in CHOICES["alg"]:
        raise Misconfigured(f"{place}.alg", f"must be one of {', '.join(sorted(CHOICES['alg']))}")
    if not inquiry.scopes.split() or not all(each.startswith("system/") for each in inquiry.scopes.split()):
        raise Misconfigured(f"{place}.scopes", "must be system/ scopes, separated by spaces")
    if inquiry.every_min != 0 and not 15 <= inquiry.every_min <= 10_080:
        raise Misconfigured(f"{place}.every_min", "must be 0 (only when a person asks) or lie between 15 and 10080")
    if not 1 <= inquiry.per_minute <= 60:
        raise Misconfigured(f"{place}.per_minute", "must lie between 1 and 60")
