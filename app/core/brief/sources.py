"""What the brief rests on, as a numbered list: one entry a resource, like ones together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.brief.facts import Evidence, Sentence
from app.core.brief.words import shorten, tidy


@dataclass(frozen=True, slots=True)
class Section:
    """A titled run of sentences."""

    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the numbered list: a resource with all that is quoted of it, or several that say the same words."""

    number: int
    references: tuple[str, ...]
    quotes: tuple[str, ...]
    days: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    @property
    def shown_days(self) -> str:
        """The day, or the first and last of several."""
        return (
            "no date"
            if not self.days
            else self.days[0]
            if len(self.days) == 1
            else f"{self.days[0]} to {self.days[-1]}"
        )

    @property
    def shown_quotes(self) -> str:
        """The words quoted, long ones cut; days stand beside them and are not repeated."""
        words = [shorten(tidy(each), 90) for each in self.quotes if each not in self.days]
        return " · ".join(f"“{each}”" for each in dict.fromkeys(words))


def number_sources(sections: Iterable[Section]) -> tuple[Source, ...]:
    """
    Return the evidence of all sentences, numbered in reading order.

    What is quoted of one resource stands together; so do resources of one type of which the same words are quoted, as
    the visits of a course of therapy.
    """
    found: dict[str, list[Evidence]] = {}
    for section in sections:
        for sentence in section.sentences:
            for each in sentence.evidence:
                held = found.setdefault(each.reference, [])
                if each not in held:
                    held.append(each)
    alike: dict[tuple[str, tuple[str, ...]], list[list[Evidence]]] = {}
    for reference, held in found.items():
        alike.setdefault((reference.split("/")[0], tuple(each.quote for each in held)), []).append(held)
    return tuple(_source(number, groups) for number, groups in enumerate(alike.values(), start=1))


def in_columns(sources: Sequence[Source], printed: Sequence[Source]) -> tuple[tuple[Source, ...], ...]:
    """Return the sources in reading order as two columns, cut where the printed ones are nearest to half and half."""
    lengths = [_letters(each) if each in printed else 0 for each in sources]
    whole, before, cut, nearest = sum(lengths), 0, len(sources), sum(lengths)
    for count, length in enumerate(lengths, start=1):
        before += length
        if abs(whole - 2 * before) < nearest:
            cut, nearest = count, abs(whole - 2 * before)
    return tuple(each for each in (tuple(sources[:cut]), tuple(sources[cut:])) if each)


def _letters(source: Source) -> int:
    return len(source.shown_days) + len(source.shown_quotes) + len(source.references[0])


def _source(number: int, groups: list[list[Evidence]]) -> Source:
    evidence = tuple(each for held in groups for each in held)
    return Source(
        number,
        tuple(dict.fromkeys(each.reference for each in evidence)),
        tuple(dict.fromkeys(each.quote for each in evidence)),
        tuple(sorted({each.date for each in evidence if each.date})),
        evidence,
    )
