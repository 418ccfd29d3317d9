"""`parley freebusy FILE…`: when the owner of calendars is busy, from iCalendar files."""

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from app.core.interval import Interval
from app.core.slots.calendars import BusyTime, merge_kinds
from app.edges.calendars.ics import read_ics
from app.errors import BadInput
from launch.files.reading import complain, read_bytes, shown_name


def run(argv: list[str], *, stdin: IO[Any], stdout: IO[str], stderr: IO[str]) -> int:
    """Print when all files together say busy; return 0, or 2 when one of them could not be read."""
    parser = _parser()
    options = parser.parse_args(argv)
    start, end = (_instant(text, options.zone) for text in (options.start, options.end))
    if start is None or end is None or end <= start:
        parser.error("--from and --to are ISO 8601 times, the second after the first")
    span = Interval(start, end)
    busy, warnings, status = [], [], 0
    for name in options.files:
        named = f"{shown_name(name)}: " if len(options.files) > 1 else ""
        try:
            read = read_ics(read_bytes(name, stdin=stdin), span, zone=options.zone.key, owner=options.owner)
        except BadInput as error:
            complain(name, error, stderr=stderr)
            warnings.append(f"{shown_name(name)}: not read: {error.say}")
            status = 2
            continue
        busy += read.busy
        warnings += [f"{named}{each}" for each in read.warnings]
    merged = merge_kinds(busy)
    print(_as_json(merged, warnings) if options.json else _as_table(merged, warnings, options.zone), file=stdout)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parley freebusy", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="an iCalendar file, or - for standard input")
    parser.add_argument("--from", dest="start", required=True, metavar="ISO", help="the span's start, in it")
    parser.add_argument("--to", dest="end", required=True, metavar="ISO", help="its end, not in it")
    parser.add_argument("--zone", type=_zone, required=True, metavar="IANA", help="the owner's zone: America/Chicago")
    parser.add_argument("--owner", metavar="ADDRESS", help="the owner's address, whose answers to invitations count")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise argparse.ArgumentTypeError("not an IANA time zone like America/Chicago") from error


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    """Return an instant; a time without an offset is the zone's, a date its midnight; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _as_json(busy: Sequence[BusyTime], warnings: Sequence[str]) -> str:
    told = [
        {"start": _utc(each.interval.start), "end": _utc(each.interval.end), "status": each.kind.value} for each in busy
    ]
    return json.dumps({"busy": told, "warnings": list(warnings)}, indent=2)


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _as_table(busy: Sequence[BusyTime], warnings: Sequence[str], zone: ZoneInfo) -> str:
    rows = [f"{_when(each.interval, zone)}  {each.kind.value}" for each in busy] or ["Nothing is busy."]
    return "\n".join([*rows, *(f"warning: {each}" for each in warnings)])


def _when(interval: Interval, zone: ZoneInfo) -> str:
    start, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %Y-%m-%d %H:%M}"
    return f"{start:%a %Y-%m-%d %H:%M}-{until} {start:%Z}"
