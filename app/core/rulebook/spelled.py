"""
Words as payers shorten and misspell them, written out before they are read: "recs not rec'd", "netwrok".

Only whole words, only those that the rules name, and only one letter off a long word of the trade: what is read must
not depend on who typed it, and no other word may become one of ours.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_WORD = re.compile(r"[a-z]+")
_LONG = 6  # letters; one letter off a shorter word is another word
_WORDS_KEPT = 20_000
_LONGEST = 60  # letters of a word that is remembered
_LONGEST_OURS = 24  # letters; a longer one is no word, and each letter of it would be left out once
# words of short forms that stand in any text, and tell none
_PLAIN = frozenset("not no a t in met non plan days criteria necessity rule term adverse exceeded auth unmet".split())
_TAIL = 2  # letters at the end that grammar changes: "excludes" is no misspelt "excluded"
Grown = list[tuple[int, int]]  # (place in the new text, by how much it had grown there)


@dataclass(frozen=True, slots=True, eq=False)  # made with the rules, and compared by identity as they are
class Shorthand:
    """`full`: what each short form stands for; `long`: words known though misspelt; `own`: words that look so only."""

    full: Mapping[str, str] = field(default_factory=dict)
    long: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    marks: frozenset[str] = field(init=False, repr=False)  # of each form the word that tells it: "nec" of "med nec"
    pattern: re.Pattern[str] = field(init=False, repr=False)
    near: Mapping[str, str] = field(init=False, repr=False)  # a long word with a letter left out -> the word
    told: Mapping[str, bool] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        forms = sorted(self.full, key=len, reverse=True)
        spaced = (re.escape(form).replace(r"\ ", r"[ \-]").replace("'", "[' ]?") for form in forms)
        object.__setattr__(self, "marks", frozenset(max(_WORD.findall(form), key=_rarity) for form in forms))
        object.__setattr__(self, "pattern", re.compile(rf"(?<![a-z0-9])(?:{'|'.join(spaced) or '(?!)'})(?![a-z0-9])"))
        object.__setattr__(self, "told", _Told(self))
        object.__setattr__(self, "near", {each: word for word in self.long for each in _without_one(word)})


def touches(words: Iterable[str], short: Shorthand) -> bool:
    """Whether a text of these words (needs.words_of it) may hold any that is written out."""
    return any(map(short.told.__getitem__, words))


class _Told(dict[str, bool]):
    """By a word of a text: whether it may be written out; reckoned when it is first met."""

    def __init__(self, short: "Shorthand") -> None:
        super().__init__()
        self._short = short

    def __missing__(self, word: str) -> bool:
        parts = _WORD.findall(word)
        told = any(each in self._short.marks or _corrected(each, self._short) is not None for each in parts)
        if len(self) >= _WORDS_KEPT:
            self.clear()
        if len(word) <= _LONGEST:
            self[word] = told
        return told


def spell_short(folded: str, short: Shorthand) -> tuple[str, Grown]:
    """Return folded text with short and misspelt words written out, and how much it had grown at its places."""
    words = set(_WORD.findall(folded))
    spans = [] if short.marks.isdisjoint(words) else [(*found.span(), found[0]) for found in _shorts(folded, short)]
    wrong = {word: right for word in words if (right := _corrected(word, short)) is not None}
    if not spans and not wrong:
        return folded, []
    told = [(start, end, short.full[_form(words)]) for start, end, words in spans]
    if wrong:
        told += [(*found.span(), wrong[found[0]]) for found in _WORD.finditer(folded) if found[0] in wrong]
    return _written(folded, sorted(told))


def _shorts(folded: str, short: Shorthand) -> Iterable[re.Match[str]]:
    return (found for found in short.pattern.finditer(folded) if _form(found[0]) in short.full)


def _form(words: str) -> str:
    return words.replace("-", " ")


def _written(folded: str, told: list[tuple[int, int, str]]) -> tuple[str, Grown]:
    parts: list[str] = []
    grown: Grown = []
    place = length = more = 0
    for start, end, full in told:
        if start < place:
            continue
        parts += [folded[place:start], full]
        length += start - place + len(full)
        more += len(full) - (end - start)
        grown.append((length, more))
        place = end
    return "".join([*parts, folded[place:]]), grown


@lru_cache(maxsize=20_000)
def _corrected(word: str, short: Shorthand) -> str | None:
    """Return the long word that this one is one letter off, None where it is none or a word of its own."""
    if not _LONG <= len(word) <= _LONGEST_OURS or word in short.own or word in short.long:
        return None
    for each in (word, *_without_one(word)):
        right = short.near.get(each)
        if right is not None and abs(len(right) - len(word)) < _TAIL and _begin_alike(word, right):
            return right
    return None


def _begin_alike(word: str, right: str) -> bool:
    return word[0] == right[0] and word[:-_TAIL] not in (right[:-1], right[:-_TAIL], right[: -_TAIL - 1])


def _rarity(word: str) -> tuple[bool, int]:
    return word not in _PLAIN, len(word)


def _without_one(word: str) -> tuple[str, ...]:
    return (word, *(word[:place] + word[place + 1 :] for place in range(len(word))))
