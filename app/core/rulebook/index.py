"""
Which patterns may be found in a text, and where: by the words that it holds, so that few are tried at few places.

A payer's rule book has some eight hundred cues, and a note holds two of them. Words come again where texts do not, so
what a word tells is remembered. errs: towards trying
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache, reduce
from operator import or_

from app.core.rulebook.needs import BEGIN, END, Expression

_WORDS_KEPT = 20_000
_LONGEST = 60  # letters of a word that is cut into pieces, and remembered
_FACTORS = 6  # of a pattern; the rarest tell nearly all
Tried = dict[int, list[str] | None]  # by a pattern's number: the words with which it may begin, None for any place


class Index:
    """
    Patterns by the pieces of words that they need.

    A word tells in one number which patterns it gives their first factor, their second and so on, a bit for each: a
    text's words together tell which patterns have all. A factor that a pattern lacks is given by every text.
    """

    def __init__(self, patterns: Sequence[Expression]) -> None:
        self._size = len(patterns)
        self._given = self._anywhere = 0
        needed: dict[str, int] = {}
        opening: dict[str, int] = {}
        for number, pattern in enumerate(patterns):
            factors = pattern.factors[:_FACTORS]
            for place in range(_FACTORS):
                bit = 1 << (place * self._size + number)
                _add(needed, factors[place] if place < len(factors) else (), bit)
                self._given |= 0 if place < len(factors) else bit
            _add(opening, pattern.openings, 1 << number)
            self._anywhere |= 0 if pattern.openings else 1 << number
        self._needed, self._opening = _Told(needed), _Told(opening)

    def tried(self, words: Collection[str]) -> Tried:
        """Return the patterns that may be found in a text, in their order. words: of it, folded, each once"""
        met = self.met(words)
        begins: Tried = {number: [] for number in _bits_of(met)}
        loose = self._anywhere & met
        for word in words if met else ():
            if opened := self._opening[word] & met:
                if not (word.isascii() and word.isalpha()):
                    loose |= opened  # it may begin inside, behind a number
                for number in _bits_of(opened):
                    begins[number].append(word)
        return begins | dict.fromkeys(_bits_of(loose)) if loose else begins

    def met(self, words: Collection[str]) -> int:
        """Return the same as bits of a number."""
        told = reduce(or_, map(self._needed.__getitem__, words), self._given)
        met = told & ((1 << self._size) - 1)
        for _ in range(1, _FACTORS):
            told >>= self._size
            met &= told
        return met


def found_in(text: str, pattern: re.Pattern[str], begins: list[str] | None) -> Iterator[re.Match[str]]:
    """Yield what `pattern.finditer(text)` does. begins: the words of the text with which it may begin (Index.tried)"""
    if begins is None:
        yield from pattern.finditer(text)
        return
    after = 0
    for place in _places(text, begins):
        if place >= after and (found := pattern.match(text, place)) is not None:
            yield found
            after = max(found.end(), place + 1)


def _places(text: str, words: list[str]) -> list[int]:
    places: list[int] = []
    for word in words:
        place = text.find(word)
        while place >= 0:
            places.append(place)
            place = text.find(word, place + 1)
    return sorted(places) if len(places) > 1 else places


def _add(by_piece: dict[str, int], pieces: Collection[str], bits: int) -> None:
    for each in pieces:
        by_piece[each] = by_piece.get(each, 0) | bits


@lru_cache(maxsize=8192)
def _bits_of(number: int) -> tuple[int, ...]:
    bits = []
    while number:
        lowest = number & -number
        bits.append(lowest.bit_length() - 1)
        number ^= lowest
    return tuple(bits)


class _Told(dict[str, int]):
    """What each word tells, reckoned when it is first met."""

    def __init__(self, by_piece: dict[str, int]) -> None:
        super().__init__()
        self._by_piece = by_piece

    def __missing__(self, word: str) -> int:
        told = reduce(or_, map(self._by_piece.__getitem__, self._pieces_in(word)), 0)
        if len(word) <= _LONGEST:
            if len(self) >= _WORDS_KEPT:
                self.clear()
            self[word] = told
        return told

    def _pieces_in(self, word: str) -> Collection[str]:
        if len(word) > _LONGEST:
            return [each for each in self._by_piece if each.strip(BEGIN + END) in word]
        return self._by_piece.keys() & _cuts(word)


def _cuts(word: str) -> set[str]:
    """Return every piece of a word, with and without its edges."""
    places = range(len(word) + 1)
    begins = [("", BEGIN) if place == 0 or not _is_letter(word[place - 1]) else ("",) for place in places]
    ends = [("", END) if place == len(word) or not _is_letter(word[place]) else ("",) for place in places]
    return {
        before + word[start:end] + behind
        for start in places
        for end in range(start + 1, len(word) + 1)
        for before in begins[start]
        for behind in ends[end]
    }


def _is_letter(character: str) -> bool:
    return "a" <= character <= "z"
