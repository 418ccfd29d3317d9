"""What a paper says, part by part; each format (HTML, Word, PDF, Markdown) writes the same parts in its own way."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Words:
    """
    A run of words. lead: said before it, in bold; aside: after it, quietly; marks: numbers of the sources it rests on

    tone: "" | strong | loud | good | bad | open: how it is set, and never the only sign of what it says
    fresh: whether it rests on something new to the payer; number: of the source that this entry is, to which marks lead
    """

    text: str
    marks: tuple[int, ...] = ()
    lead: str = ""
    aside: str = ""
    tone: str = ""
    fresh: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Prose:
    """One paragraph of one or several runs."""

    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words verbatim, set apart; by: whose, and where they stand."""

    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """Items one under the other; bare: without a sign of ours, since each begins with its own number."""

    items: tuple[Words, ...]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; the first cell of a row is its head. shares: of the width, one for each column, 1 together."""

    heads: tuple[str, ...]
    shares: tuple[float, ...]
    rows: tuple[tuple[Words, ...], ...]


Block = Prose | Quoted | Listed | Table


@dataclass(frozen=True, slots=True)
class Part:
    """
    A heading with what stands under it. starts_page: on a sheet of its own; small: set small, for reference

    on_paper: what a screen shows in its place before, and only a sheet has no room for
    """

    title: str
    blocks: tuple[Block, ...]
    starts_page: bool = False
    small: bool = False
    on_paper: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """
    A whole paper. kind: what it is, without a word about anybody; heading: the same with whom it is about

    strip: stands on every page after the first; head: lines under the heading; foot: the last, small line
    """

    kind: str
    heading: str
    strip: str
    head: tuple[Words, ...]
    parts: tuple[Part, ...]
    foot: str
    made_at: datetime


def part_of(title: str, *blocks: Block | None, small: bool = False) -> tuple[Part, ...]:
    """Return the part, or nothing where nothing stands in it."""
    told = tuple(each for each in blocks if each is not None and _says(each))
    return (Part(title, told, small=small),) if told else ()


def _says(block: Block) -> bool:
    if isinstance(block, Prose):
        return bool(block.words)
    if isinstance(block, Quoted):
        return bool(block.text)
    return bool(block.items if isinstance(block, Listed) else block.rows)
