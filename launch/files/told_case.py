"""A case as the file commands are told it: one JSON object of facts, each left out or null where it is not known."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.deadlines import EVENTS, Event, Facts, Phase, early_instant, facts_of
from app.core.denial import Coverage
from app.core.people import Party
from app.core.rulebook.payers import TOLD_SETTINGS
from app.edges.rulebook import Case, RuleBook
from app.errors import BadInput

LINES = ("commercial", "medicare_advantage", "medicaid", "marketplace", "medicare")
FUNDINGS = ("fully_insured", "self_insured", "public")
# The lane says whether the payer has decided; an informational call is held afterwards.
LANES = {"pre_denial": Phase.PENDED, "post_denial": Phase.DECIDED, "informational": Phase.DECIDED}
_CALL_MINUTES, _NOTICE_MINUTES = 20, 30
_MOST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class ToldCase:
    """The facts for the clocks, and what a call takes. zone: in which times are shown, the payer's or the site's."""

    facts: Facts
    lane: str | None
    zone: str
    length: timedelta
    notice: timedelta


def read_told_case(data: dict[str, Any], *, rules: RuleBook) -> ToldCase:
    """Return the case; raises BadInput naming the place of what cannot be meant."""
    now = _instant(_needed(data, "now"), "now").at
    plan = Coverage(
        None,
        Party(_text(data, "payer")),
        line_of_business=_one_of(data, "line_of_business", LINES),
        funding=_one_of(data, "funding", FUNDINGS),
        state=_state(data),
    )
    site = _zone(data) or rules.calendar.cautious.zone
    lane, setting = _one_of(data, "lane", tuple(LANES)), _one_of(data, "setting", ("any", *TOLD_SETTINGS))
    case = Case(plan, _one_of(data, "service", ("drugs", "medical")), None if setting == "any" else setting)
    rule = rules.payer_called(plan.payer.name, case) if plan.payer.name else None
    zone = rule.hours.zone if rule and rule.hours else site
    facts = facts_of(
        plan=plan,
        rule=rule,
        calendar=rules.calendar,
        site_zone=site,
        events=_events(data, zone),
        now=now,
        phase=LANES.get(lane),
        setting=case.setting,
        urgent=_flag(data, "urgent"),
        service=case.service or (rule.services if rule else None),
    )
    length, notice = (
        timedelta(minutes=_minutes(data, key, usual))
        for key, usual in (("length_minutes", _CALL_MINUTES), ("notice_minutes", _NOTICE_MINUTES))
    )
    return ToldCase(facts, lane, zone, length, notice)


def _events(data: dict[str, Any], zone: str) -> list[Event]:
    given = data.get("events")
    if given is None:
        return []
    if not isinstance(given, list):
        raise BadInput("not a JSON array", path="events")
    found = []
    for index, each in enumerate(given):
        path = f"events[{index}]"
        if not isinstance(each, dict):
            raise BadInput("not a JSON object", path=path)
        kind = each.get("kind")
        if kind not in EVENTS:
            raise BadInput(f"not one of {', '.join(EVENTS)}", path=f"{path}.kind")
        found.append(_instant(each.get("at"), f"{path}.at", kind=kind, zone=zone))
    return found


def _instant(value: Any, path: str, *, kind: str = "", zone: str | None = None) -> Event:
    """Return when; a bare day is taken where `zone` is given, from its first moment there."""
    problem = "not an ISO 8601 time with an offset" + (", nor a day like 2026-11-20" if zone else "")
    if not isinstance(value, str):
        raise BadInput(problem, path=path)
    try:
        if zone and len(value) == len("2026-11-20"):
            day = date.fromisoformat(value)
            return Event(kind, _in_range(early_instant(day, time(0), zone), path), day)
        at = datetime.fromisoformat(value)
        if at.utcoffset() is None:
            raise BadInput(problem, path=path)
        return Event(kind, _in_range(at.astimezone(UTC), path))
    except (ValueError, OverflowError) as error:
        raise BadInput(problem, path=path) from error


def _in_range(at: datetime, path: str) -> datetime:
    if not 1950 <= at.year <= 2150:
        raise BadInput("a time before 1950 or after 2150", path=path)
    return at


def _needed(data: dict[str, Any], key: str) -> Any:
    if data.get(key) is None:
        raise BadInput("missing", path=key)
    return data[key]


def _text(data: dict[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise BadInput("not a text", path=key)
    return value.strip() or None if value else None


def _one_of(data: dict[str, Any], key: str, allowed: tuple[str, ...]) -> str | None:
    word = _text(data, key)
    plain = word.lower().replace("-", "_").replace(" ", "_") if word else None
    if plain in (None, "unknown"):
        return None
    if plain not in allowed:
        raise BadInput(f"not one of {', '.join(allowed)}", path=key)
    return plain


def _state(data: dict[str, Any]) -> str | None:
    word = _text(data, "state")
    if word is not None and not (len(word) == 2 and word.isascii() and word.isalpha()):
        raise BadInput("not a state as two letters", path="state")
    return word.upper() if word else None


def _zone(data: dict[str, Any]) -> str | None:
    word = _text(data, "zone")
    try:
        return ZoneInfo(word).key if word else None
    except (KeyError, ValueError, OSError) as error:
        raise BadInput("not an IANA time zone like America/Chicago", path="zone") from error


def _flag(data: dict[str, Any], key: str) -> bool | None:
    value = data.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadInput("not true, false or null", path=key)
    return value


def _minutes(data: dict[str, Any], key: str, usual: int) -> int:
    value = data.get(key, usual)
    value = usual if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_MINUTES:
        raise BadInput(f"not a whole number from 0 to {_MOST_MINUTES}", path=key)
    return value
