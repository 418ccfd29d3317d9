"""smart-config.json, read and checked; each fault is a Misconfigured that names the field ("issuers[0].auth")."""

import json
from pathlib import Path

import msgspec

from app.errors import Misconfigured
from app.settings.checks.choices import APPOINTMENTS, CHOICES, FEEDS, NOTE_KINDS, WEEKDAYS
from app.settings.checks.issuers import check_issuer
from app.settings.checks.payers import check_payers
from app.settings.checks.plain import LOOPBACK_HOSTS, check_feed_url, check_url
from app.settings.checks.ways import check_ways
from app.settings.smart import SmartConfig

__all__ = (
    "APPOINTMENTS",
    "CHOICES",
    "FEEDS",
    "LOOPBACK_HOSTS",
    "NOTE_KINDS",
    "WEEKDAYS",
    "check_feed_url",
    "check_url",
    "read_smart_config",
)


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
        check_issuer(f"smart-config.json issuers[{index}]", each, allow_loopback=allow_loopback)
        for what, value in (("slug", each.slug), ("fhir_base", each.fhir_base)):
            if seen.get(f"{what} {value}"):
                raise Misconfigured(f"smart-config.json issuers[{index}].{what}", f"{value!r} stands twice")
            seen[f"{what} {value}"] = each.slug
    check_payers(config, allow_loopback=allow_loopback)
    check_ways(config, allow_loopback=allow_loopback)


def _place_of(raw: bytes) -> str:
    try:
        json.loads(raw)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start}"
    return "unreadable"
