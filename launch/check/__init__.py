"""
`parley check`: is this configuration, this database, this EHR ready? Says what is missing before any patient is.

Nothing is changed anywhere: it reads settings, keys and tables, asks each EHR and payer for its public documents, and
where a backend client is registered asks for one token, which it throws away. No question names a patient.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import urlsplit

from app.edges.http import Transport
from app.edges.papers.pdf import write_pdf
from app.edges.rulebook import RuleBook
from app.edges.store.database import StoreDown, is_absent, open_database
from app.edges.store.store import SqlStore
from app.errors import Misconfigured, ParleyError
from app.settings import Settings, load_settings
from app.wire import RULES, fax_line_of, forms_of, mailbox_of, relay_of
from launch.check.calendars import calendar_findings
from launch.check.ehr import EhrCheck
from launch.check.finding import FAULT, GOOD, NOTE, WARNING, Finding, print_findings
from launch.check.literature import literature_findings, wording_findings
from launch.check.payer import PayerCheck
from launch.smart.discovery import Discovery
from launch.smart.handshake import Handshake
from launch.smart.keys import SigningKeys
from launch.smart.payers import payer_client

__all__ = ["Finding", "run_check", "run_from_environment"]


def run_from_environment(environ: Mapping[str, str], *, out: TextIO) -> int:
    """Check what the environment names and print it; return 0 when there is no fault, else 1."""
    try:
        findings = run_check(load_settings(environ))
    except Misconfigured as error:
        findings = [Finding(FAULT, "Configuration", error.say, error.next)]
    print_findings(findings, out)
    return 1 if any(each.level == FAULT for each in findings) else 0


def run_check(settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[Finding]:
    """Return everything found, in the order of the headings."""
    transport = Transport(allow_loopback=settings.allow_loopback, inside_hosts=settings.inside_hosts)
    discovery = Discovery(transport, allow_loopback=settings.allow_loopback, clock=clock)
    stored = list(_database(settings.database_url))
    findings = [*_configuration(settings), *stored]
    keys, told = _signing_keys(settings)
    findings += told
    handshake = Handshake(settings, transport, keys, clock=clock)
    for issuer in settings.smart.issuers:
        findings += EhrCheck(issuer, settings, transport, discovery, handshake, clock).findings()
    # A site's own rules are read here too, so that what is wrong in them is named before anything is started.
    is_asked = bool(settings.smart.payers or settings.payer_forms or settings.site_rules)
    known = _payer_keys(settings, is_stored=all(each.level == GOOD for each in stored)) if is_asked else frozenset()
    for payer in settings.smart.payers:
        findings += PayerCheck(payer, settings, transport, discovery, handshake, known, clock).findings()
    told = (
        *_mail(settings),
        *_mailbox(settings, transport, clock),
        *_faxes(settings, transport),
        *_texts(settings, transport),
        *literature_findings(settings, transport),
        *wording_findings(settings, transport),
    )
    return [*findings, *told, *calendar_findings(settings), *_papers(settings, known)]


def _papers(settings: Settings, known: frozenset[str]) -> Iterator[Finding]:
    """Make a PDF of nothing, and read the payers' own forms. known: keys of the rule book."""
    try:
        strange = sorted(forms_of(settings).keys() - known)
    except Misconfigured as error:
        yield Finding(FAULT, "Papers", error.say, error.next)
    else:
        for name in strange:
            yield Finding(WARNING, "Papers", f"{name}.docx is the form of no payer in the rule book", "Rename it.")
    try:
        write_pdf("<!doctype html><html lang=en><title>Check</title><p>Check")
    except ParleyError as error:
        yield Finding(WARNING, "Papers", error.say, error.next)
    else:
        yield Finding(GOOD, "Papers", "PDFs can be made")


def _mail(settings: Settings) -> Iterator[Finding]:
    """Connect to the mail server, protect the connection and sign in; no message is sent."""
    relay = relay_of(settings)
    if relay is None:
        return
    try:
        relay.greet()
    except ParleyError as error:
        yield Finding(WARNING, "Mail server", f"{relay.host}: {error.say}", error.next)
        return
    how = "" if settings.smime_key else ", unsigned"
    yield Finding(GOOD, "Mail server", f"{relay.host} takes messages from {settings.smart.mail.sender}{how}")


def _texts(settings: Settings, transport: Transport) -> Iterator[Finding]:
    """Ask whether anybody answers where text messages go; nothing is sent, and the token stays here."""
    sms, about = settings.smart.sms, "Text messages"
    if sms is None:
        return
    host = urlsplit(sms.url).hostname
    try:
        transport.exchange("OPTIONS", sms.url, headers={})
    except ParleyError as error:
        yield Finding(WARNING, about, f"{host}: {error.say}", error.next)
        return
    yield Finding(GOOD, about, f"{host} answers; whether it takes the token is seen at the first message")


def _faxes(settings: Settings, transport: Transport) -> Iterator[Finding]:
    """Ask the fax service for a fax that never was; nothing is sent."""
    fax, line, about = settings.smart.fax, fax_line_of(settings, transport), "Faxes"
    if fax is not None and line is None:
        yield Finding(
            NOTE, about, f"go as mail to NUMBER@{fax.gateway}; whether one arrives is told by mail, if at all"
        )
    if line is None:
        return
    host = urlsplit(fax.url).hostname
    try:
        line.look("parley-check")
    except ParleyError as error:
        yield Finding(WARNING, about, f"{host}: {error.say}", error.next)
        return
    yield Finding(GOOD, about, f"{host} lets Parley in and can be asked what became of a fax")


def _mailbox(settings: Settings, transport: Transport, clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Connect to the mailbox, protect the connection, sign in and open the folder; no message is read."""
    mailbox = mailbox_of(settings, transport, clock=clock)
    if mailbox is None:
        if any(each.message for each in settings.smart.payers):
            yield Finding(NOTE, "Mailbox", "none is read (mail.inbox): payers' answers are read by people alone")
        return
    try:
        mailbox.greet()
    except ParleyError as error:
        yield Finding(WARNING, "Mailbox", f"{settings.smart.mail.inbox.host}: {error.say}", error.next)
        return
    home = settings.mail_home
    strays = f"goes to {home}" if home else "is shown to nobody, and each EHR's inbox says that it came"
    yield Finding(GOOD, "Mailbox", f"answers to {mailbox.name} are read; what names no case {strays}")


def _payer_keys(settings: Settings, *, is_stored: bool) -> frozenset[str]:
    """
    Return the rule book's keys, with those of payers that were added on its page.

    is_stored: the database can be read. A rule book that cannot be read stops `parley serve` itself, by name
    """
    beneath = RuleBook.load(RULES, settings.site_rules)
    return frozenset(rule.key for book in (beneath, *_edited(settings, beneath, is_stored)) for rule in book.payers)


def _edited(settings: Settings, beneath: RuleBook, is_stored: bool) -> Iterator[RuleBook]:
    if is_stored:
        with closing(open_database(settings.database_url)) as database:
            for issuer in settings.smart.issuers:
                yield beneath.edited(SqlStore(database).rule_edits(issuer.slug))


def _configuration(settings: Settings) -> Iterator[Finding]:
    about = "Configuration"
    issuers = len(settings.smart.issuers)
    yield Finding(GOOD, about, f"{issuers} {'EHR' if issuers == 1 else 'EHRs'}, served as {settings.base_url}")
    for warning in settings.warnings:
        yield Finding(WARNING, about, warning)


def _database(url: str) -> Iterator[Finding]:
    about, upgrade = "Database", "Run `parley db upgrade`."
    if is_absent(url):
        yield Finding(FAULT, about, "is not there yet", upgrade)
        return
    try:
        database = open_database(url)
        try:
            is_current = database.is_current()
        finally:
            database.close()
    except StoreDown as error:
        told = error.for_operators()
        yield Finding(FAULT, about, told.say, told.next)
        return
    except ParleyError as error:
        yield Finding(FAULT, about, error.say, error.next)
        return
    if not is_current:
        yield Finding(FAULT, about, "is not up to date", upgrade)
        return
    yield Finding(GOOD, about, "is there and up to date")


def _signing_keys(settings: Settings) -> tuple[SigningKeys | None, list[Finding]]:
    about = "Signing keys"
    if settings.signing_keys_path is None:
        return None, [Finding(NOTE, about, "none are set; no EHR signs in with private_key_jwt")]
    try:
        keys = SigningKeys.read(settings.signing_keys_path)
    except Misconfigured as error:
        return None, [Finding(FAULT, about, error.say, error.next)]
    kids = ", ".join(f"{each['alg']} {each['kid']}" for each in keys.public()["keys"])
    told = [Finding(GOOD, about, f"can be read: {kids}"), *_missing_keys(settings, keys)]
    if settings.signing_keys_path.stat().st_mode & 0o077:
        say, what_next = "others on this machine may read the file", "Make it Parley's alone: chmod 600."
        told.append(Finding(WARNING, about, say, what_next))
    return keys, told


def _missing_keys(settings: Settings, keys: SigningKeys) -> Iterator[Finding]:
    signing = [each for each in settings.smart.issuers if each.auth == "private_key_jwt" or each.backend_client_id]
    asking = [payer_client(each) for each in settings.smart.payers if each.inquire is not None]
    for party in (*signing, *asking):
        try:
            keys.key_for(party.alg, party.kid)
        except Misconfigured as error:
            yield Finding(FAULT, "Signing keys", f"{party.slug}: {error.say}", "Add it, or correct alg and kid.")
