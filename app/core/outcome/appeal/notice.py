"""What the payer's own words say of appeals: where one is sent. Nothing is guessed: who is not sure finds nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.denial import Denial, Quote
from app.core.detect.until import speaks_of_appeal

_ENDS = re.compile(r"(?<=[a-z0-9)])[.;]\s+(?=[A-Z])|\n+")
_CALLS = re.compile(r"\b(?:p2p|peer[\s-]+to[\s-]+peer|discuss\w*|telephone|speak|talk)\b", re.IGNORECASE)
_NUMBER = r"(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}(?!\d)"
_FAX = re.compile(rf"\bfax(?:ed)?\b[^\d+(]{{0,30}}(?P<found>{_NUMBER})", re.IGNORECASE)
_PORTAL = re.compile(r"(?P<found>https://[^\s<>\"'()]{4,200}[^\s<>\"'().,;])")
_MAIL = re.compile(
    r"(?P<found>\b(?:P\.?\s?O\.?\s?Box\s+\d{1,7}|\d{1,6}\s+[A-Z][\w.'-]{1,30}(?:\s[A-Z][\w.'-]{1,30}){1,4})"
    r",[^;\n]{2,90}?,?\s[A-Z]{2}\s+\d{5}(?:-\d{4})?)(?!\d)"
)
_KINDS = (("fax", _FAX), ("portal", _PORTAL), ("mail", _MAIL))
_LONGEST = 20_000  # of one quote that is searched


@dataclass(frozen=True, slots=True)
class Address:
    """Where an appeal is sent. way: fax | portal | mail, "" where the rule does not say; said: how that is known."""

    way: str
    to: str
    said: str


def appeal_words(denial: Denial) -> tuple[Quote, ...]:
    """Return the payer's sentences on appeals, verbatim, each once."""
    found: dict[str, Quote] = {}
    for quote in _quotes(denial):
        for piece in _ENDS.split(quote.text[:_LONGEST]):
            said = piece.strip()
            if said and speaks_of_appeal(said):
                found.setdefault(said, Quote(said, quote.path, quote.reference))
    return tuple(found.values())


def addresses_in(words: Iterable[Quote]) -> tuple[Address, ...]:
    """
    Return where an appeal is sent by these sentences, the first of each way.

    A way of which the sentences give two, or a sentence that speaks of a call as well, is left to a person.
    """
    told = [each.text for each in words if not _CALLS.search(each.text)]
    ways = []
    for way, pattern in _KINDS:
        found = {match["found"].strip() for text in told for match in pattern.finditer(text)}
        if len(found) == 1:
            ways.append(Address(way, found.pop(), "as the denial itself says"))
    return tuple(ways)


def _quotes(denial: Denial) -> Iterable[Quote]:
    yield from (each for line in denial.lines for each in line.notes)
    yield from denial.notes
    if denial.disposition:
        yield denial.disposition
