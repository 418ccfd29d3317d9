"""What a payer's words say: cues of app/rules/denials.toml found in English text, with negations heeded."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.denial import Decision, Quote
from app.core.detect.asides import blank_asides
from app.core.rulebook.denials import Cue, DenialRules
from app.core.rulebook.index import Index, Tried, found_in
from app.core.rulebook.needs import Expression, words_of
from app.core.rulebook.spelled import Grown, spell_short, touches

_FOLD = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u2007": " "}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
)
_NUMBER = re.compile(r"(?<![a-z])\d+(?![a-z])")  # 12/04/2026 and 800-555-0100, not p2p
_WORD = re.compile(r"[^\W\d_]+")
# "not excluded", "no longer considered experimental"; but "not approved as experimental" negates only the approval
_NOT = r"(?:\bnot|\bno|\bnever|\bneither|\bnor|\bwithout|n't)[\s\-]+"
_NEGATED = re.compile(
    _NOT + r"(?:(?!approv|authori|certif|cover|payable|pay\b|met\b|because|due\b|since|as\b|for\b|medical|necess"
    r"|support|follow|meet|satisf|fulfil|qualif|reach|show|establish|document|demonstrat|justif|indicat|warrant)"
    r"\w+[\s\-]+){0,3}$"
)
# "must complete step therapy before this drug is approved" approves nothing
_NOT_YET = re.compile(r"\b(?:before|until|unless|if|once|when|whether|to be|must be)[\s\-]+(?:\w+[\s\-]+){0,5}$")
_NEGATION = re.compile(_NOT)
_BEFORE_CUES = Index([Expression(each.pattern) for each in (_NEGATION, _NOT_YET)])
_REST = re.compile(r"\bremain|\brest of\b|\bbalance\b|\bonly\b|\bin part\b|\bother lines?\b")
_AMOUNTS = re.compile(r"\d|" + _REST.pattern)  # a number beside "denied" may be any code
_MARKS = re.compile(r"[\"()\[\]]|(?<![a-z])'|'(?![a-z])")  # not deemed a 'medical necessity'; service(s)
_MARK, _DIGIT = re.compile(r"[\"()\[\]']"), re.compile(r"\d")  # without which the longer ones find nothing
_UNEVEN = re.compile(r"\b\w{1,8}n't\b|\bcannot\b|\s{2,}|[\t\n\r\f\v]")
_IRREGULAR = {"can't": "can not", "won't": "will not", "cannot": "can not"}
_REACH = 60  # characters before a cue in which a negation may stand
_MOST_SAID = 2_000  # cues of one answer; a hostile one says a word ten thousand times, and each line heeds all
_MAX_TEXT = 20_000  # a note longer than this is a letter, and letters are not read here


@dataclass(frozen=True, slots=True)
class Hit:
    """One cue found in a text, at [start, end) of it; `negated` behind a "not" of its clause."""

    cue: Cue
    start: int
    end: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class _Searched:
    """
    A folded text, and the cues that may stand in it.

    negation: where its first "not" stands, its length for none. delays: whether an "until" may stand in it
    """

    text: str
    tried: Tried
    negation: int
    delays: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One hit with the words it stood in."""

    hit: Hit
    quote: Quote

    @property
    def cue(self) -> Cue:
        """The rule that was met."""
        return self.hit.cue

    @property
    def words(self) -> str:
        """The payer's own words around the hit, verbatim, at most about 160 characters."""
        return sentence_at(self.quote.text, self.hit.start, self.hit.end)


def fold_text(text: str) -> str:
    """Return text in lower case with plain quotes and hyphens, character for character, so that places stay."""
    if text.isascii():
        return text.lower()
    plain = text.translate(_FOLD)
    folded = plain.lower()
    if len(folded) == len(text):
        return folded
    return "".join(low if len(low := each.lower()) == 1 else each for each in plain)


def hits_in(text: str, rules: DenialRules) -> tuple[Hit, ...]:
    """Return the cues found in a text, in their order; none in a text that is not English."""
    return _standing_in(text[:_MAX_TEXT], rules)


def is_ruled_out(quote: Quote, rules: DenialRules) -> bool:
    """Whether words name a reason only to say that it is none ("this is not excluded under your plan")."""
    return any(hit.negated and hit.cue.says == "reason" for hit in _hits_in_part(quote.text[:_MAX_TEXT], rules))


@lru_cache(maxsize=256)  # one answer's words are asked for several times while it is routed
def _standing_in(text: str, rules: DenialRules) -> tuple[Hit, ...]:
    return tuple([hit for hit in _hits_in_part(text, rules) if not hit.negated])


@lru_cache(maxsize=256)
def _hits_in_part(text: str, rules: DenialRules) -> tuple[Hit, ...]:
    folded = fold_text(text)
    if _MARK.search(folded):
        folded = _MARKS.sub(" ", folded)
    if _DIGIT.search(folded):
        folded = _NUMBER.sub(lambda found: "0" * len(found[0]), folded)
    if not _is_uneven(folded):
        return _hits_in(folded, rules)
    spelled, grown = _spell_out(folded)
    return _moved(_hits_in(spelled, rules), grown)


def _is_uneven(folded: str) -> bool:
    """Whether a text may hold what is spelled out: quickly, since few do."""
    return "  " in folded or "n't" in folded or "cannot" in folded or not folded.isprintable()


def _spell_out(folded: str) -> tuple[str, list[tuple[int, int]]]:
    """Return text with "doesn't" as "does not" and runs of blanks as one, and how much it had grown at its places."""
    parts: list[str] = []
    grown: list[tuple[int, int]] = []
    place = length = more = 0
    for found in _UNEVEN.finditer(folded):
        full = _evened(found[0])
        parts += [folded[place : found.start()], full]
        length += found.start() - place + len(full)
        more += len(full) - len(found[0])
        grown.append((length, more))
        place = found.end()
    return "".join([*parts, folded[place:]]), grown


def _evened(words: str) -> str:
    if words.isspace():
        return "\n" if words.count("\n") > 1 else " "
    return _IRREGULAR.get(words) or words[:-3] + " not"


def _moved(hits: tuple[Hit, ...], grown: Grown) -> tuple[Hit, ...]:
    if not grown:
        return hits
    return tuple([replace(hit, start=_place(hit.start, grown), end=_place(hit.end, grown)) for hit in hits])


def _place(place: int, grown: list[tuple[int, int]]) -> int:
    """Return a place of the spelled-out text in the text as written."""
    before = bisect_right(grown, place, key=lambda each: each[0])
    return place - (grown[before - 1][1] if before else 0)


# Payers write the same sentences with other numbers in them; without the numbers they are one, and hold less.
@lru_cache(maxsize=1024)
def _hits_in(folded: str, rules: DenialRules) -> tuple[Hit, ...]:
    words = set(words_of(folded))
    if not touches(words, rules.short):
        return _hits_of_words(folded, words, rules)
    full, grown = spell_short(folded, rules.short)
    return _moved(_hits_of_words(full, set(words_of(full)), rules), grown)


def _hits_of_words(folded: str, words: set[str], rules: DenialRules) -> tuple[Hit, ...]:
    plainly = rules.foreign.isdisjoint(words) and all(map(str.isalpha, words))
    if not plainly and not is_english(folded, rules):
        return ()
    plain = blank_asides(folded, words)
    whole = _searched(folded, words, rules)
    own = whole if plain is folded else _searched(plain, set(words_of(plain)), rules)
    found: list[Hit] = []
    for number in whole.tried if own is whole else sorted({*whole.tried, *own.tried}):
        cue = rules.cues[number]
        # an invitation stands in asides too: "if you would like to discuss the case, call"
        searched = whole if cue.says in ("offer", "refusal") else own
        if number in searched.tried:
            found += _hits_of(cue, searched, searched.tried[number])
    return tuple(sorted(_without_lesser(found), key=lambda hit: (hit.start, -hit.end)))


# Whose words the same words are not: "no approval is needed" is no lack of need for the care, records that were not
# received in time are missing rather than late, a provider who is not enrolled is no member who is not.
_TAKES = {
    "not_needed": ("clinical", "experimental", "benefit", "eligibility", "network", "administrative", "documents"),
    "documents": ("administrative",),
    "network": ("eligibility", "benefit"),
    "payment": ("network",),
}
_NO_DECISION = (Decision.APPROVED, Decision.CANCELLED)  # inside "policy cancelled" or "units exceed those authorized"


def _without_lesser(found: list[Hit]) -> list[Hit]:
    """Leave out each hit whose words another hit takes."""
    takers = [hit for hit in found if not hit.negated and (hit.cue.reason_kind in _TAKES or hit.cue.says == "reason")]
    return [hit for hit in found if not any(_is_taken(hit, by) for by in takers)]


def _is_taken(hit: Hit, by: Hit) -> bool:
    if by is hit or hit.start >= by.end or by.start >= hit.end:
        return False
    if hit.cue.decision in _NO_DECISION and hit.cue.reason_kind != "not_needed":
        return by.cue.says == "reason" and not by.cue.weak and by.start <= hit.start and hit.end <= by.end
    return hit.cue.says == "reason" and hit.cue.reason_kind in _TAKES.get(by.cue.reason_kind, ())


def is_english(folded: str, rules: DenialRules) -> bool:
    """Whether a text's words of grammar are English rather than another language's; too few words count as English."""
    words = _WORD.findall(folded)
    foreign = sum(map(rules.foreign.__contains__, words))
    return foreign <= 1 or foreign <= sum(map(rules.english.__contains__, words))  # "non-covered" is not French yet


def said_in(quotes: Collection[Quote], rules: DenialRules) -> tuple[Said, ...]:
    """Return every cue in every quote, in order; no more than the first two thousand."""
    said: list[Said] = []
    for quote in quotes:
        said += [Said(hit, quote) for hit in hits_in(quote.text, rules)]
        if len(said) >= _MOST_SAID:
            return tuple(said[:_MOST_SAID])
    return tuple(said)


def decision_in(said: Iterable[Said]) -> tuple[Decision | None, Said | None]:
    """
    Return what a text says was decided, with the words that say it; (None, None) where it does not.

    A denial beside an approval of some amount is a partial approval, beside any other approval a denial; "intent to
    deny" is no denial yet; a text that calls itself pending and denied or approved too is not understood.
    """
    said = tuple(said)
    if (undone := next((each for each in said if each.cue.last), None)) is not None:
        return undone.cue.decision, undone
    first = _first_by_decision(said)
    denied, approved = first.get(Decision.DENIED), first.get(Decision.APPROVED)
    if (partial := first.get(Decision.PARTIAL)) is not None:
        return Decision.PARTIAL, partial
    if denied and approved and (_AMOUNTS.search(fold_text(approved.words)) or _REST.search(fold_text(denied.words))):
        return Decision.PARTIAL, denied
    pended = first.get(Decision.PENDED)
    if pended and (denied or approved):
        return Decision.UNKNOWN, denied or approved
    for each in (denied, pended, approved, first.get(Decision.CANCELLED)):
        if each is not None:
            return each.cue.decision, each
    return None, None


def _first_by_decision(said: Iterable[Said]) -> dict[Decision, Said]:
    """Return the first hit of each decision; a hit inside another's words ("not approved") belongs to the wider one."""
    deciding = [each for each in said if each.cue.says == "decision"]
    if any(each.cue.decision is Decision.DENIED for each in deciding):
        deciding = [each for each in deciding if not each.cue.weak]
    first: dict[Decision, Said] = {}
    for each in deciding:
        if each.cue.decision in first:  # asked first: a hostile text says one word two thousand times
            continue
        inside = any(_is_within(each, other) for other in deciding)
        if not inside and each.cue.decision is not None:
            first.setdefault(each.cue.decision, each)
    return first


def _is_within(each: Said, other: Said) -> bool:
    if each is other or each.quote is not other.quote or each.cue.decision == other.cue.decision:
        return False
    wider = other.hit.end - other.hit.start > each.hit.end - each.hit.start
    return wider and other.hit.start <= each.hit.start and each.hit.end <= other.hit.end


def notices_in(said: Iterable[Said]) -> tuple[Said, ...]:
    """Return the words by which a text is no answer to one request (a newsletter, a definition), each kind once."""
    return tuple({each.cue.pattern: each for each in said if each.cue.says == "notice"}.values())


def reasons_in(said: Iterable[Said]) -> tuple[Said, ...]:
    """Return the reasons that a text gives; a weak one ("not covered") only where no clinical one stands beside it."""
    reasons = [each for each in said if each.cue.says == "reason"]
    clinical = any(each.cue.reason_kind in ("clinical", "experimental") and not each.cue.weak for each in reasons)
    return tuple(each for each in reasons if not (clinical and each.cue.weak))


def sentence_at(text: str, start: int, end: int) -> str:
    """Return the words around [start, end), verbatim: the sentence when short, else the hit with what is near it."""
    left = max(
        (text.rfind(mark, 0, start) + len(mark) for mark in (". ", "\n", "; ") if mark in text[:start]), default=0
    )
    stops = [place for mark in (". ", "\n", "; ") if (place := text.find(mark, end)) >= 0]
    right = min(stops, default=len(text))
    if right - left > 160:
        left, right = max(left, start - 60), min(right, end + 60)
    return " ".join(text[left:right].split()).rstrip(".")


def _searched(text: str, words: set[str], rules: DenialRules) -> _Searched:
    before = _BEFORE_CUES.met(words)
    first = _NEGATION.search(text) if before & 1 else None
    return _Searched(text, rules.index.tried(words), first.start() if first else len(text), bool(before & 2))


def _hits_of(cue: Cue, searched: _Searched, begins: list[str] | None) -> Iterator[Hit]:
    text = searched.text
    for found in found_in(text, cue.expression.regex, begins):
        start, end = found.span()
        before = max(0, start - _REACH)
        if searched.negation < start and _NEGATED.search(text, before, start):
            yield Hit(cue, start, end, negated=True)
            continue
        if searched.delays and cue.decision is Decision.APPROVED and _NOT_YET.search(text, before, start):
            continue
        yield Hit(cue, start, end)
