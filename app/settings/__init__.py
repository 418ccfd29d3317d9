"""
Environment and smart-config.json, read once into frozen settings; read by wire and launch only.

Every variable X may instead be given as X_FILE, the path of a file that holds its value. smart-config.json follows
the issuer record documented in docs/smart-config.md and holds no secrets. Each fault is a Misconfigured that names
the variable or the field ("issuers[0].auth").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.errors import Misconfigured
from app.settings.checks import LOOPBACK_HOSTS, check_url, read_smart_config
from app.settings.checks.reserved import without_effect
from app.settings.smart import (
    Calendars,
    CallHabits,
    ClinicianRecord,
    CommunicationProfile,
    DocumentProfile,
    Fax,
    Feed,
    GoogleCalendars,
    Hook,
    Hours,
    IntakeKey,
    Issuer,
    Literature,
    Mail,
    MailInbox,
    MicrosoftCalendars,
    PayerEndpoint,
    PayerFax,
    PayerFeed,
    PayerInquiry,
    PayerMessage,
    Profile,
    Publishing,
    Scopes,
    SmartConfig,
    Sms,
    Sync,
    Timeouts,
    Wording,
)
from app.settings.values import (
    PREFIXES,
    SECRET_PREFIX,
    VARIABLES,
    calendar_secrets,
    client_secrets,
    environment_with_files,
    fax_secret,
    feeds_of,
    folder_of,
    hook_secrets,
    imap_password,
    intake_keys_of,
    launches_a_minute_of,
    mail_ca_files,
    payer_certificates,
    port_of,
    proxy_count_of,
    pubmed_key,
    required,
    secret_keys_of,
    signing_keys_path,
    smime_key,
    sms_token,
    smtp_password,
    switch_of,
    wording_token,
)

DATABASE = "sqlite:///parley.db"  # where none is named


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the site decides, checked."""

    smart: SmartConfig
    base_url: str
    database_url: str
    secret_keys: tuple[str, ...]  # first encrypts, all decrypt
    client_secrets: Mapping[str, str]
    signing_keys_path: Path | None
    host: str = "127.0.0.1"
    port: int = 8572
    allow_loopback: bool = False
    proxy_count: int = 0  # trusted reverse proxies in front; 0 believes no forwarded header
    launches_a_minute: int = 60  # from one address, at each process
    warnings: tuple[str, ...] = field(default=())
    site_rules: Path | None = None  # folder of the site's own payer rules
    payer_forms: Path | None = None  # folder of payers' own request forms
    intake_keys: tuple[IntakeKey, ...] = ()
    smtp_password: str | None = field(default=None, repr=False)
    smime_key: bytes | None = field(default=None, repr=False)  # our key and certificate, PEM
    certificates: Mapping[str, bytes] = field(default_factory=dict)  # of payers that are written to, by key
    feeds: Mapping[str, Feed] = field(default_factory=dict)  # of payers that publish their times, by key
    mail_ca_file: Path | None = None
    sms_token: str | None = field(default=None, repr=False)
    inbox_ca_file: Path | None = None
    fax_secret: str | None = field(default=None, repr=False)
    hook_secrets: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict, repr=False)
    imap_password: str | None = field(default=None, repr=False)
    pubmed_key: str | None = field(default=None, repr=False)
    wording_token: str | None = field(default=None, repr=False)
    calendar_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def inside_hosts(self) -> frozenset[str]:
        """Return the hosts that may lie in a private network: the EHRs', with pinned ones, and services'."""
        named = {urlsplit(each.fhir_base).hostname or "" for each in self.smart.issuers}
        pinned = {host.partition(":")[0] for each in self.smart.issuers for host in each.pinned_hosts}
        texts = {urlsplit(self.smart.sms.url).hostname or ""} if self.smart.sms else set()
        faxes = {urlsplit(self.smart.fax.url).hostname or ""} if self.smart.fax and self.smart.fax.url else set()
        words = {urlsplit(self.smart.wording.url).hostname or ""} if self.smart.wording else set()
        return frozenset(named | pinned | texts | faxes | words)

    @property
    def mail_home(self) -> str | None:
        """Return the issuer whose people get messages that name no case; None where several share the mailbox."""
        inbox = self.smart.mail.inbox if self.smart.mail else None
        return self.home_of(inbox.issuer if inbox else None)

    def home_of(self, told: str | None) -> str | None:
        """Return the issuer told for what names no case, else the only one, None where there are several."""
        issuers = self.smart.issuers
        return told or (issuers[0].slug if len(issuers) == 1 else None)

    def issuer_of(self, fhir_base: str) -> Issuer | None:
        """Return the issuer registered for this FHIR base (one trailing slash apart), or None."""
        wanted = fhir_base.removesuffix("/")
        return next((each for each in self.smart.issuers if each.fhir_base == wanted), None)

    def issuer(self, slug: str) -> Issuer:
        """Return the issuer of this slug; raises Misconfigured when there is none."""
        for each in self.smart.issuers:
            if each.slug == slug:
                return each
        raise Misconfigured("issuers", f"no issuer has the slug {slug!r}")


def database_url(environ: Mapping[str, str]) -> str:
    """Return where the database is; what else is set need not be whole."""
    return environment_with_files(environ).get("PARLEY_DATABASE_URL", DATABASE)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that the environment names; raises Misconfigured naming the first fault."""
    values = environment_with_files(environ)
    allow_loopback = switch_of(values, "PARLEY_ALLOW_LOOPBACK")
    base_url = required(values, "PARLEY_BASE_URL").removesuffix("/")
    check_url("PARLEY_BASE_URL", base_url, allow_loopback=allow_loopback)
    if urlsplit(base_url).path:
        raise Misconfigured("PARLEY_BASE_URL", "must be https://host[:port] alone: Parley takes all of a host's paths")
    config_path = Path(values.get("PARLEY_SMART_CONFIG", "smart-config.json"))
    smart = read_smart_config(config_path, allow_loopback=allow_loopback)
    secrets = client_secrets(values, smart)
    proxy_count = proxy_count_of(values.get("PARLEY_PROXIES", "0"))
    return Settings(
        smart=smart,
        base_url=base_url,
        database_url=values.get("PARLEY_DATABASE_URL", DATABASE),
        secret_keys=secret_keys_of(values),
        client_secrets=secrets,
        signing_keys_path=signing_keys_path(values, smart),
        host=values.get("PARLEY_HOST", "127.0.0.1"),
        port=port_of(values.get("PARLEY_PORT", "8572")),
        allow_loopback=allow_loopback,
        proxy_count=proxy_count,
        launches_a_minute=launches_a_minute_of(values.get("PARLEY_LAUNCHES_A_MINUTE", "60")),
        site_rules=folder_of(values, "PARLEY_SITE_RULES"),
        payer_forms=folder_of(values, "PARLEY_PAYER_FORMS"),
        intake_keys=intake_keys_of(values.get("PARLEY_INTAKE_KEYS", ""), {each.slug for each in smart.issuers}),
        **_of_mail(values, config_path.parent, smart),
        feeds=feeds_of(values, smart, allow_loopback=allow_loopback),
        **_of_services(values, smart),
        warnings=(
            *_warnings(base_url, allow_loopback=allow_loopback, proxy_count=proxy_count),
            *without_effect(smart.issuers),
        ),
    )


def _warnings(base_url: str, *, allow_loopback: bool, proxy_count: int) -> Iterator[str]:
    if allow_loopback:
        yield "PARLEY_ALLOW_LOOPBACK=1: plain http and loopback issuers are accepted. Never with real patients."
    if base_url.startswith("https://") and not proxy_count:
        yield (
            "PARLEY_PROXIES=0: behind a proxy every request then seems to come from it, and all people together are "
            "let in as often as one. Set it to the number of proxies in front."
        )


def _of_services(values: Mapping[str, str], smart: SmartConfig) -> dict[str, Any]:
    """Return what opens the services that the file names."""
    return {
        "sms_token": sms_token(values, smart),
        "pubmed_key": pubmed_key(values, smart),
        "wording_token": wording_token(values, smart),
        "calendar_secrets": calendar_secrets(values, smart),
    }


def _of_mail(values: Mapping[str, str], folder: Path, smart: SmartConfig) -> dict[str, Any]:
    """Return the settings of what is sent and read by mail. folder: of smart-config.json"""
    mail_ca_file, inbox_ca_file = mail_ca_files(folder, smart)
    return {
        "smtp_password": smtp_password(values, smart),
        "imap_password": imap_password(values, smart),
        "fax_secret": fax_secret(values, smart),
        "hook_secrets": hook_secrets(values, smart),
        "smime_key": smime_key(values),
        "certificates": payer_certificates(folder, smart),
        "mail_ca_file": mail_ca_file,
        "inbox_ca_file": inbox_ca_file,
    }


__all__ = [
    "LOOPBACK_HOSTS",
    "PREFIXES",
    "SECRET_PREFIX",
    "VARIABLES",
    "Calendars",
    "CallHabits",
    "ClinicianRecord",
    "CommunicationProfile",
    "DocumentProfile",
    "Fax",
    "Feed",
    "GoogleCalendars",
    "Hook",
    "Hours",
    "IntakeKey",
    "Issuer",
    "Literature",
    "Mail",
    "MailInbox",
    "MicrosoftCalendars",
    "PayerEndpoint",
    "PayerFax",
    "PayerFeed",
    "PayerInquiry",
    "PayerMessage",
    "Profile",
    "Publishing",
    "Scopes",
    "Settings",
    "SmartConfig",
    "Sms",
    "Sync",
    "Timeouts",
    "Wording",
    "database_url",
    "load_settings",
    "read_smart_config",
]
