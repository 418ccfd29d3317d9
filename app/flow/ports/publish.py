"""What we publish to payers: addresses given to them, who is told of, what stands there; and its forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.people import User
from app.core.slots.offered import OutFeed, Place, Publication


@dataclass(frozen=True, slots=True)
class Publishing:
    """Where the site's clinicians are, how many days ahead their times are told, how many hours ahead at least."""

    place: Place
    days: int = 14
    notice_hours: int = 24


class Publications(Protocol):
    """What is kept of it. Whatever opens, ends or chooses is audited in the same transaction."""

    def feeds(self, tenant: str) -> tuple[OutFeed, ...]: ...
    def by_digest(self, digest: str) -> OutFeed | None: ...
    def open(self, feed: OutFeed, *, who: str) -> None:
        """Keep a new address; the one that this payer had ends."""
        ...

    def end(self, tenant: str, feed_id: str, *, by: User, at: datetime) -> bool:
        """End an address; False where there is none that is open."""
        ...

    def people(self, tenant: str) -> Mapping[str, str]:
        """Return who is told of: names by reference."""
        ...

    def choose(self, tenant: str, people: Mapping[str, str], *, by: User, at: datetime) -> None: ...
    def standing(self, tenant: str, payer_key: str) -> Publication: ...
    def keep(self, tenant: str, payer_key: str, publication: Publication) -> None: ...


class Publisher(Protocol):
    """A publication as files, by name; the same bytes for the same publication at the same address."""

    def files(self, place: Place, publication: Publication, *, base: str) -> Mapping[str, bytes]: ...
