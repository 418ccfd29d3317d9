"""
`parley learn FILE.jsonl`: what a history of calls teaches, from one event a line.

An event is a JSON object: "case", "at" (ISO 8601 with an offset) and "kind" (denied, offered, booked, attempt,
connected, missed, decided, confirmed, appealed, appeal_decided, closed); what the case is about: "payer", "reason",
"clinician", "service", "lane" (pre_denial, post_denial, informational); and what a kind tells besides:

    denied, offered             "ends_at": when the window closes
    connected                   "inside": whether the window was still open; else "ends_at" tells
    connected, decided          "specialty_match": whether the reviewer was of the service's field
    missed                      "by": payer or us
    attempt                     "by": payer, where it called us; "inside": false, where nobody of it works at that hour
    decided, confirmed          "result": approved, partial, modified, upheld, withdrawn, not_held, informational,
                                converted_to_appeal, rescheduled; "way": call, or not told, for what a held call
                                decided, another word for what was decided otherwise. confirmed is the letter
    confirmed                   "differs": whether the letter is worse than what was told, or not clear, in a line, a
                                quantity, a number or a day, though its result may be the same
    decided                     "final": told in writing at once, so that no letter follows; "shift": for, against or
                                none, where the result does not say in which direction the call changed the decision
    appeal_decided              "result"
    closed                      "cause": why an offered call was never held: payer, us, lapsed, withdrawn
    any                         "hold_minutes", "prep_minutes", "talk_minutes": added up over a case; "entry": the entry
                                of the contact log that tells it; "corrects": the entry in whose place this one stands,
                                all of whose events then count nowhere

A field that is missing, null or "" is not told. Other kinds and other fields are passed over. A try that reached the
reviewer is an attempt and a connected. Events may stand in any order: they count in the order of their instants, at one
instant in the order of the kinds above, then of the lines. What a case is about is, field by field, what its latest
event says that tells it; names are compared letter by letter, and who has none stands under "not told". An event whose
"id" another of its case had counts once; without an id, each line counts.

Of each measure: n, how many it is out of; count, of these in the numerator, null for medians and means; value, low and
high (95 %), where a share of 0.75 is 75 %. Below the floor of n, count, value, low and high are null; a median or mean
wants two cases at least. What each counts: the page "What each measure counts" of Learn, app/rules/definitions.md.
All of this with an example: docs/learn-files.md.

Status 0; 2 where a line cannot be read, which is named with its file and number, and the rest is counted without it.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import msgspec

from app.core.learn import FLOOR, GROUPS, Added, Counted, Group, Measure, counted_of, journeys_of
from app.core.learn.sums import add_by, groups_of
from app.errors import BadInput
from launch.files.buckets import by_case
from launch.files.history import Faults, events_in
from launch.files.reading import complain, printable

_UNITS = {"share": "", "hours": " h", "minutes": " min", "calls": ""}


def run(argv: list[str], *, stdin: IO[Any], stdout: IO[str], stderr: IO[str]) -> int:
    """Print the measures of a history; return 0, or 2 when an event could not be read."""
    options = _parser().parse_args(argv)
    faults, whole = Faults(), Added()
    try:
        parts = by_case(events_in(options.file, faults, stdin=stdin))
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
    told = answer(whole, groups, by=options.by, floor=options.floor)
    print(told, file=stdout)
    return 2 if faults.count else 0


def _also_to(whole: Added, counted: Iterable[Counted]) -> Iterator[Counted]:
    for each in counted:
        whole.add(each)
        yield each


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parley learn", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", metavar="FILE.jsonl", help='a path, or "-" for standard input')
    parser.add_argument(
        "--by",
        action=_By,
        default=(),
        metavar="payer,reason,…",
        help=f"of {', '.join(GROUPS)}: besides all cases, each combination of these that there is",
    )
    parser.add_argument(
        "--floor", type=_floor, default=FLOOR, metavar="N", help=f"below N cases no number (default {FLOOR}, least 1)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


class _By(argparse.Action):
    """Groups, named with commas or one option after the other; each once, in the order in which they were named."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any) -> None:
        names = [each.strip() for each in values.split(",")]
        if wrong := [each for each in names if each not in GROUPS]:
            parser.error(f"argument --by: {wrong[0] or 'nothing'} is none of {', '.join(GROUPS)}")
        setattr(namespace, self.dest, tuple(dict.fromkeys((*getattr(namespace, self.dest), *names))))


def _floor(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return int(text)


def _as_json(whole: Added, groups: Sequence[Group], *, by: Sequence[str], floor: int) -> str:
    told = {"cases": whole.case_count, "floor": floor, "measures": _told(whole.measures(floor=floor))}
    if by:
        told["by"] = [
            {**dict(each.names), "cases": each.case_count, "measures": _told(each.measures)} for each in groups
        ]
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _told(measures: Sequence[Measure]) -> dict[str, dict[str, Any]]:
    return {
        each.key: {
            **{name: getattr(each, name) for name in ("label", "unit", "n")},
            "count": each.told_count,
            **{name: getattr(each, name) for name in ("value", "low", "high")},
        }
        for each in measures
    }


def _as_table(whole: Added, groups: Sequence[Group], *, by: Sequence[str], floor: int) -> str:
    rows = [f"{whole.case_count:,} cases; no number below {floor}, intervals of 95 %"]
    rows += _rows(whole.measures(floor=floor))
    for each in groups:
        named = ", ".join(f"{name} {printable(value)}" for name, value in each.names)
        rows += ["", f"{named}: {each.case_count:,} cases", *_rows(each.measures)]
    return "\n".join(rows)


def _rows(measures: Sequence[Measure]) -> Iterator[str]:
    for each in measures:
        of = f"n = {each.n:,}" if each.told_count is None else f"{each.told_count:,} of {each.n:,}"
        yield f"  {each.label:<42} {of:>20}  {_shown(each)}".rstrip()


def _shown(each: Measure) -> str:
    if each.value is None or each.low is None or each.high is None:
        return "too few to tell" if each.n else ""
    if each.unit == "share":
        return f"{each.value:7.1%}  ({each.low:.1%} to {each.high:.1%})"
    return f"{each.value:7.1f}{_UNITS[each.unit]}  ({each.low:.1f} to {each.high:.1f})"
