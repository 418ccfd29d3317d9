"""Edits of the rule book as a person makes them: forms as the browser sends them, and flow asked to keep them."""

from datetime import date, datetime

from app.core.people import Role
from app.core.rulebook.edits import PAYER, EditKind, RuleEdit, latest_of
from app.core.rulebook.payers import Evidence
from app.flow.rules import edits
from tests.builders import MONDAY
from tests.fakes.office import Office

UHC = "uhc_general"
SOURCE = {
    "source": "https://payer.example/manual",
    "verified_on": "2026-11-20",
    "grade": "V",
    "why": "Their letter of Friday.",
}
EVIDENCE = Evidence(SOURCE["source"], date(2026, 11, 20), "V", SOURCE["why"])
WEEK = ("MO", "TU", "WE", "TH", "FR")


def form(**told: str | list[str]) -> dict[str, list[str]]:
    """Return a form with a source, as it is sent; "windows-0-unit" is given as windows_0_unit."""
    whole = SOURCE | told
    names = {name: name.replace("_", "-") if name.startswith(("windows_", "hours_")) else name for name in whole}
    return {names[name]: value if isinstance(value, list) else [value] for name, value in whole.items()}


def windows(*rows: tuple[str, str, str, str], lane: str = "post_denial", **more) -> dict[str, list[str]]:
    """Return the form of the windows; a row is (amount, unit, anchor, setting)."""
    told = {}
    for row, values in enumerate(rows):
        told |= dict(
            zip((f"windows_{row}_{each}" for each in ("amount", "unit", "anchor", "setting")), values, strict=True)
        )
    return form(lane=lane, **told, **more)


def one_window(amount: int, unit: str = "business_days", **more) -> dict[str, list[str]]:
    """Return the form that gives a payer one time for every setting, from the posting of the denial."""
    return windows((str(amount), unit, "denial_posted", "any"), **more)


def hours(**more) -> dict[str, list[str]]:
    """Return the form of the hours: weekdays from eight to four in Chicago."""
    told = {"hours_zone": "America/Chicago", "hours_days": list(WEEK), "hours_opens": "08:00", "hours_closes": "16:00"}
    return form(**(told | more))


def keep(office: Office, name: str, told: dict, *, rule: str = UHC, role: Role = Role.COORDINATOR, **more) -> RuleEdit:
    """Put a value in, as from a page that shows the rule as it stands."""
    ports = office.ports(role, tenant=more.pop("tenant", "sandbox"))
    seen = more.pop("seen", latest_of(ports.rules.edits, rule))
    return edits.edit_value(ports, rule, name, told, seen=seen, now=office.now)


def put_back(
    office: Office, name: str, number: int, *, rule: str = UHC, why: str = "It was wrong.", **more
) -> RuleEdit:
    """Put a value back."""
    ports = office.ports()
    seen = latest_of(ports.rules.edits, rule)
    return edits.put_back(ports, rule, name, number, form(why=why, **more), seen=seen, now=office.now)


def add(office: Office, payer: str = "Own Health Plan", **told) -> RuleEdit:
    """Add a payer."""
    return edits.add_payer(office.ports(), form(payer=payer, **told), now=office.now)


def an_edit(number: int = 1, name: str = "phone", values: dict | None = None, **changes) -> RuleEdit:
    """Return an edit as the store keeps it; of the telephone unless told otherwise."""
    kind = changes.pop("kind", EditKind.ADD if name == PAYER else EditKind.SET)
    base = {
        "number": number,
        "rule": UHC,
        "name": name,
        "kind": kind,
        "values": {"phone": "800-555-0100"} if values is None else values,
        "before": {},
        "why": "Our own line.",
        "by": "sandbox|coordinator",
        "by_name": "Test Coordinator",
        "at": MONDAY,
        "evidence": EVIDENCE,
    }
    return RuleEdit(**(base | changes))


def at_noon(day: str) -> datetime:
    """Return noon of a day, UTC."""
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")
