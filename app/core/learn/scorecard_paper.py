"""A payer's record as a paper: its measures, and each claim with our case and the day it was logged."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.brief.paper import Paper, Part, Prose, Table, Words, part_of
from app.core.learn.measures import Measure
from app.core.learn.scorecard import Claims, Scorecard

_UNITS = {"hours": " h", "minutes": " min", "calls": ""}


def scorecard_paper(card: Scorecard, *, numbers: Mapping[str, str], zone: str, made_at: datetime) -> Paper:
    """Return the paper. numbers: our case numbers by the cases' ids; zone: in which days are told."""
    days = ZoneInfo(zone)
    told = [f"{each.astimezone(days):%Y-%m-%d}" for each in (card.since, card.until) if each]
    heading = f"Peer-to-peer calls with {card.payer}"
    heads, shares = ("Measure", "Value", "95 % interval", "Counted"), (0.4, 0.18, 0.22, 0.2)
    measures = part_of("Measures", Table(heads, shares, tuple(map(_row, card.measures))))
    claims = tuple(_claimed(card.words[kind], each, numbers, days) for kind, each in card.claims.items())
    return Paper(
        kind="Peer-to-peer calls with a payer",
        heading=heading,
        strip=heading,
        head=(Words(f"{card.case_count} cases, {' to '.join(told) or 'none yet'}."),),
        parts=(*measures, *(claims or part_of("Claims", Prose((Words("Nothing was logged against it."),))))),
        foot="Every claim names our case and the day on which it was logged; numbers from few cases are left out.",
        made_at=made_at,
    )


def _claimed(words: str, claims: Claims, numbers: Mapping[str, str], days: ZoneInfo) -> Part:
    rows = tuple(
        (
            Words(f"{each.at.astimezone(days):%Y-%m-%d %H:%M %Z}"),
            Words(numbers.get(each.case_id, "—")),
            Words("" if each.minutes is None else f"{each.minutes:.0f}"),
        )
        for each in claims.latest
    )
    times = "time" if claims.count == 1 else "times"
    table = Table(("When", "Our case", "Minutes on hold"), (0.4, 0.35, 0.25), rows)
    return Part(f"It {words}: {claims.count} {times}", (table,))


def _row(each: Measure) -> tuple[Words, ...]:
    of = f"n = {each.n}" if each.told_count is None else f"{each.told_count} of {each.n}"
    if each.value is None or each.low is None or each.high is None:
        told = (each.label, "too few to tell", "", of)
    elif each.unit == "share":
        told = (each.label, f"{each.value:.0%}", f"{each.low:.0%} to {each.high:.0%}", of)
    else:
        unit = _UNITS[each.unit]
        told = (each.label, f"{each.value:.1f}{unit}", f"{each.low:.1f} to {each.high:.1f}{unit}", of)
    return tuple(map(Words, told))
