"""One thing that `parley check` looked at, and how findings are printed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

GOOD, NOTE, WARNING, FAULT = "good", "note", "warning", "fault"
MARKS = {GOOD: "ok", NOTE: "·", WARNING: "WARNING", FAULT: "FAULT"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. level: good | note | warning | fault; about: the heading it stands under."""

    level: str
    about: str
    say: str
    next: str = ""


def print_findings(findings: Iterable[Finding], out: TextIO) -> None:
    """Print the findings under their headings, and how many of each kind there are."""
    heading, count = None, dict.fromkeys(MARKS, 0)
    for each in findings:
        count[each.level] += 1
        if each.about != heading:
            heading = each.about
            print(f"\n{heading}", file=out)
        print(f"  {MARKS[each.level]:<8}{each.say}", file=out)
        if each.next:
            print(f"  {'':<8}→ {each.next}", file=out)
    print(f"\n{_counted(count[FAULT], 'fault')}, {_counted(count[WARNING], 'warning')}.", file=out)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
