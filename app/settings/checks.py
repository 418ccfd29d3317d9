"""smart-config.json, read and checked; each fault is a Misconfigured that names the field ("issuers[0].auth")."""

import json
import re
from collections.abc import Collection
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.core.people import Role
from app.errors import Misconfigured
from app.settings.smart import (
    Calendars,
    CallHabits,
    ClinicianRecord,
    Fax,
    Hours,
    Issuer,
    Literature,
    Mail,
    MailInbox,
    PayerEndpoint,
    PayerFeed,
    PayerInquiry,
    Publishing,
    SmartConfig,
    Sms,
)

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


CHOICES = {
    "auth": {"public", "client_secret_basic", "private_key_jwt"},
    "alg": {"ES384", "RS384"},
    "kind": {
        "epic", "oracle", "athena", "meditech", "ecw", "nextgen", "veradigm", "openemr", "medplum", "hapi", "generic",
    },
    "refresh": {"online", "offline", "none"},
    "nonce": {"require", "if-present"},
    "banner": {"auto", "always"},
    "channel": {"fax", "message"},
    "body": {"json", "multipart"},
    "security": {"starttls", "implicit", "none"},
    "task": {"auto", "off"},
}  # fmt: skip


FEEDS = {"bulk", "ics", "caldav"}
NOTE_KINDS = {"", "text/plain", "text/html", "application/xhtml+xml", "application/pdf"}
FORM = re.compile(r"https?://[^\s|#]{1,480}(\|[A-Za-z0-9.\-]{1,20})?")  # a canonical URL, with its version or without
APPOINTMENTS = {"none", "generic", "oracle-slot"}


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def read_smart_config(path: Path, *, allow_loopback: bool) -> SmartConfig:
    """Return the checked smart-config.json; raises Misconfigured naming the field, "issuers[0].auth: …"."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Misconfigured("PARLEY_SMART_CONFIG", f"cannot read {path.name}: {error.strerror}") from error
    try:
        config = msgspec.json.decode(raw, type=SmartConfig)
    except msgspec.ValidationError as error:
        say, _, place = str(error).partition(" - at ")
        where = place.strip("`").removeprefix("$").removeprefix(".") or "smart-config.json"
        raise Misconfigured(f"smart-config.json {where}".replace("json smart-config.json", "json"), say) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Misconfigured("smart-config.json", f"is not JSON: {_place_of(raw)}") from error
    _check(config, allow_loopback=allow_loopback)
    return config


def _check(config: SmartConfig, *, allow_loopback: bool) -> None:
    if not config.issuers:
        raise Misconfigured("smart-config.json issuers", "is empty; name at least one EHR")
    seen: dict[str, str] = {}
    for index, each in enumerate(config.issuers):
        _check_issuer(f"smart-config.json issuers[{index}]", each, allow_loopback=allow_loopback)
        for what, value in (("slug", each.slug), ("fhir_base", each.fhir_base)):
            if seen.get(f"{what} {value}"):
                raise Misconfigured(f"smart-config.json issuers[{index}].{what}", f"{value!r} stands twice")
            seen[f"{what} {value}"] = each.slug
    _check_payers(config, allow_loopback=allow_loopback)
    if config.mail is not None:
        _check_mail("smart-config.json mail", config.mail, allow_loopback=allow_loopback)
        if config.mail.inbox is not None:
            slugs = {each.slug for each in config.issuers}
            _check_inbox("smart-config.json mail.inbox", config.mail.inbox, slugs, allow_loopback=allow_loopback)
    _check_hooks(config)
    if config.fax is not None:
        _check_fax("smart-config.json fax", config, config.fax, allow_loopback=allow_loopback)
    if config.sms is not None:
        _check_sms("smart-config.json sms", config.sms, allow_loopback=allow_loopback)
    _check_beside_the_brief(config, allow_loopback=allow_loopback)
    _check_calendars("smart-config.json calendars", config.calendars, allow_loopback=allow_loopback)


def _check_beside_the_brief(config: SmartConfig, *, allow_loopback: bool) -> None:
    if config.literature is not None:
        _check_literature("smart-config.json literature", config.literature, allow_loopback=allow_loopback)
    if config.wording is not None:
        check_url("smart-config.json wording.url", config.wording.url, allow_loopback=allow_loopback)
        if not re.fullmatch(r"[\w./:-]{1,120}", config.wording.model):
            raise Misconfigured("smart-config.json wording.model", "must be one word, the name of a model")


def _check_calendars(place: str, calendars: Calendars, *, allow_loopback: bool) -> None:
    for name, client in (("google", calendars.google), ("microsoft", calendars.microsoft)):
        if client is None:
            continue
        if not client.client_id:
            raise Misconfigured(f"{place}.{name}.client_id", "is empty")
        for field in client.__struct_fields__:
            if field.endswith(("_base", "_endpoint")):
                check_url(f"{place}.{name}.{field}", getattr(client, field), allow_loopback=allow_loopback)
    microsoft = calendars.microsoft
    if microsoft is not None and not re.fullmatch(r"[A-Za-z0-9.-]+", microsoft.directory):
        raise Misconfigured(f"{place}.microsoft.directory", "must be a directory's id or domain, or organizations")


def _check_payers(config: SmartConfig, *, allow_loopback: bool) -> None:
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


def _check_mail(place: str, mail: Mail, *, allow_loopback: bool) -> None:
    _check_server(place, mail, allow_loopback=allow_loopback)
    _check_address(f"{place}.sender", mail.sender)


def _check_sms(place: str, sms: Sms, *, allow_loopback: bool) -> None:
    check_url(f"{place}.url", sms.url, allow_loopback=allow_loopback)
    if sms.sender and not re.fullmatch(r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}", sms.sender):
        raise Misconfigured(f"{place}.sender", "must be a number, or at most eleven letters and digits")


def _check_literature(place: str, literature: Literature, *, allow_loopback: bool) -> None:
    check_url(f"{place}.url", literature.url, allow_loopback=allow_loopback)
    _check_address(f"{place}.email", literature.email)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", literature.tool):
        raise Misconfigured(f"{place}.tool", "must be one word of letters and digits")


def _check_inbox(place: str, inbox: MailInbox, slugs: Collection[str], *, allow_loopback: bool) -> None:
    _check_server(place, inbox, allow_loopback=allow_loopback)
    for name in ("user", "folder"):
        if not re.fullmatch(r"[ -~]{1,200}", getattr(inbox, name)):
            raise Misconfigured(f"{place}.{name}", "must be 1 to 200 plain letters, digits and signs")
    if inbox.issuer is not None and inbox.issuer not in slugs:
        raise Misconfigured(f"{place}.issuer", "is the slug of no issuer here")
    if inbox.token_endpoint is not None:
        check_url(f"{place}.token_endpoint", inbox.token_endpoint, allow_loopback=allow_loopback)
    for name in ("client_id", "scope"):
        if bool(getattr(inbox, name)) != (inbox.token_endpoint is not None):
            raise Misconfigured(f"{place}.{name}", "goes with token_endpoint, both or neither")


def _check_fax(place: str, config: SmartConfig, fax: Fax, *, allow_loopback: bool) -> None:
    if (fax.url is None) == (fax.gateway is None):
        raise Misconfigured(place, "needs url or gateway, one of them")
    if fax.url is not None:
        check_url(f"{place}.url", fax.url, allow_loopback=allow_loopback)
    elif config.mail is None:
        raise Misconfigured(f"{place}.gateway", "needs mail, the server through which messages go")
    elif not re.fullmatch(r"[A-Za-z0-9.-]{1,200}", fax.gateway):
        raise Misconfigured(f"{place}.gateway", "must be a host, to which NUMBER@HOST is mailed")
    if fax.body not in CHOICES["body"]:
        raise Misconfigured(f"{place}.body", f"must be one of {', '.join(sorted(CHOICES['body']))}")
    if not fax.name.strip():
        raise Misconfigured(f"{place}.name", "is empty")
    for name in ("number", "phone"):
        _check_number(f"{place}.{name}", getattr(fax, name))


def _check_number(name: str, number: str) -> None:
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", number):
        raise Misconfigured(name, "must hold numbers as +15125550134")


def _check_hooks(config: SmartConfig) -> None:
    for index, hook in enumerate(config.hooks):
        place = f"smart-config.json hooks[{index}]"
        if not re.fullmatch(r"[a-z0-9-]{1,40}", hook.name):
            raise Misconfigured(f"{place}.name", "use lower-case letters, digits and hyphens")
        if hook.name in {each.name for each in config.hooks[:index]}:
            raise Misconfigured(f"{place}.name", f"{hook.name!r} stands twice")
        if hook.channel not in CHOICES["channel"]:
            raise Misconfigured(f"{place}.channel", f"must be one of {', '.join(sorted(CHOICES['channel']))}")
        if hook.issuer is not None and hook.issuer not in {each.slug for each in config.issuers}:
            raise Misconfigured(f"{place}.issuer", "is the slug of no issuer here")


def _check_server(place: str, server: Mail | MailInbox, *, allow_loopback: bool) -> None:
    if not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+", server.host):
        raise Misconfigured(f"{place}.host", "must be a host's name or address")
    if not 0 < server.port < 65536:
        raise Misconfigured(f"{place}.port", "must be a number from 1 to 65535")
    if server.security not in CHOICES["security"]:
        raise Misconfigured(f"{place}.security", f"must be one of {', '.join(sorted(CHOICES['security']))}")
    if server.security == "none" and not (allow_loopback and server.host in LOOPBACK_HOSTS):
        raise Misconfigured(f"{place}.security", "may be none for this machine and PARLEY_ALLOW_LOOPBACK=1 only")


def _check_address(name: str, address: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,200}", address):
        raise Misconfigured(name, "must be a plain mail address, name@host")


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
    _check_zone(f"{place}.zone", feed.zone or "")
    if not all(each.strip() for each in feed.words):
        raise Misconfigured(f"{place}.words", "holds an empty word, which stands in every event")


def _check_zone(name: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Misconfigured(name, "is not an IANA time zone") from error


def check_feed_url(name: str, url: str, *, allow_loopback: bool) -> None:
    """Demand an https address; a query is allowed, since many feeds keep their key there."""
    check_url(name, url.partition("?")[0], allow_loopback=allow_loopback)


def _check_written(place: str, payer: PayerEndpoint) -> None:
    if payer.message is not None:
        _check_address(f"{place}.message.to", payer.message.to)
        for index, each in enumerate(payer.message.senders):
            name = f"{place}.message.senders[{index}]"
            _check_address(name, f"any{each}" if each.startswith("@") else each)
    for number in (payer.fax.to, *payer.fax.senders) if payer.fax else ():
        _check_number(f"{place}.fax", number)


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


def _check_issuer(place: str, issuer: Issuer, *, allow_loopback: bool) -> None:
    if not issuer.slug or not all(c.isascii() and (c.islower() or c.isdigit() or c == "-") for c in issuer.slug):
        raise Misconfigured(f"{place}.slug", "use lower-case letters, digits and hyphens")
    if not issuer.client_id:
        raise Misconfigured(f"{place}.client_id", "is empty")
    if issuer.fhir_base.endswith("/"):
        raise Misconfigured(f"{place}.fhir_base", "must not end with a slash")
    check_url(f"{place}.fhir_base", issuer.fhir_base, allow_loopback=allow_loopback)
    for name in ("auth", "alg", "kind", "refresh", "nonce", "banner"):
        if getattr(issuer, name) not in CHOICES[name]:
            raise Misconfigured(f"{place}.{name}", f"must be one of {', '.join(sorted(CHOICES[name]))}")
    if issuer.profile.appointment not in APPOINTMENTS:
        raise Misconfigured(f"{place}.profile.appointment", f"must be one of {', '.join(sorted(APPOINTMENTS))}")
    if issuer.profile.task not in CHOICES["task"]:
        raise Misconfigured(f"{place}.profile.task", "must be auto or off")
    if (form := issuer.profile.questionnaire_response) != "off" and not FORM.fullmatch(form):
        raise Misconfigured(
            f"{place}.profile.questionnaire_response", "must be off, or the URL of the form that was installed"
        )
    _check_note(f"{place}.profile.document.mime", issuer)
    _check_viewer(f"{place}.profile.viewer", issuer.profile.viewer, allow_loopback=allow_loopback)
    _check_origins(place, issuer)
    _check_roles(place, issuer)
    _check_hours(place, issuer)
    if issuer.publishing is not None:
        _check_publishing(f"{place}.publishing", issuer.publishing)


def _check_note(name: str, issuer: Issuer) -> None:
    """Demand media types that a note can be written in, and one alone where the server documents one."""
    mime = issuer.profile.document.mime
    kinds = (mime,) if isinstance(mime, str) else mime
    if not kinds or any(each.partition(";")[0].strip().lower() not in NOTE_KINDS for each in kinds):
        raise Misconfigured(name, f"must be one or several of {', '.join(sorted(NOTE_KINDS - {''}))}")
    if issuer.kind == "oracle" and len(kinds) > 1:
        raise Misconfigured(name, "must be one alone: this EHR takes one content")


def _check_viewer(name: str, viewer: str, *, allow_loopback: bool) -> None:
    """Demand an address that only lacks the resource, in its path or its query: pages link to it."""
    if not viewer:
        return
    head, mark, _ = viewer.partition("{reference}")
    if not mark:
        raise Misconfigured(name, "must hold {reference} where the resource's type and id go")
    check_url(name, head.partition("?")[0], allow_loopback=allow_loopback)


def _check_origins(place: str, issuer: Issuer) -> None:
    for index, origin in enumerate(issuer.frame_ancestors):
        parts = urlsplit(origin)
        if parts.path or parts.query or not parts.netloc or parts.scheme not in ("http", "https"):
            raise Misconfigured(f"{place}.frame_ancestors[{index}]", "must be an origin, https://host[:port]")


def _check_roles(place: str, issuer: Issuer) -> None:
    roles = {role.value for role in Role}
    for who, role in issuer.roles.items():
        if role not in roles:
            raise Misconfigured(f"{place}.roles[{who!r}]", f"must be one of {', '.join(sorted(roles))}")
    if issuer.default_role not in roles:
        raise Misconfigured(f"{place}.default_role", f"must be one of {', '.join(sorted(roles))}")


def _check_publishing(place: str, told: Publishing) -> None:
    for name in ("phone", "line", "city", "postal_code"):
        if not getattr(told, name).strip():
            raise Misconfigured(f"{place}.{name}", "is empty")
    if not re.fullmatch(r"[A-Z]{2}", told.state):
        raise Misconfigured(f"{place}.state", "must be a state's two letters")
    for name, least, most in (("days", 1, 60), ("notice_hours", 0, 240), ("every_min", 1, 60)):
        if not least <= getattr(told, name) <= most:
            raise Misconfigured(f"{place}.{name}", f"must lie between {least} and {most}")


def _check_hours(place: str, issuer: Issuer) -> None:
    _check_zone(f"{place}.zone", issuer.zone)
    _check_times(f"{place}.hours", issuer.hours)
    for name in ("call_minutes", "notice_minutes"):
        if not 0 < getattr(issuer, name) <= 240:
            raise Misconfigured(f"{place}.{name}", "must lie between 1 and 240")
    _check_habits(f"{place}.calls", issuer.calls)
    for who, record in issuer.clinicians.items():
        _check_clinician(f"{place}.clinicians[{who!r}]", who, record)
    if issuer.recording_state is not None and not re.fullmatch(r"[A-Z]{2}", issuer.recording_state):
        raise Misconfigured(f"{place}.recording_state", "must be a state's two letters")
    if not 1 <= issuer.arrivals_days <= 365:
        raise Misconfigured(f"{place}.arrivals_days", "must lie between 1 and 365")
    if issuer.timeouts.idle <= 0 or issuer.timeouts.absolute <= 0:
        raise Misconfigured(f"{place}.timeouts", "must be minutes above 0")


def _check_times(place: str, hours: Hours) -> None:
    try:
        start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    except ValueError as error:
        raise Misconfigured(place, 'start and end must be local times, "HH:MM"') from error
    if start >= end or not set(hours.days) <= set(WEEKDAYS):
        raise Misconfigured(place, f"must start before they end, on days of {' '.join(WEEKDAYS)}")


def _check_habits(place: str, habits: CallHabits) -> None:
    for name in ("prepare_minutes", "wrap_up_minutes", "travel_minutes"):
        if not 0 <= getattr(habits, name) <= 120:
            raise Misconfigured(f"{place}.{name}", "must lie between 0 and 120")
    for name in ("protected", "clinic"):
        for index, each in enumerate(getattr(habits, name)):
            _check_times(f"{place}.{name}[{index}]", each)


def _check_clinician(place: str, who: str, record: ClinicianRecord) -> None:
    for index, name in enumerate((who, *record.covered_by)):
        if not re.fullmatch(r"Practitioner/[A-Za-z0-9.-]{1,64}", name):
            raise Misconfigured(f"{place}.covered_by[{index - 1}]" if index else place, "must be Practitioner/ID")
    if who in record.covered_by:
        raise Misconfigured(f"{place}.covered_by", "names the clinician themselves")
    if record.calls is not None:
        _check_habits(f"{place}.calls", record.calls)


def check_url(name: str, url: str, *, allow_loopback: bool) -> None:
    """Demand an https URL without user, query or fragment; this machine in development only."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise Misconfigured(name, "must be an https URL without user, query or fragment")
    if parts.hostname in LOOPBACK_HOSTS:
        if not allow_loopback:
            raise Misconfigured(name, "names this machine; set PARLEY_ALLOW_LOOPBACK=1 for development only")
    elif parts.scheme != "https":
        raise Misconfigured(name, "must begin with https://")


def _place_of(raw: bytes) -> str:
    try:
        json.loads(raw)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start}"
    return "unreadable"
