"""
`parley learn FILE.jsonl`: what a history of calls teaches, from one event a line.

An event is a JSON object: "case", "at" (ISO 8601 with an offset) and "kind" (denied, offered, booked, attempt,
connected, missed, decided, confirmed, appealed, appeal_decided, closed); what the case is about: "payer", "reason",
"clinician", "service", "lane" (pre_denial, post_denial, informational); and what a kind tells besides:

    denied, offered             "ends_at": when the window closes
    attempt, connected          "hold_minutes", "prep_minutes", "talk_minutes"
    connected                   "inside": whether the window was still open
    connected, decided          "specialty_match": whether the reviewer was of the service's field; true, false or null
    missed                      "by": payer or us
    decided, confirmed          "result": approved, partial, modified, upheld, withdrawn, not_held; "way": call, else it
                                was no call's; decided also "final": told in writing at once, and "shift": for, against
                                or none
    appeal_decided              "result"
    closed                      "cause": why an offered call was never held: payer, us, lapsed, withdrawn
    attempt, connected, missed  "entry": the entry of the contact log that tells it; "corrects": the entry in whose
                                place this one stands: what that one told does not count

Other kinds and other fields are passed over. An event with an "id" that was told before is counted once.
"""

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import IO, Any

import msgspec

from app.core.learn import FLOOR, GROUPS, KINDS, Added, Counted, Group, Happened, Measure, counted_of, journeys_of
from app.core.learn.sums import add_by, groups_of
from app.edges.fhir.datatypes import instant_of
from app.errors import BadInput
from launch.files.buckets import by_case
from launch.files.reading import complain, read_lines

_PLAIN = (
    "case", "kind", "payer", "reason", "clinician", "service", "lane", "result", "way", "by", "shift", "cause", "entry",
    "corrects",
)  # fmt: skip
_MINUTES = ("hold_minutes", "prep_minutes", "talk_minutes")
_TRUTHS = ("inside", "specialty_match", "final")
_WORDS = {"by": ("payer", "us"), "shift": ("for", "against", "none")}
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:\d{2})$")
_MOST_FAULTS = 20  # told one by one
_MOST_MINUTES = 24 * 60
_UNITS = {"share": "", "hours": " h", "minutes": " min", "calls": ""}


def run(argv: list[str], *, stdin: IO[Any], stdout: IO[str], stderr: IO[str]) -> int:
    """Print the measures of a history; return 0, or 2 when an event could not be read."""
    options = _parser().parse_args(argv)
    faults, whole = _Faults(), Added()
    try:
        parts = by_case(_events(options.file, faults, stdin=stdin))
        counted = (counted_of(each) for part in parts for each in journeys_of(part))
        grouped = add_by(_also_to(whole, counted), options.by)
    except BadInput as error:
        complain(options.file, error, stderr=stderr)
        return 2
    for fault in faults.first:
        complain(options.file, fault, stderr=stderr)
    if faults.count > len(faults.first):
        more = faults.count - len(faults.first)
        print(f"{options.file}: and {more:,} events more that cannot be read", file=stderr)
    groups = groups_of(grouped, options.by, floor=options.floor) if options.by else ()
    answer = _as_json if options.json else _as_table
    told = answer(whole.case_count, whole.measures(floor=options.floor), groups, floor=options.floor)
    print(told, file=stdout)
    return 2 if faults.count else 0


@dataclass
class _Faults:
    """What could not be read: the first, and how many."""

    first: list[BadInput] = field(default_factory=list)
    count: int = 0

    def add(self, fault: BadInput) -> None:
        """Count one more."""
        self.count += 1
        if len(self.first) < _MOST_FAULTS:
            self.first.append(fault)


def _also_to(whole: Added, counted: Iterable[Counted]) -> Iterator[Counted]:
    for each in counted:
        whole.add(each)
        yield each


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parley learn", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", metavar="FILE.jsonl", help='a path, or "-" for standard input')
    parser.add_argument("--by", type=_groups, default=(), metavar="payer,reason,…", help=f"of {', '.join(GROUPS)}")
    parser.add_argument(
        "--floor", type=_floor, default=FLOOR, metavar="N", help=f"below N cases no number (default {FLOOR}, least 1)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _groups(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(each.strip() for each in text.split(",")))
    if wrong := [each for each in names if each not in GROUPS]:
        raise argparse.ArgumentTypeError(f"{wrong[0] or 'nothing'} is none of {', '.join(GROUPS)}")
    return names


def _floor(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return int(text)


def _events(name: str, faults: _Faults, *, stdin: IO[Any]) -> Iterator[Happened]:
    """Yield the events of a file; one that cannot be read is added to the faults and hides no other."""
    seen: set[bytes] = set()
    for number, line in read_lines(name, stdin=stdin):
        try:
            told = _object(line)
            mark = told.get("id")
            if isinstance(mark, str):
                # A million marks of any length are held as one short one each.
                short = blake2b(mark.encode("utf-8", "replace"), digest_size=12).digest()
                if short in seen:
                    continue
                seen.add(short)
            if (happened := _happened(told)) is not None:
                yield happened
        except BadInput as error:
            place = f"line {number}" + (f", {error.path}" if error.path else "")
            faults.add(BadInput(error.what, path=place, next="The other events are counted without it."))


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise BadInput("not JSON") from error
    if not isinstance(told, dict):
        raise BadInput("not an object")
    return told


def _happened(told: dict[str, Any]) -> Happened | None:
    """Return the event, None for a kind that no measure counts; raises BadInput with the field's name."""
    plain = {name: _word(told, name) for name in _PLAIN}
    for name in ("case", "kind"):
        if not plain[name]:
            raise BadInput("not told", path=name)
    if plain["kind"] not in KINDS:
        return None
    at = _instant(told, "at")
    if at is None:
        raise BadInput("not told", path="at")
    about = {name: plain.pop(name) or "" for name in ("payer", "reason", "clinician", "service")}
    minutes = {name: _number(told, name) for name in _MINUTES}
    truths = {name: _truth(told, name) for name in _TRUTHS}
    return Happened(at=at, ends_at=_instant(told, "ends_at"), **plain, **about, **minutes, **truths)


def _word(told: dict[str, Any], name: str) -> str | None:
    value = told.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput("not text", path=name)
    if value and (words := _WORDS.get(name)) and value not in words:
        raise BadInput(f"none of {', '.join(words)}", path=name)
    return value or None


def _instant(told: dict[str, Any], name: str) -> datetime | None:
    value = told.get(name)
    if value is None:
        return None
    # A time without its offset would be somebody's wall clock: hours apart, and so in another order.
    found = instant_of(value) if isinstance(value, str) and _OFFSET.search(value) else None
    if found is None:
        raise BadInput("not a time with its offset, like 2026-11-23T15:00:00Z", path=name)
    return found


def _number(told: dict[str, Any], name: str) -> float | None:
    value = told.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_MINUTES:
        raise BadInput("not minutes of a day", path=name)
    return value


def _truth(told: dict[str, Any], name: str) -> bool | None:
    value = told.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadInput("neither true nor false", path=name)
    return value


def _as_json(case_count: int, whole: Sequence[Measure], groups: Sequence[Group], *, floor: int) -> str:
    told = {"cases": case_count, "floor": floor, "measures": _told(whole)}
    if groups:
        told["by"] = [
            {**dict(each.names), "cases": each.case_count, "measures": _told(each.measures)} for each in groups
        ]
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _told(measures: Sequence[Measure]) -> dict[str, dict[str, Any]]:
    return {
        each.key: {name: getattr(each, name) for name in ("label", "unit", "n", "count", "value", "low", "high")}
        for each in measures
    }


def _as_table(case_count: int, whole: Sequence[Measure], groups: Sequence[Group], *, floor: int) -> str:
    rows = [f"{case_count:,} cases; no number below {floor}, intervals of 95 %", *_rows(whole)]
    for each in groups:
        named = ", ".join(f"{name} {value}" for name, value in each.names)
        rows += ["", f"{named}: {each.case_count:,} cases", *_rows(each.measures)]
    return "\n".join(rows)


def _rows(measures: Sequence[Measure]) -> Iterator[str]:
    for each in measures:
        of = f"{each.count:,} of {each.n:,}" if each.count is not None else f"n = {each.n:,}"
        yield f"  {each.label:<42} {of:>20}  {_shown(each)}".rstrip()


def _shown(each: Measure) -> str:
    if each.value is None or each.low is None or each.high is None:
        return "too few to tell" if each.n else ""
    if each.unit == "share":
        return f"{each.value:7.1%}  ({each.low:.1%} to {each.high:.1%})"
    return f"{each.value:7.1f}{_UNITS[each.unit]}  ({each.low:.1f} to {each.high:.1f})"
