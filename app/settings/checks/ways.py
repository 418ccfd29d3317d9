"""The ways out of the house and in, beside the EHR and the payers: mail, fax, text messages, calendars, literature."""

import re
from collections.abc import Collection

from app.errors import Misconfigured
from app.settings.checks.choices import CHOICES
from app.settings.checks.plain import check_address, check_number, check_server, check_url
from app.settings.smart import Calendars, Fax, Literature, Mail, MailInbox, SmartConfig, Sms


def check_ways(config: SmartConfig, *, allow_loopback: bool) -> None:
    """Check each way that is configured; raises Misconfigured for the first fault."""
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


def _check_mail(place: str, mail: Mail, *, allow_loopback: bool) -> None:
    check_server(place, mail, allow_loopback=allow_loopback)
    check_address(f"{place}.sender", mail.sender)


def _check_sms(place: str, sms: Sms, *, allow_loopback: bool) -> None:
    check_url(f"{place}.url", sms.url, allow_loopback=allow_loopback)
    if sms.sender and not re.fullmatch(r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}", sms.sender):
        raise Misconfigured(f"{place}.sender", "must be a number, or at most eleven letters and digits")


def _check_literature(place: str, literature: Literature, *, allow_loopback: bool) -> None:
    check_url(f"{place}.url", literature.url, allow_loopback=allow_loopback)
    check_address(f"{place}.email", literature.email)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", literature.tool):
        raise Misconfigured(f"{place}.tool", "must be one word of letters and digits")


def _check_inbox(place: str, inbox: MailInbox, slugs: Collection[str], *, allow_loopback: bool) -> None:
    check_server(place, inbox, allow_loopback=allow_loopback)
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
        check_number(f"{place}.{name}", getattr(fax, name))


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
