"""
Bytes → components with those of their lines that say when somebody is busy. All others are passed over unread.

Lines are unfolded as bytes, since some writers fold inside a character. What stands in a nested component (an alarm's
DURATION, a participant's STATUS) stays there and is never taken for the event's own.
source: RFC 5545, section 3.1
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from app.errors import BadInput

MOST_BYTES = 10 * 1024 * 1024
_MOST_COMPONENTS, _MOST_LINES = 60_000, 300_000
_MOST_DEPTH = 12
_MOST_A_LINE = 512 * 1024
_LINE_END = re.compile(rb"[\n\x01]")
_FOLD, _MARK = re.compile(rb"\n[ \t]"), b"\x01"
_PLAIN = re.compile(r"[\w.-]+\s*((?:;[\w-]+=[^\";:,\\^]*)*):(.*)", re.DOTALL)
_READ = (
    "BEGIN END DTSTART DTEND DURATION RRULE RDATE EXRULE EXDATE RECURRENCE-ID UID SEQUENCE DTSTAMP LAST-MODIFIED STATUS"
    " TRANSP ATTENDEE FREEBUSY BUSYTYPE PRIORITY TZID TZOFFSETFROM TZOFFSETTO X-LIC-LOCATION X-WR-TIMEZONE"
    " X-WR-CALNAME X-MICROSOFT-CDO-BUSYSTATUS METHOD VERSION CALSCALE"
)
_APART = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
# Parameters that change what a line says; the line is cut up only when it is asked for.
Params = Mapping[str, str]


class Text:
    """An unfolded file, which knows on which of its lines a place stood before."""

    def __init__(self, data: bytes) -> None:
        data = data.removeprefix(b"\xef\xbb\xbf").replace(_MARK, b"")
        self.unfolded = _FOLD.sub(_MARK, data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        self._ends: list[int] | None = None

    def number_of(self, place: int) -> int:
        """Return the number of the line at a place."""
        if self._ends is None:
            self._ends = [each.start() for each in _LINE_END.finditer(self.unfolded)]
        return bisect_left(self._ends, place) + 1


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line, and where it stood."""

    text: str
    file: Text | None = None
    at: int = 0

    @property
    def number(self) -> int:
        """Return on which line of the file it begins."""
        return self.file.number_of(self.at) if self.file else 0

    def cut(self) -> tuple[Params, str]:
        """Return parameters (names in capitals) and value. raises: ValueError."""
        plain = _PLAIN.fullmatch(self.text)
        if plain:
            pairs = (each.partition("=") for each in plain[1].split(";") if each)
            return {name.upper(): value for name, _, value in pairs}, plain[2].strip()
        from icalendar.parser import Contentline  # which loads all of it; most hours no calendar is read

        _, params, value = Contentline(self.text).parts()
        return {str(name).upper(): _joined(told) for name, told in params.items()}, str(value).strip()

    @property
    def value(self) -> str:
        """Return the value alone, "" when the line cannot be cut."""
        try:
            return self.cut()[1]
        except ValueError:
            return ""


@dataclass(slots=True)
class Component:
    """BEGIN to END: its own lines by name, and the components in it."""

    name: str
    begin: Line
    lines: dict[str, list[Line]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)
    is_closed: bool = False

    def first(self, name: str) -> Line | None:
        """Return the first line of a name."""
        found = self.lines.get(name)
        return found[0] if found else None

    def all(self, name: str) -> list[Line]:
        """Return the lines of a name."""
        return self.lines.get(name, [])

    def value(self, name: str) -> str:
        """Return the value of the first line of a name in capitals, "" where there is none."""
        line = self.first(name)
        return line.value.upper() if line else ""

    @property
    def told(self) -> tuple:
        """Return all that was read of it, so that two of the same words are the same."""
        own = tuple((name, *(line.text for line in lines)) for name, lines in self.lines.items())
        return (self.name, own, *(each.told for each in self.parts))

    @property
    def place(self) -> str:
        """Return how a person finds it."""
        return f"line {self.begin.number}, {self.name}"


@cache
def _line_of(names: str) -> re.Pattern[bytes]:
    return re.compile(rf"^(?:[\w-]+\.)?({'|'.join(names.split())})\s*[:;].*$".encode(), re.MULTILINE | re.IGNORECASE)


def read_components(data: bytes, tick: Callable[[], None] = lambda: None, *, also: str = "") -> tuple[Component, ...]:
    """
    Return the VCALENDARs of a stream; one that the file does not end is not `is_closed`.

    tick: called for each line. also: names of further lines that are read
    raises: what tick does; BadInput where there is none, or more than anybody has
    """
    if len(data) > MOST_BYTES:
        raise BadInput(f"longer than {MOST_BYTES // 1024 // 1024} MiB", next="Export a shorter time.")
    root = Component("", Line(""))
    open_, count = [root], 0
    for lines, (name, line) in enumerate(_logical(Text(data), _line_of(f"{_READ} {also}"))):
        tick()
        if name == "BEGIN":
            count += 1
            if count > _MOST_COMPONENTS or len(open_) > _MOST_DEPTH:
                raise BadInput("more components than a calendar has", path=f"line {line.number}")
            _open(open_, Component(line.value.upper(), line))
        elif name == "END":
            _close(open_, line.value.upper())
        elif lines > _MOST_LINES:
            raise BadInput("more lines than a calendar has", path=f"line {line.number}")
        else:
            open_[-1].lines.setdefault(name, []).append(line)
    found = tuple(each for each in root.parts if each.name == "VCALENDAR")
    if not found:
        raise BadInput("no iCalendar: BEGIN:VCALENDAR is missing", path="line 1")
    return found


def _open(open_: list[Component], inner: Component) -> None:
    """Open a component; those that never hold one another end where the next begins, if their END was forgotten."""
    if inner.name in _APART and (left := next((each for each in open_ if each.name in _APART), None)):
        del open_[open_.index(left) :]
    open_[-1].parts.append(inner)
    open_.append(inner)


def _close(open_: list[Component], name: str) -> None:
    """Close the innermost component of this name and what was left open in it; a stray END closes nothing."""
    for depth in range(len(open_) - 1, 0, -1):
        if open_[depth].name == name:
            open_[depth].is_closed = True
            del open_[depth:]
            return


def _logical(file: Text, read: re.Pattern[bytes]) -> Iterator[tuple[str, Line]]:
    """Yield (name in capitals, line) of those lines that are read."""
    for found in read.finditer(file.unfolded):
        text = found[0][:_MOST_A_LINE].replace(_MARK, b"").decode("utf-8", "replace")
        yield found[1].upper().decode(), Line(text, file, found.start())


def _joined(told: object) -> str:
    return ",".join(map(str, told)) if isinstance(told, list) else str(told)
