"""A mailbox with a memory, that can go away in the middle."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from app.errors import Temporary
from app.flow.ports import Mailed, Mark, Told


@dataclass
class FakeMailbox:
    """Implements flow.ports.Mailbox. breaks_at: the uid at which the server goes away; looks: how often it was read."""

    name: str = "calls@hospital.example"
    kept: list[Mailed | None] = field(default_factory=list)
    validity: int = 7
    breaks_at: int | None = None
    looks: int = 0

    def bring(self, *mailed: Mailed | None) -> None:
        """Let messages come; None: one that somebody takes away at once."""
        self.kept += mailed

    @contextmanager
    def letters(self, after: Mark | None, *, now: datetime) -> Iterator[Iterator[tuple[Mark, Mailed | None]]]:
        """Give what came after a mark."""
        self.looks += 1
        yield self._after(after.uid if after and after.validity == self.validity else 0, now)

    def _after(self, uid: int, now: datetime) -> Iterator[tuple[Mark, Mailed | None]]:
        for number, each in enumerate(self.kept, 1):
            if number > uid:
                if number == self.breaks_at:
                    raise Temporary("The mailbox's server does not answer as it should.")
                yield Mark(self.validity, number, now), each


@dataclass
class FakeCarrier:
    """Implements flow.ports.Carrier. told: by reference, what became of a fax; asked: how often it was asked."""

    told: dict[str, Told] = field(default_factory=dict)
    asked: int = 0

    def look(self, reference: str) -> Told | None:
        """Return what became of a fax."""
        self.asked += 1
        return self.told.get(reference)
