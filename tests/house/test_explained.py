"""What an administrator may set is explained where they look, and nothing is explained that is not there."""

import re

import msgspec

from app import settings
from tests.house.source import ROOT

STRUCTS = {
    "": settings.SmartConfig,
    "issuers[]": settings.Issuer,
    "issuers[].scopes": settings.Scopes,
    "issuers[].timeouts": settings.Timeouts,
    "issuers[].sync": settings.Sync,
    "issuers[].profile": settings.Profile,
    "issuers[].profile.document": settings.DocumentProfile,
    "issuers[].profile.communication": settings.CommunicationProfile,
    "issuers[].hours": settings.Hours,
    "issuers[].publishing": settings.Publishing,
    "issuers[].calls": settings.CallHabits,
    "issuers[].clinicians{}": settings.ClinicianRecord,
    "payers[]": settings.PayerEndpoint,
    "payers[].feed": settings.PayerFeed,
    "payers[].inquire": settings.PayerInquiry,
    "payers[].message": settings.PayerMessage,
    "mail": settings.Mail,
    "mail.inbox": settings.MailInbox,
    "hooks[]": settings.Hook,
    "fax": settings.Fax,
    "payers[].fax": settings.PayerFax,
    "sms": settings.Sms,
    "literature": settings.Literature,
    "wording": settings.Wording,
    "calendars": settings.Calendars,
    "calendars.google": settings.GoogleCalendars,
    "calendars.microsoft": settings.MicrosoftCalendars,
}
FIELDS = sorted({each.encode_name for struct in STRUCTS.values() for each in msgspec.structs.fields(struct)})


def text(*names: str) -> str:
    """Return some documents as one text."""
    return "\n".join((ROOT / name).read_text("utf-8") for name in names)


def test_settings_are_explained():
    """Every variable of the environment, and its twin that names a file, stands in the README or beside the fields."""
    explained = text("README.md", "docs/smart-config.md")

    assert [each for each in (*settings.VARIABLES, *settings.PREFIXES, "_FILE") if each not in explained] == []


def test_no_setting_is_explained_that_is_not_there():
    """A variable in the documents is one that Parley reads; it refuses to start on any other."""
    told = set(re.findall(r"\bPARLEY_[A-Z_]*[A-Z]", text("README.md", "docs/smart-config.md")))
    known = {*settings.VARIABLES, *(f"{each}_FILE" for each in settings.VARIABLES)}

    starts = tuple(each.rstrip("_") for each in settings.PREFIXES)

    assert {each for each in told - known if not each.startswith(starts)} == set()


def test_fields_of_smart_config_are_explained():
    """Every field of smart-config.json stands in docs/smart-config.md, as code."""
    explained = text("docs/smart-config.md")

    assert [each for each in FIELDS if not re.search(rf'[`".]{each}[`"]', explained)] == []


def test_every_struct_of_the_configuration_is_looked_at():
    """A struct that is added to the settings is added here."""
    known = {each for each in vars(settings).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)}

    assert known == set(STRUCTS.values())
