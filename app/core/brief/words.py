"""Reading and writing plain clinical English: sentences, negation, plans, durations, numbers."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from app.core.brief.denied import is_advice, is_of_others, leaves_open, says_no

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u2011": "-"})
_END = re.compile(
    # Possessive: blanks and lines are never given back, so that a million of them take a million steps. Ends are a
    # full stop, an empty line, and a new line that does not go on in lower case.
    r"(?:(?<=[.!?])[\"')\]]*+[ \t]++(?=[\"'(\[+]?(?:[A-Z0-9]|[a-z][A-Z]))|"
    r"(?<![ \t])[ \t]*+\r?\n(?:[ \t]*+\r?\n)++|"
    r"(?<![ \t])[ \t]*+\r?\n(?=[ \t]*+(?:[-*•#>]|\d+[.)]\s|[A-Z0-9\"'(])))"
)
_NOT_END = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|St|vs|e\.g|i\.e|approx|No|Nr|Fig|Pt|max|min|resp|ca|incl|wk|hr)\.$", re.IGNORECASE
)
_LONGEST_ABBREVIATION, _LONGEST_HEADING = 8, 120
_HEADING = re.compile(r"^\s*(?:#+\s*(?P<marked>.+?)\s*#*|(?P<plain>[A-Z][A-Za-z /&-]{2,40}):)\s*$")

# A colon before a number or a no parts nothing ("BMI: 34", "apnea: none"); a full stop parts, before a small letter
# too ("maxed. s/p stent").
_CLAUSE = re.compile(
    r";|:(?!\s*(?:[<>~]?\d|neg(?:ative)?\b|none\b|absent\b|denie[sd]\b|yes\b|n(?:ot?)?\b))|,\s*(?=but\b|however\b|although\b|though\b|"
    r"and (?:has|was|is|then)\b)|\bbut\b|\bhowever\b|\balthough\b|"
    r"(?<=[a-z]{4})(?<!approx)\.\s"
)
_NO_EFFECT = re.compile(
    r"\b(?:(?:could|would|can) )?(?:no|not|without|little|minimal|lack of|nor|never|\w+n't|cannot|failed to)\s+"
    r"(?:\S+\s+){0,3}?(?:relief|improve\w*|benefit\w*|respon\w+|help\w*|chang\w+|success\w*|effect\w*|better|"
    r"resol\w+|toler\w+|work\w*|control\w*|clearing|clearance|remission|weight loss)\b"
)
_NEGATION = re.compile(
    r"\b(?:no|not|without|never|none|neither|nor|denies|denied|neg(?:ative)? for|w/o|absence of|absent|free of|"
    r"rules? out|ruled out|unlikely|lacks?|lacking|declin\w+|refus\w+|unable to (?:attend|start)|\w+n't)\b"
)
# What the last item of "denies A, B or C" still has of its negation, however long the list: no verb between.
_LISTED = re.compile(
    _NEGATION.pattern + r"(?:(?!\b(?:is|are|was|were|has|had|have|with|reports?|shows?)\b).)*\b(?:or|nor)\s+$"
)
_NEGATED_AFTER = re.compile(
    r"^\s*(?:\S+\s+){0,3}?(?:(?:was|were|is|are|has|have)\s+(?:not|never)\b|not\s+(?:done|seen|found|shown|documented|"
    r"performed|tried|started|attempted|asked|assessed|present|available))|"
    # A list may be denied at its end (Lachman, drawer and McMurray negative), but not past what is affirmed in it.
    r"^\s*(?:(?!positive\b|pos\b|present\b|\(?\+)\S+\s+){0,4}?"
    r"(?:(?:is|was|were|are)?\s*(?:absent|negative|neg|ruled out|unlikely|none)\b|\(-\))"
)
_DOUBTED = re.compile(r"\b(?:cannot|can't|could not|couldn't|unable to|to|please) (?:rule out|exclude) (?:\S+ ){0,3}$")
_NEVER_SETTLED = re.compile(
    r"^\s*(?:\S+\s+){0,2}?(?:cannot|can't|could not|not) (?:be |been )?(?:excluded|ruled out)\b"
)
_PLAN = re.compile(
    r"\b(?:will|plan(?:s|ned)? (?:to|for)|planned|scheduled|recommend\w*|consider\w*|"
    r"refer(?:red|ral)? (?:\w+ )?(?:to|for)|order(?:ed)? for|if|would|could|should|may(?!\s+\d)|might|"
    r"to start|to begin|start|starting|begin|initiate|obtain|(?<!in )order|schedule|arrange|"
    r"advised to|instructed to|encouraged to|"
    r"discuss\w*|offered|awaiting|request(?:s|ed|ing)?|to be)\b"
)
# "Plans to join a gym and see a dietitian": a plan reaches to the end of its list, unless a verb or ground intervenes.
_PLAN_LISTED = re.compile(
    r"\b(?:plans?|planning|intends?|hopes?|wants?|will|would like) (?:(?!\b(?:was|were|has|had|have|completed|attended|"
    r"finished|tried|received|underwent|stopped|failed|despite|given|because|since|due)\b).)*"
    r"\b(?:and|or) (?:\S+ ){0,4}$"
)
_PLANNED_AFTER = re.compile(
    r"^\s*(?:\S+\s+){0,5}?(?:is|are|was|were|has been|have been|will be)\s+(?:\w+ly\s+)?"
    r"(?:planned|scheduled|recommended|advised|proposed|ordered|requested|considered|"
    r"expected|anticipated|hoped)\b"
)
_WISHED_AFTER = re.compile(r"^\s*(?:would|could|might)\b")
_PLAN_TITLE = re.compile(r"\W*(?:\d+[.)] *)?(?:assessment (?:and |& ?|/ ?))?(?:plan|recommendations?)\s*:")
_DONE = re.compile(r"\b(?:completed|attended|finished|underwent|received|done|tried|failed|helped|stopped)\b")
_FAMILY = re.compile(
    r"\b(?:family history|fhx?|mother|father|brother|sister|aunt|uncle|"
    r"grand(?:mother|father|parent)s?|parents?|siblings?)\b"
)
_PAYER = re.compile(
    r"\b(?:payer|insurer|insurance|health plan|reviewer|medical director|prior auth\w*|denial|"
    r"denied (?:the|because|for)|"
    r"letter (?:of|from)|appeal)\b"
)
_PAST = re.compile(
    r"\b(?:was|were|has|had|have|completed|attended|finished|tried|received|underwent|given|stopped|failed|showed|shows)\b"
)

_NUMBER = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split(),
        start=1,
    )
}
_COUNTED = r"(\d{1,4}|" + "|".join(_NUMBER) + r")"
_DURATION = re.compile(_COUNTED + r"[\s-]*(?:\+\s*)?(day|week|wk|month|mo|year|yr)s?\b")
_VISITS = re.compile(
    _COUNTED + r"\s*(?:of\s+" + _COUNTED + r"\s+)?(?:\w+\s+){0,3}?(?:visits?|sessions?|treatments?|appointments?)\b"
)
_NOT_LASTING = re.compile(
    r"\s*(?:ago|old|later|prior|before|after|history|of (?:pain|symptom|back|leg|knee|weak|numb|worsen))"
)
_UNTIL_SEEN = re.compile(
    r"\b(?:recheck\w*|follow[- ]?up|return\w*|re-?evaluat\w*|reassess\w*|back)\b[^.]{0,30}\bin\s*$"
)
_OF_ILLNESS = re.compile(
    r"\b(?:pain|symptoms?|weakness|numbness|ache|history|limp\w*)\s+(?:\S+\s+){0,2}?(?:for|of|over|x)?\s*$"
)
_DAYS = {"day": 1, "week": 7, "wk": 7, "month": 30, "mo": 30, "year": 365, "yr": 365}


class Stance(Enum):
    """How a sentence holds a cue."""

    AFFIRMED = "affirmed"
    DENIED = "denied"


def fold(text: str) -> str:
    """Return text for searching: lower case, plain quotes, no accents, no invisible characters, single blanks."""
    if text.isascii():  # nearly all are, and there are thousands
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.translate(_INVISIBLE).translate(_QUOTES))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).casefold().split())


def tidy(text: str) -> str:
    """Return text for showing: one line, single blanks, no invisible characters."""
    return " ".join(text.translate(_INVISIBLE).split())


def shorten(text: str, length: int) -> str:
    """Return text cut at a word, with an ellipsis when it was cut."""
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def split_sentences(text: str) -> Iterator[tuple[str, str]]:
    """Yield (heading, sentence) in order; the sentence is verbatim, line breaks inside it included."""
    heading = ""
    for piece in _pieces(text):
        raw = piece.strip()
        if not raw:
            continue
        if len(raw) <= _LONGEST_HEADING and (titled := _HEADING.match(raw)):
            heading = fold(titled["marked"] or titled["plain"])
        elif any(each.isalnum() for each in raw):
            yield heading, raw


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        if _NOT_END.search(text, max(start, end.start() - _LONGEST_ABBREVIATION), end.start()):
            continue
        yield text[start : end.start()]
        start = end.end()
    yield text[start:]


def stance_of(
    folded: str, cue: re.Pattern[str], *, heading: str = "", plans: bool = False, family: bool = False
) -> Stance | None:
    """
    Return how a folded sentence holds the cue: affirmed, denied, or None when it is not there or not the patient's.

    What is planned, hoped, conditional, said of the family or told of the payer is no fact of the patient.
    plans, family: whether what is planned or expected, and what is told of the family, is heard all the same
    errs: towards None; "no relief from X" affirms X, "no X" denies it
    """
    if not cue.search(folded) or _PAYER.search(folded) or is_advice(folded):
        return None
    if not family and (_FAMILY.search(folded) or "family" in heading or is_of_others(folded)):
        return None
    of_plan = "plan" in heading.split() or _PLAN_TITLE.match(folded)
    if of_plan and not plans and not _PAST.search(folded):
        return None
    clauses = _CLAUSE.split(folded)
    stances = [found for clause in clauses for hit in cue.finditer(clause) if (found := _held(clause, hit, plans))]
    if Stance.AFFIRMED in stances:
        return Stance.AFFIRMED
    return stances[0] if stances else None


def _held(clause: str, hit: re.Match[str], plans: bool) -> Stance | None:
    raw, after = clause[: hit.start()].replace("not only", ""), clause[hit.end() :]
    before, then = _NO_EFFECT.sub(" ", raw), _NO_EFFECT.sub(" ", after)
    near = " ".join(before.split()[-7:])
    if (not plans and _DOUBTED.search(f"{near} ")) or _NEVER_SETTLED.match(after):
        return None
    if _NEGATION.search(near) or _LISTED.search(before) or _NEGATED_AFTER.match(then) or says_no(raw, then):
        return Stance.DENIED
    if not plans and leaves_open(raw, after):
        return None
    if plans:
        return Stance.AFFIRMED
    if (_PLAN.search(near) and not _PAST.search(near)) or _PLAN_LISTED.search(before):
        return None
    if _WISHED_AFTER.match(after) or (_PLANNED_AFTER.match(after) and not _DONE.search(after)):
        return None
    return Stance.AFFIRMED


def days_told(folded: str, cue: re.Pattern[str]) -> int | None:
    """
    Return the longest duration that a folded sentence names for the cue, in days (a month 30, a year 365), or None.

    Only clauses that hold the cue count, and neither how long ago something was nor how long there was pain does.
    """
    told = [
        _count(found[1]) * _DAYS[found[2]]
        for clause in _CLAUSE.split(folded)
        if cue.search(clause)
        for found in _DURATION.finditer(clause)
        if not _NOT_LASTING.match(clause[found.end() :])
        and not _OF_ILLNESS.search(clause[: found.start()])
        and not _UNTIL_SEEN.search(clause[: found.start()])
    ]
    return max(told, default=None)


def visits_told(folded: str, cue: re.Pattern[str]) -> int | None:
    """Return the largest number of visits or sessions that a folded sentence names beside the cue, or None."""
    clauses = [each for each in _CLAUSE.split(folded) if cue.search(each)]
    return max((_count(found[1]) for each in clauses for found in _VISITS.finditer(each)), default=None)


def _count(word: str) -> int:
    return _NUMBER.get(word) or int(word)


def day_of(instant: datetime) -> str:
    """Return the UTC day as YYYY-MM-DD."""
    return instant.date().isoformat()


def days_in_words(days: int) -> str:
    """Return "1 day" or "63 days"."""
    return f"{days} day{'' if days == 1 else 's'}"


def number(value: float) -> str:
    """Return a value as a person would write it: as recorded up to two decimals, else rounded to one or two."""
    short = f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    if value == round(value, 2):
        short = f"{value:.2f}"
    short = short.rstrip("0").rstrip(".") if "." in short else short
    return "0" if short in ("-0", "") else short


def change(value: float) -> str:
    """Return a difference with its sign."""
    shown = number(value)
    return shown.replace("-", "−") if value < 0 else ("±0" if shown == "0" else f"+{shown}")


def listed(words: tuple[str, ...] | list[str], *, joiner: str = "and") -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joiner} {words[-1]}" if words else ""
