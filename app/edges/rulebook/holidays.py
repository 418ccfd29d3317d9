"""Closed dates that are worked out when somebody first asks for one: the library holds 15 MB, and routing asks none."""

from collections.abc import Callable, Iterable, Iterator, Set
from datetime import date


class LateDates(Set[date]):
    """A set of dates like a frozenset of them, made by `load` at the first question; raises what `load` raises."""

    def __init__(self, load: Callable[[], frozenset[date]]) -> None:
        self._load: Callable[[], frozenset[date]] | None = load
        self._known: frozenset[date] = frozenset()

    @property
    def dates(self) -> frozenset[date]:
        """All of them."""
        if self._load is not None:
            self._known = self._load()
            self._load = None
        return self._known

    def __contains__(self, day: object) -> bool:
        return day in self.dates

    def __iter__(self) -> Iterator[date]:
        return iter(self.dates)

    def __len__(self) -> int:
        return len(self.dates)

    def __hash__(self) -> int:
        return hash(self.dates)

    def __or__(self, others: Iterable[date]) -> "LateDates":
        more = frozenset(others)
        return LateDates(lambda: self.dates | more) if more else self

    __ror__ = __or__

    @classmethod
    def _from_iterable(cls, dates: Iterable[date]) -> frozenset[date]:
        return frozenset(dates)
