"""Payers and clinicians as they are reached: feeds, mail, fax, text messages, as the settings say."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from app.core.case import Case
from app.core.windows.fax import FaxPaper
from app.edges.http import MailFolder, MailRelay, Token, Transport
from app.edges.notices import MailNotices, SmsService, Teller, Way
from app.edges.payers import (
    BulkFeed,
    Faxer,
    FaxNumber,
    FaxSender,
    FaxService,
    GatewayLine,
    Hook,
    Hooks,
    InquiryEndpoint,
    Mailer,
    MailToken,
    PayerMailbox,
    Reader,
    Recipient,
    ServiceLine,
    read_certificate,
    read_signer,
)
from app.flow.ports import FeedPace, TimesRead
from app.settings import Feed, PayerFeed, PayerInquiry, Settings


class ReadsTimes(Protocol):
    """One feed of a payer's."""

    def read(self, *, now: datetime) -> TimesRead:
        """Ask the payer's server. raises: the errors of app.edges.http"""
        ...


class PayerFeeds:
    """The feeds of payers, each of its kind (ports.Feeds)."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        named = {each.key: each.feed for each in settings.smart.payers if each.feed}
        self._paces = {key: FeedPace(feed.kind, timedelta(minutes=feed.every_min)) for key, feed in named.items()}
        self._feeds = {key: feed_of(key, feed, settings.feeds[key], transport) for key, feed in named.items()}

    def paces(self) -> Mapping[str, FeedPace]:
        """Return how each is read, and how often."""
        return self._paces

    def read(self, payer_key: str, *, now: datetime) -> TimesRead:
        """Ask the payer's server."""
        return self._feeds[payer_key].read(now=now)


def inquiry_of(inquiry: PayerInquiry) -> InquiryEndpoint:
    """Return where a payer says how a request stands, and how often it may be asked."""
    every = timedelta(minutes=inquiry.every_min) if inquiry.every_min else None
    return InquiryEndpoint(inquiry.fhir_base, every, inquiry.per_minute)


def feed_of(key: str, feed: PayerFeed, place: Feed, transport: Transport) -> ReadsTimes:
    """Return what reads a payer's feed."""
    token, scheme = _credential_of(feed, place)
    how = {"key": key, "token": token, "scheme": scheme}
    if feed.kind == "bulk":
        return BulkFeed(place.url, transport, hosts=feed.hosts, states=feed.states, **how)
    from app.edges.calendars.ics.offers import Convention  # few payers publish a calendar
    from app.edges.calendars.published import PublishedCollection, PublishedFile

    kind = PublishedFile if feed.kind == "ics" else PublishedCollection
    convention = Convention(feed.zone or "UTC", opaque_is_busy=feed.opaque_is_busy, words=feed.words)
    return kind(place.url, transport, convention=convention, **how)


def _credential_of(feed: PayerFeed, place: Feed) -> tuple[Token | None, str]:
    if place.password is None:
        return None, "Bearer"
    if not feed.user:
        return lambda _: place.password, "Bearer"
    basic = b64encode(f"{feed.user}:{place.password}".encode()).decode()
    return lambda _: basic, "Basic"


def relay_of(settings: Settings) -> MailRelay | None:
    """Return the site's mail server, None where payers are not written to."""
    mail = settings.smart.mail
    if mail is None:
        return None
    return MailRelay(
        mail.host,
        mail.port,
        security=mail.security,
        user=mail.user,
        password=settings.smtp_password,
        ca_file=str(settings.mail_ca_file) if settings.mail_ca_file else None,
        allow_loopback=settings.allow_loopback,
        name=mail.sender.rpartition("@")[2],
    )


def faxer_of(
    settings: Settings,
    transport: Transport,
    *,
    print_fax: Callable[[FaxPaper], bytes],
    clock: Callable[[], datetime],
) -> Faxer:
    """Return what faxes to payers."""
    fax = settings.smart.fax
    numbers = {
        each.key: FaxNumber(each.fax.to, each.fax.attention, each.fax.confidential, each.fax.senders)
        for each in settings.smart.payers
        if each.fax
    }
    line, relay = fax_line_of(settings, transport), relay_of(settings)
    if fax is not None and fax.gateway and relay is not None:
        line = GatewayLine(relay, host=fax.gateway, sender=settings.smart.mail.sender)
    sender = FaxSender(fax.name, fax.number, fax.phone) if fax else None
    return Faxer(line, numbers, sender=sender, print_fax=print_fax, clock=clock)


def fax_line_of(settings: Settings, transport: Transport) -> ServiceLine | None:
    """Return the fax service, None where there is none."""
    fax = settings.smart.fax
    if fax is None or fax.url is None:
        return None
    secret, multipart = settings.fax_secret or "", fax.body == "multipart"
    return ServiceLine(
        FaxService(fax.url, transport, secret=secret, user=fax.user, multipart=multipart), number=fax.number
    )


def hooks_of(settings: Settings) -> Hooks:
    """Return the services that may tell us of what came."""
    hooks = (
        Hook(each.name, each.channel, settings.hook_secrets[each.name], settings.home_of(each.issuer))
        for each in settings.smart.hooks
    )
    return Hooks({each.name: each for each in hooks})


def mailbox_of(settings: Settings, transport: Transport, *, clock: Callable[[], datetime]) -> PayerMailbox | None:
    """Return the mailbox in which payers' answers are read, None where there is none."""
    mail = settings.smart.mail
    if mail is None or mail.inbox is None:
        return None
    inbox, secret = mail.inbox, settings.imap_password or ""
    told = {"client_id": inbox.client_id, "secret": secret, "scope": inbox.scope, "clock": clock}
    folder = MailFolder(
        inbox.host,
        inbox.port,
        inbox.user,
        secret,
        token=MailToken(inbox.token_endpoint, transport, **told) if inbox.token_endpoint else None,
        security=inbox.security,
        folder=inbox.folder,
        ca_file=str(settings.inbox_ca_file) if settings.inbox_ca_file else None,
        allow_loopback=settings.allow_loopback,
    )
    signer = read_signer(settings.smime_key) if settings.smime_key else None
    return PayerMailbox(mail.sender, folder, Reader(mail.sender.rpartition("@")[2], signer))


def mailer_of(settings: Settings, *, clock: Callable[[], datetime]) -> Mailer:
    """Return what writes to payers."""
    certificates = {key: read_certificate(pem) for key, pem in settings.certificates.items()}
    written = [each for each in settings.smart.payers if each.message]
    return Mailer(
        relay_of(settings),
        {each.key: Recipient(each.message.to, certificates.get(each.key), each.message.senders) for each in written},
        sender=settings.smart.mail.sender if settings.smart.mail else "",
        signer=read_signer(settings.smime_key) if settings.smime_key else None,
        clock=clock,
    )


def teller_of(
    settings: Settings,
    transport: Transport,
    *,
    standing: Callable[[str, str], Case],
    clock: Callable[[], datetime],
) -> Teller:
    """Return what tells clinicians of their calls, by the ways that the site has."""
    relay, mail, sms = relay_of(settings), settings.smart.mail, settings.smart.sms
    ways: dict[str, Way] = {}
    if relay and mail:
        ways["mail"] = MailNotices(relay, sender=mail.sender, clock=clock)
    if sms:
        ways["sms"] = SmsService(sms.url, transport, token=settings.sms_token or "", sender=sms.sender)
    return Teller(ways, standing=standing)
