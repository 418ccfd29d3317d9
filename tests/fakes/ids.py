"""Identifiers that can be foretold."""

from dataclasses import dataclass, field


@dataclass
class CountingIds:
    """Implements flow.ports.Ids: ids and numbers in order; `numbers` are handed out first."""

    numbers: list[str] = field(default_factory=list)
    count: int = 0

    def new_id(self) -> str:
        """Return the next id: 32 hexadecimal digits, like the real ones."""
        self.count += 1
        return f"{self.count:032x}"

    def new_number(self) -> str:
        """Return the next number, a scripted one first."""
        self.count += 1
        return self.numbers.pop(0) if self.numbers else f"P-{self.count:06d}"
