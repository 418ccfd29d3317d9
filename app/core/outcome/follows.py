"""What was said on the phone against what the letter says, line by line; and what of it is for a person to settle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.case import Authorization, LineOutcome, Outcome

WORSE, BETTER, UNCLEAR, NOTE = "worse", "better", "unclear", "note"
# From the patient's side; what is not in it (withdrawn) can be neither better nor worse.
_RANK = {"upheld": 0, "modified": 1, "approved": 2}
_WHOLE = {"upheld": 0, "partial": 1, "modified": 1, "approved": 2}


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One thing in which the letter differs from what was said.

    line: its sequence, None for the whole; what: result | quantity | change | number | starts_on | ends_on | reference
    said, wrote: as shown, None where one side is silent
    bearing: worse | better for the patient; unclear: a person must look; note: of no weight by itself
    """

    line: int | None
    what: str
    said: str | None
    wrote: str | None
    bearing: str


def differences(told: Outcome, written: Outcome) -> tuple[Difference, ...]:
    """
    Return in what a letter differs from what was told, the lines first.

    Silence on one side is no difference, but for a line: one that the letter leaves out, or decides without its having
    been spoken of, is for a person. A reference number of the letter's own is only noted
    """
    lines = tuple(_lines(told.lines, written.lines))
    is_told_by_lines = any(each.said and each.wrote for each in lines)
    same = is_told_by_lines or told.result == written.result
    whole = () if same else (_whole(told.result, written.result),)
    return (*whole, *lines, *_authorization(told.authorization, written.authorization), *_reference(told, written))


def is_alarm(found: Sequence[Difference]) -> bool:
    """Whether somebody must act on these: something is worse than was said, or nobody can tell."""
    return any(each.bearing in (WORSE, UNCLEAR) for each in found)


def _lines(told: Sequence[LineOutcome], written: Sequence[LineOutcome]) -> Iterator[Difference]:
    if not told or not written:
        return
    said, wrote = ({each.sequence: each for each in lines} for lines in (told, written))
    for number in sorted({*said, *wrote}):
        yield from _line(number, said.get(number), wrote.get(number))


def _line(number: int, said: LineOutcome | None, wrote: LineOutcome | None) -> Iterator[Difference]:
    if said is None or wrote is None:
        known = wrote or said
        if known is None or (said is None and known.result == "approved"):
            return  # a line that was never in dispute
        words = _result_words(known)
        yield Difference(number, "result", None if said is None else words, None if wrote is None else words, UNCLEAR)
    elif said.result != wrote.result:
        bearing = _bearing(_RANK.get(said.result), _RANK.get(wrote.result))
        yield Difference(number, "result", _result_words(said), _result_words(wrote), bearing)
    elif said.quantity is not None and wrote.quantity is not None and said.quantity != wrote.quantity:
        bearing = _bearing(said.quantity, wrote.quantity)
        yield Difference(number, "quantity", f"{said.quantity:g}", f"{wrote.quantity:g}", bearing)
    elif said.quantity is None and wrote.quantity is not None:
        # Told as changed in something else only, so that all that was asked for was to be had.
        yield Difference(number, "quantity", None, f"{wrote.quantity:g}", UNCLEAR)
    elif said.change and wrote.change and _folded(said.change) != _folded(wrote.change):
        yield Difference(number, "change", said.change, wrote.change, UNCLEAR)


def _authorization(told: Authorization | None, written: Authorization | None) -> Iterator[Difference]:
    said, wrote = told or Authorization(), written or Authorization()
    if said.number and wrote.number and _folded(said.number) != _folded(wrote.number):
        yield Difference(None, "number", said.number, wrote.number, UNCLEAR)
    for name, turn in (("starts_on", -1), ("ends_on", 1)):
        one, other = getattr(said, name), getattr(wrote, name)
        if one and other and one != other:
            bearing = _bearing(turn * one.toordinal(), turn * other.toordinal())
            yield Difference(None, name, one.isoformat(), other.isoformat(), bearing)


def _reference(told: Outcome, written: Outcome) -> Iterator[Difference]:
    said, wrote = told.reference_number, written.reference_number
    if said and wrote and _folded(said) != _folded(wrote):
        yield Difference(None, "reference", said, wrote, NOTE)


def _whole(said: str, wrote: str) -> Difference:
    return Difference(None, "result", said, wrote, _bearing(_WHOLE.get(said), _WHOLE.get(wrote)))


def _bearing(said: float | None, wrote: float | None) -> str:
    if said is None or wrote is None or said == wrote:
        return UNCLEAR
    return WORSE if wrote < said else BETTER


def _result_words(line: LineOutcome) -> str:
    return line.result if line.quantity is None else f"{line.result}, {line.quantity:g}"


def _folded(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
