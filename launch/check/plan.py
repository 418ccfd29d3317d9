"""
`parley check --ehr`: where each thing that Parley tells an EHR will stand there, before anybody has signed in.

It is the plan by which the worker writes (app/edges/ehr/planner.py), made of the server's own statement, the scopes
that a launch asks for, the site's record, and what the server refused within the last day.
"""

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TextIO

from app.edges.ehr import fetch_capability
from app.edges.ehr.allowed import Allowed
from app.edges.ehr.learned import REMEMBERED
from app.edges.ehr.planner import BEYOND_PATIENT, LOST_BY_HAND, Plan, Told, plan_of
from app.edges.ehr.scopes import read_scopes
from app.edges.fhir.capability import Capability
from app.edges.http import Transport
from app.edges.store.database import is_absent, open_database
from app.edges.store.refusals import SqlRefusals
from app.errors import Misconfigured, ParleyError
from app.flow.ports import Refusal
from app.settings import Issuer, Settings, load_settings
from app.wire import profile_of
from launch.smart.discovery import Discovery
from launch.smart.scopes import scopes_for

LAUNCHES = {"chart": "Opened from a patient's chart", "worklist": "Opened as the worklist tab"}
HEADS = (("to be told", 25), ("where it may stand", 40), ("why, or why not", 40), ("what is lost there", 37))
TRIED = ("supported", "with profile")
ALL_SCOPES = "user/*.cruds"
# What the note and the call need beyond being written: to be found again after a lost answer, and to be changed.
_LETTERS = dict.fromkeys(("DocumentReference", "Task", "Appointment", "QuestionnaireResponse"), "crus")
_LETTERS["Communication"] = "crs"


@dataclass(frozen=True, slots=True)
class Row:
    """
    Where one thing will stand; None: by hand.

    ladder: (type, verdict, why, what is lost there) of every place, the best first; by_hand: what a person does
    """

    told: str
    stands: str | None
    verdict: str
    because: str
    lost: str
    ladder: tuple[tuple[str, str, str, str], ...]
    by_hand: str
    lost_by_hand: str


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """The plan of one kind of launch. missing: scopes that the best plan needs and this launch does not ask for."""

    launch: str
    rows: tuple[Row, ...]
    asked: str
    needed: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EhrPlan:
    """The plans of one EHR. problem: why there are none, or why they are less sure; "" where nothing is wrong."""

    ehr: str
    fhir_base: str
    software: str
    launches: tuple[LaunchPlan, ...] = ()
    refused: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    problem: str = ""
    next: str = ""


def run_from_environment(environ: Mapping[str, str], *, slug: str, as_json: bool, out: TextIO) -> int:
    """Print the plan of the EHR named, "" for all; return 0 when each could be made, else 1."""
    try:
        plans = list(plans_of(load_settings(environ), slug=slug))
    except Misconfigured as error:
        print(f"{error.say}\n{error.next}", file=out)
        return 1
    if as_json:
        print(json.dumps([asdict(each) for each in plans], indent=1), file=out)
    else:
        print_plans(plans, out)
    return 1 if not plans or any(each.problem for each in plans) else 0


def plans_of(
    settings: Settings, *, slug: str = "", clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[EhrPlan]:
    """Yield the plan of each EHR, or of one. raises: Misconfigured for a slug that nobody has"""
    wanted = [each for each in settings.smart.issuers if slug in ("", each.slug)]
    if not wanted:
        known = ", ".join(each.slug for each in settings.smart.issuers) or "none"
        raise Misconfigured("parley check --ehr", f"names an EHR that is not configured; known: {known}")
    transport = Transport(allow_loopback=settings.allow_loopback, inside_hosts=settings.inside_hosts)
    discovery = Discovery(transport, allow_loopback=settings.allow_loopback, clock=clock)
    for issuer in wanted:
        yield _plan_of(issuer, settings, transport, discovery, now=clock())


def _plan_of(
    issuer: Issuer, settings: Settings, transport: Transport, discovery: Discovery, *, now: datetime
) -> EhrPlan:
    try:
        capability = fetch_capability(issuer.fhir_base, transport)
        server = discovery.server_of(issuer)
    except ParleyError as error:
        return EhrPlan(issuer.slug, issuer.fhir_base, "", problem=error.say, next=error.next)
    refused = tuple(_refused(settings.database_url, issuer.slug, now=now))
    asked = {each: scopes_for(each, issuer, server, capability=capability, ehr_launch=True) for each in LAUNCHES}
    software = " ".join(each for each in (capability.software, capability.version) if each) or "unnamed software"
    return EhrPlan(
        issuer.slug,
        issuer.fhir_base,
        software,
        tuple(_launch_plan(each, issuer, capability, scopes, refused) for each, scopes in asked.items()),
        tuple(f"{each.kind}.{each.letter}: {each.why}, {each.at:%Y-%m-%d %H:%M} UTC" for each in refused),
        tuple(_hints(issuer, software)),
    )


def _hints(issuer: Issuer, software: str) -> Iterator[str]:
    """Yield what the record lacks for software that is known to want it. source: shared rules of SMART, §2.1"""
    is_oracle = any(each in software.lower() for each in ("oracle", "cerner", "millennium"))
    if is_oracle and issuer.kind != "oracle":
        yield 'This software refuses elements that it does not document: set "kind": "oracle" in its record.'
    if is_oracle and issuer.profile.appointment == "generic":
        yield 'Its calendar books into its own slots only: set "profile": {"appointment": "oracle-slot"}.'
    if is_oracle and issuer.profile.appointment == "oracle-slot" and not issuer.profile.slot_type:
        yield 'Calls can stand in its calendar once slots for them are named: "slot_type": "system|code".'
    if "epic" in software.lower().split() and not issuer.profile.document.needs_encounter:
        yield 'It may take notes of an encounter only: try one, then set "document": {"needs_encounter": true}.'


def _refused(url: str, slug: str, *, now: datetime) -> Iterator[Refusal]:
    """Yield what this EHR refused lately; nothing where the database is not there yet, which `parley check` says."""
    if is_absent(url):
        return
    try:
        with closing(open_database(url)) as database:
            if database.is_current():
                yield from SqlRefusals(database).standing(slug, since=now - REMEMBERED)
    except ParleyError:
        return


def _launch_plan(
    launch: str, issuer: Issuer, capability: Capability, asked: str, refused: Iterable[Refusal]
) -> LaunchPlan:
    known = {(each.kind, each.letter): each for each in refused}
    profile = profile_of(issuer)
    allowed = Allowed(capability, read_scopes(asked), profile, lambda kind, letter: known.get((kind, letter)))
    best = Allowed(capability, read_scopes(ALL_SCOPES), profile)
    needed = _needed(launch, (plan_of(each, best) for each in Told), capability)
    granted = read_scopes(asked)
    missing = tuple(each for each in needed if not _covers(granted, each))
    return LaunchPlan(launch, tuple(row_of(plan_of(each, allowed)) for each in Told), asked, needed, missing)


def row_of(plan: Plan) -> Row:
    """Return a plan as a row of the table."""
    chosen = plan.chosen
    ladder = tuple(
        (f"{each.kind}.{each.letter}", each.ruling.verdict.value, each.ruling.because, each.lost) for each in plan.rungs
    )
    last = (" ".join(each for each in (plan.by_hand, plan.asks_too) if each), LOST_BY_HAND[plan.told])
    if chosen is None:
        above = [f"{kind} {verdict}: {why}" for kind, verdict, why, _ in ladder]
        because = plan.why_not or "; ".join(above)
        return Row(plan.told, None, "by hand", because, plan.lost, ladder, *last)
    before = [f"{kind} {verdict}: {why}" for kind, verdict, why, _ in ladder[: plan.rungs.index(chosen)]]
    because = "; ".join(each for each in (chosen.ruling.because, *before) if each)
    stands = f"{chosen.kind}.{chosen.letter}"
    return Row(plan.told, stands, chosen.ruling.verdict.value, because, plan.lost, ladder, *last)


def _needed(launch: str, plans: Iterable[Plan], capability: Capability) -> tuple[str, ...]:
    """Return the scopes of the best plan, v2: to write, to find again what was written, and to change it."""
    found: dict[str, None] = {}
    for plan in plans:
        if plan.chosen is None:
            continue
        kind = plan.chosen.kind
        beyond = kind in BEYOND_PATIENT or plan.told is Told.NOTICE or launch == "worklist"
        offered = capability.of(kind).letters | ({"u"} if "p" in capability.of(kind).letters else set())
        letters = "".join(each for each in _LETTERS[kind] if each in offered)
        found[f"{'user' if beyond else 'patient'}/{kind}.{letters}"] = None
    return tuple(found)


def _covers(granted, scope: str) -> bool:
    """Whether every letter of a scope is among those asked for."""
    context, _, rest = scope.partition("/")
    kind, _, letters = rest.partition(".")
    return all(granted.allow(kind, each, beyond_patient=context == "user") for each in letters)


def print_plans(plans: Iterable[EhrPlan], out: TextIO) -> None:
    """Print each plan as one table a launch, with the scopes below it."""
    for plan in plans:
        print(f"\nEHR {plan.ehr} ({plan.fhir_base}){f': {plan.software}' if plan.software else ''}", file=out)
        if plan.problem:
            print(f"  FAULT   {plan.problem}\n          → {plan.next}", file=out)
        for each in plan.launches:
            print(f"\n  {LAUNCHES[each.launch]}", file=out)
            print_rows(each.rows, out)
            _print_scopes(each, out)
        for each in plan.hints:
            print(f"  Look at: {each}", file=out)
        for each in plan.refused:
            print(
                f"  Refused within the last day: {each}; tried again a day after, or once anything changes.", file=out
            )


def print_rows(rows: Iterable[Row], out: TextIO) -> None:
    """Print every place of each thing, the one that is planned marked, what a person does last."""
    _print_row([head for head, _ in HEADS], out)
    _print_row(["─" * width for _, width in HEADS], out)
    for row in rows:
        chosen = next((at for at, each in enumerate(row.ladder) if each[0] == row.stands and each[1] in TRIED), None)
        for at, (kind, verdict, why, lost) in enumerate(row.ladder):
            mark = "→" if at == chosen else " "
            after = "next, where the places above refuse" if verdict in TRIED and at != chosen else ""
            told = "; ".join(each for each in (after, why) if each) or (
                "the first that takes it" if at else "the best place"
            )
            _print_row([row.told if at == 0 else "", f"{mark} {kind} ({verdict})", told, lost or "nothing"], out)
        why_not = "" if row.ladder else f"{row.because} "
        last = [f"{why_not}{row.by_hand}", row.lost_by_hand]
        _print_row(["" if row.ladder else row.told, f"{' ' if row.stands else '→'} by hand", *last], out)


def _print_row(cells: list[str], out: TextIO) -> None:
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, (_, width) in zip(cells, HEADS, strict=True)]
    for number in range(max(len(each) for each in wrapped)):
        line = [
            (each[number] if number < len(each) else "").ljust(width)
            for each, (_, width) in zip(wrapped, HEADS, strict=True)
        ]
        print(f"  {'  '.join(line)}".rstrip(), file=out)


def _print_scopes(plan: LaunchPlan, out: TextIO) -> None:
    print(f"  scopes needed for it   {' '.join(plan.needed) or 'none'}", file=out)
    if plan.missing:
        print(f"  not asked for          {' '.join(plan.missing)}", file=out)
    else:
        print("  not asked for          none: the launch asks for all of them", file=out)
