"""A source opened: what stands in the chart, with the words that a sentence rests on marked where they stand."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.brief.facts import Evidence
from app.core.brief.page import Brief

AROUND = 320  # characters of a text shown before and after what is quoted of it
SHORT = 1_200  # a text of so many characters is shown whole at once
LONGEST = 60_000  # characters of a text that are shown when it is unfolded
MOST = 24  # quotes that are opened at once
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; marked where it is what was quoted."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One element of a resource by the name that people give it."""

    label: str
    pieces: tuple[Piece, ...]

    @property
    def cited(self) -> bool:
        """Whether something is quoted of it."""
        return any(each.marked for each in self.pieces)


@dataclass(frozen=True, slots=True)
class Opened:
    """
    One resource, opened at what is quoted of it.

    paths: the elements that hold the quotes; lines: its telling elements; passages: the words around each quote
    whole: the text from its beginning, where it is longer than its passages; cut: whether it goes on beyond that
    lost: quotes that do not stand there any more
    """

    reference: str
    kind: str
    title: str
    day: str | None
    paths: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    passages: tuple[tuple[Piece, ...], ...] = ()
    whole: tuple[Piece, ...] = ()
    cut: bool = False
    lost: tuple[str, ...] = ()


def grouped(opened: Sequence[Opened]) -> tuple[tuple[Opened, ...], ...]:
    """Return the resources with those of one kind and title together, as the visits of a course of therapy."""
    found: dict[tuple[str, str], list[Opened]] = {}
    for each in opened:
        found.setdefault((each.kind, each.title), []).append(each)
    return tuple(tuple(each) for each in found.values())


def handle_of(evidence: Evidence, *, key: str) -> str:
    """Return a name for a piece of evidence that tells nothing of it: for addresses. key: a secret of the session."""
    told = "\x1f".join((evidence.reference, evidence.path, evidence.quote))
    return hmac.new(key.encode(), told.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:12]


def evidence_named(brief: Brief, handles: Sequence[str], *, key: str) -> tuple[Evidence, ...]:
    """Return the evidence of a brief that these handles name, in the order of its sources; strangers name nothing."""
    wanted = set(handles[:MOST])
    held = dict.fromkeys(each for source in brief.sources for each in source.evidence)
    return tuple(each for each in held if handle_of(each, key=key) in wanted)


def sentence_resting_on(brief: Brief, evidence: Sequence[Evidence]) -> str | None:
    """Return the sentence of the brief that rests on this evidence and on the least besides; None where none does."""
    wanted = set(evidence)
    said = [each for section in brief.sections for each in section.sentences if wanted <= set(each.evidence)]
    return min(said, key=lambda each: len(each.evidence)).text if wanted and said else None


def spans_of(text: str, quotes: Iterable[str]) -> tuple[Span, ...]:
    """Return where the quotes stand in a text, each time they do, in order and without overlaps."""
    found: list[Span] = []
    for quote in quotes:
        at = text.find(quote) if quote else -1
        while at >= 0:
            found.append((at, at + len(quote)))
            at = text.find(quote, at + len(quote))
    return _joined(found)


def marked_in(text: str, spans: Sequence[Span], *, start: int = 0, stop: int | None = None) -> tuple[Piece, ...]:
    """Return a stretch of a text in pieces, those of the spans marked; together they are the stretch, unchanged."""
    stop = len(text) if stop is None else stop
    pieces, at = [], start
    for opens, ends in spans:
        opens, ends = max(opens, start), min(ends, stop)
        if opens < ends:
            pieces += [Piece(text[at:opens]), Piece(text[opens:ends], marked=True)]
            at = ends
    return tuple(each for each in (*pieces, Piece(text[at:stop])) if each.text)


def passages_of(text: str, spans: Sequence[Span]) -> tuple[tuple[Piece, ...], ...]:
    """Return the words around each span, cut between words and told by an ellipsis; near ones stand together."""
    if len(text) <= SHORT:
        return (marked_in(text, spans),) if spans else ()
    around = _joined(
        [(_back_to_blank(text, opens - AROUND), _on_to_blank(text, ends + AROUND)) for opens, ends in spans]
    )
    return tuple(_with_ellipses(text, spans, start, stop) for start, stop in around)


def whole_of(text: str, spans: Sequence[Span]) -> tuple[tuple[Piece, ...], bool]:
    """Return (the whole text in pieces, whether it is cut at its end); nothing where the passages are all of it."""
    if len(text) <= SHORT:
        return (), False
    return marked_in(text, spans, stop=min(len(text), LONGEST)), len(text) > LONGEST


def _with_ellipses(text: str, spans: Sequence[Span], start: int, stop: int) -> tuple[Piece, ...]:
    pieces = marked_in(text, spans, start=start, stop=stop)
    before = (Piece("… "),) if start > 0 else ()
    return (*before, *pieces, *((Piece(" …"),) if stop < len(text) else ()))


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for opens, ends in sorted(spans):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((opens, ends))
    return tuple(joined)


def _back_to_blank(text: str, at: int) -> int:
    """Return where the word at a place begins; a text without blanks is cut where it is."""
    if at <= 0:
        return 0
    blank = max(text.rfind(" ", max(0, at - 60), at), text.rfind("\n", max(0, at - 60), at))
    return blank + 1 if blank >= 0 else at


def _on_to_blank(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    blanks = [found for each in " \n" if (found := text.find(each, at, at + 60)) >= 0]
    return min(blanks) if blanks else at
