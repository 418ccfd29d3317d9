"""
What a text must hold for a pattern to be found in it: pieces of words, and with which of them a match begins.

Each pattern is taken apart once: every way through it passes some literal letters, and one piece of each such set must
stand in a word of the text, at the word's edge where the pattern says so. errs: towards trying (index.py)
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from re import _constants as op
from re import _parser

_MOST_WAYS = 64
_MOST_OPENINGS = 256
_FEW = 6  # characters of a class that are told apart, as in recogni[sz]ed
_RANKS = 3  # of the factors that branches have beside each other
BEGIN, END = "<", ">"  # no letter stands before, behind
_EDGE = END + BEGIN  # what stands between two words, and \b
Factor = frozenset[str]  # pieces of words, of which every match holds one, each with the edges that it certainly has
_TOLD_APART = re.ASCII | re.IGNORECASE | re.LOCALE  # by these flags, letters and words are others than here
_BETWEEN = frozenset({op.CATEGORY_SPACE, op.CATEGORY_NOT_WORD})
_LETTERS = (op.RANGE, (ord("a"), ord("z")))
_NO_LETTER = (_LETTERS, (op.CATEGORY, op.CATEGORY_WORD))
_ZERO_WIDTH = frozenset({op.AT, op.ASSERT, op.ASSERT_NOT})
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
words_of = re.compile(r"\w+").findall
_pieces_of = re.compile(r"<?[^<>]+>?").findall


class Expression:
    """
    A regular expression taken apart, and compiled when it is first tried: of a rule book's many, few are on a day.

    factors: sets of pieces, of each of which every match holds one inside a word; the rarest first
    openings: words and beginnings of words, with one of which every match begins; none where that is not known
    """

    __slots__ = ("_compiled", "factors", "openings", "text")

    def __init__(self, text: str) -> None:
        """Take `text` apart; raises re.error where it is no regular expression."""
        parsed = _parser.parse(text)
        _check_looks(parsed)
        self.text, self._compiled = text, None
        self.factors: tuple[Factor, ...] = ()
        self.openings: Factor = frozenset()
        if not parsed.state.flags & _TOLD_APART:
            self.factors, self.openings = _factors_of(parsed), _openings_of(parsed)

    @property
    def regex(self) -> re.Pattern[str]:
        """It, compiled."""
        if self._compiled is None:
            self._compiled = re.compile(self.text)
        return self._compiled


def _check_looks(parsed: Iterable[tuple]) -> None:
    """Refuse what only compiling would: a look behind of no one width."""
    for kind, value in parsed:
        if kind in (op.ASSERT, op.ASSERT_NOT):
            direction, inside = value
            least, most = inside.getwidth()
            if direction < 0 and least != most:
                raise re.error("look-behind requires fixed-width pattern")
        for inside in value if isinstance(value, tuple) else ():
            for each in inside if kind is op.BRANCH and isinstance(inside, list) else [inside]:
                if isinstance(each, _parser.SubPattern):
                    _check_looks(each)


def _factors_of(parsed: Iterable[tuple]) -> tuple[Factor, ...]:
    exact, found = _sequence(parsed)
    return tuple(sorted(dict.fromkeys([*found, *_split(exact)]), key=_commonness))


def _openings_of(parsed: Iterable[tuple]) -> Factor:
    begun = _begun(parsed) or frozenset({""})
    return begun if all(each.startswith(BEGIN) and each.strip(_EDGE) for each in begun) else frozenset()


def _begun(parsed: Iterable[tuple]) -> Factor | None:
    """Return the words, or edges where nothing is passed, with which a sequence begins; None where unknown."""
    nodes, here = list(parsed), frozenset({""})
    for place, (kind, value) in enumerate(nodes):
        open_ = frozenset(each for each in here if not each.strip(_EDGE))
        if not open_:
            break
        more = _word_at(nodes[place:]) if kind is op.LITERAL else _begun_by(kind, value)
        if more is None or len(more) * len(open_) > _MOST_OPENINGS:
            return None
        here = here - open_ | {_joined(left, right) for left in open_ for right in more}
    return here


def _joined(edges: str, word: str) -> str:
    letters = word.lstrip(_EDGE)
    return BEGIN * (BEGIN in edges + word.removesuffix(letters)) + letters


def _begun_by(kind: object, value: object) -> Factor | None:
    if kind in _ZERO_WIDTH:
        return _node(kind, value)[0]
    if kind is op.IN:
        letters = _class(value)
        return letters if letters and not any(map(_EDGE.__contains__, letters)) else None
    if kind is op.SUBPATTERN:
        return None if value[1] else _begun(value[3])
    if kind is op.BRANCH:
        ways = [_begun(each) for each in value[1]]
        return None if None in ways else frozenset().union(*ways)
    if kind in _REPEATS and (inside := _begun(value[2])) is not None:
        return inside if value[0] else inside | {""}
    return None


def _word_at(nodes: Sequence[tuple]) -> Factor | None:
    """Return the word that literal letters make; None where they begin with what is no letter."""
    word = ""
    for kind, value in nodes:
        letter = _letter(value) if kind is op.LITERAL else ""
        word += END if letter == _EDGE else letter
        if len(letter) != 1:
            break
    return frozenset({word}) if word.strip(END) else None


def _commonness(factor: Factor) -> tuple[int, int, list[str]]:
    return -min(len(each.strip(_EDGE)) for each in factor), len(factor), sorted(factor)


def _split(ways: Factor | None) -> list[Factor]:
    """Return the pieces of words in texts of which one is passed: of each its longest, its first, its last."""
    cut = [_pieces_of(each) for each in ways or ()]
    if not cut or not all(cut):
        return []
    longest = frozenset(max(each, key=len) for each in cut)
    return [longest, frozenset(each[0] for each in cut), frozenset(each[-1] for each in cut)]


def _sequence(parsed: Iterable[tuple]) -> tuple[Factor | None, list[Factor]]:
    """Return (the texts that it is one of, None where they are too many; the factors beside)."""
    here: Factor = frozenset({""})
    factors: list[Factor] = []
    whole = True
    for kind, value in parsed:
        if kind is op.LITERAL:
            letter = _letter(value)
            here = frozenset([left + letter for left in here])
            continue
        exact, inside = _node(kind, value)
        factors += inside
        if exact is not None and len(exact) * len(here) <= _MOST_WAYS:
            here = frozenset(left + right for left in here for right in exact)
            continue
        whole = False
        factors += _split(here)
        here = exact if exact is not None else frozenset({""})
    if whole:
        return here, factors
    return None, [*factors, *_split(here)]


def _node(kind: object, value: object) -> tuple[Factor | None, list[Factor]]:
    if kind is op.AT:
        return frozenset({_EDGE if value is op.AT_BOUNDARY else ""}), []
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return frozenset({_looked(kind, *value)}), []
    if kind is op.LITERAL:
        return frozenset({_letter(value)}), []
    if kind is op.IN:
        return _class(value), []
    if kind is op.SUBPATTERN:
        _, flags_added, _, inside = value
        return (None, []) if flags_added else _sequence(inside)
    if kind is op.BRANCH:
        return _branches([_sequence(each) for each in value[1]])
    if kind in _REPEATS:
        return _repeated(*value)
    return None, []


def _looked(kind: object, direction: int, inside: Sequence[tuple]) -> str:
    r"""Return the edge that a look ahead or behind tells: (?<![a-z]) begins a word, (?!\w) ends one."""
    members = inside[0][1] if kind is op.ASSERT_NOT and len(inside) == 1 and inside[0][0] is op.IN else []
    if members[:1] == [(op.NEGATE, None)] or not any(each in members for each in _NO_LETTER):
        return ""
    return BEGIN if direction < 0 else END


@lru_cache(maxsize=1024)
def _letter(code: int) -> str:
    """Return a letter as it is, and what stands between words as an edge."""
    letter = chr(code)
    return letter if words_of(letter) else _EDGE


def _class(members: list[tuple]) -> Factor | None:
    """Return the letters of a class that has few; an edge where all of it stands between words."""
    if all(kind is op.LITERAL for kind, _ in members) and len(members) <= _FEW:
        return frozenset(_letter(code) for _, code in members)
    apart = all(
        _letter(value) == _EDGE if kind is op.LITERAL else kind is op.CATEGORY and value in _BETWEEN
        for kind, value in members
    )
    return frozenset({_EDGE}) if apart else None


def _repeated(least: int, most: int, inside: Iterable[tuple]) -> tuple[Factor | None, list[Factor]]:
    exact, factors = _sequence(inside)
    if exact == {_EDGE}:
        return frozenset({_EDGE} if least else {"", _EDGE}), []
    if (least, most) == (1, 1):
        return exact, factors
    if (least, most) == (0, 1) and exact is not None:
        return exact | {""}, []
    return None, ([] if least == 0 else [*factors, *_split(exact)])


def _branches(ways: list[tuple[Factor | None, list[Factor]]]) -> tuple[Factor | None, list[Factor]]:
    if all(exact is not None for exact, _ in ways):
        return frozenset().union(*(exact for exact, _ in ways)), []
    told = [sorted([*factors, *_split(exact)], key=_commonness) for exact, factors in ways]
    if not all(told):
        return None, []
    return None, [frozenset().union(*(each[min(rank, len(each) - 1)] for each in told)) for rank in range(_RANKS)]
