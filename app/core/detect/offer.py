"""The payer's invitation to a peer-to-peer call: until when, at which number, under which reference; verbatim."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice, pairwise

from app.core.denial import Offer
from app.core.detect.until import deadline_in, names_a_limit, names_time, speaks_of_appeal
from app.core.detect.words import Said
from app.core.rulebook.denials import DenialRules

_MOST = 8  # invitations read in one answer
_NEAR = 40  # characters
_USUAL, _FAR = 2, 7  # sentences or lines behind an invitation that belong to it
_PHONE = re.compile(
    r"(?<![\d\-])(?:\+?1[\-. ]?)?(?:\(\d{3}\)[ ]?|\d{3}[\-. ])\d{3}[\-. ]\d{4}(?!\d)"
    r"(?:[ ]*(?:x|ext\.?|extension|option)[ ]*\d{1,6})?",
    re.IGNORECASE,
)
_FAX = re.compile(r"\bfax\w*[^.;\n\d]{0,20}$", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\b(?:reference|ref|case|tracking|auth(?:orization)?|confirmation)\b\.?[ ]*(?:number|no\.?|id|#)?[ ]*[:#]?[ ]*"
    r"(?P<number>(?=[A-Z0-9\-]*\d)[A-Z0-9][A-Z0-9\-]{3,})",
    re.IGNORECASE,
)
# where a sentence ends: not after "no.", "ext.", "Dr." or a month's short name
_STOP = re.compile(
    r"(?<!\bno\.)(?<!\bext\.)(?<!\bdr\.)(?<!\bref\.)(?<!\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\.)"
    r"(?<=[.!?])[ ]+(?=[A-Z0-9(\"'])|\s*\n\s*|;[ ]",
    re.IGNORECASE,
)


def find_offer(said: Iterable[Said], *, day: date | None, at: datetime | None, rules: DenialRules) -> Offer | None:
    """
    Return the payer's invitation to a call, the first that says until when, else the first; None without one.

    day, at: the day and instant of the answer itself, from which "within 14 days" counts; see until.deadline_in
    """
    offers = [_offer(each, day=day, at=at, rules=rules) for each in islice(_invitations(said), _MOST)]
    return next((each for each in offers if each.deadline_at), offers[0] if offers else None)


def _invitations(said: Iterable[Said]) -> Iterator[Said]:
    """Yield the invitations, those near the one before left out: they are the same sentence again."""
    last: Said | None = None
    for each in said:
        if each.cue.says != "offer":
            continue
        if last is None or last.quote is not each.quote or each.hit.start - last.hit.end > _NEAR:
            yield each
            last = each


def _offer(said: Said, *, day: date | None, at: datetime | None, rules: DenialRules) -> Offer:
    text = said.quote.text
    start, end = _span(text, said.hit.start)
    words = text[start:end].strip()
    reference = _REFERENCE.search(words)
    return Offer(
        deadline_at=deadline_in(words, day=day, at=at, rules=rules),
        phone=_phone(words) or _only_phone(text),
        reference=reference["number"] if reference else None,
        quote=words,
    )


def _span(text: str, place: int) -> tuple[int, int]:
    """Return where the sentence at `place` lies, with the next two, or as many as it takes to find a day and a number,
    as long as they do not turn to an appeal."""
    cuts = [0, *(found.end() for found in _STOP.finditer(text)), len(text)]
    spans = [(left, right) for left, right in pairwise(cuts) if right > left]
    index = next(number for number, (left, right) in enumerate(spans) if left <= place < right)
    start, end = spans[index]
    for more, (left, right) in enumerate(spans[index + 1 : index + 1 + _FAR]):
        whole = names_time(text[start:end]) and _phone(text[start:end])
        if speaks_of_appeal(text[left:right]) or (whole and more >= _USUAL):
            break
        end = right
    if index and not names_time(text[start:end]):
        left, right = spans[index - 1]  # "You have until Friday. Call us for a peer-to-peer."
        if names_a_limit(text[left:right]) and not speaks_of_appeal(text[left:right]):
            start = left
    return start, end


def _phone(text: str) -> str | None:
    return next((found[0].strip() for found in _PHONE.finditer(text) if not _FAX.search(text[: found.start()])), None)


def _only_phone(text: str) -> str | None:
    found = {each[0].strip() for each in _PHONE.finditer(text) if not _FAX.search(text[: each.start()])}
    return found.pop() if len(found) == 1 else None
