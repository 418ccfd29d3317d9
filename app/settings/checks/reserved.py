"""What the file may hold for later, and nothing reads yet."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from app.settings.smart import Issuer

# A site that sets one of these believes that it holds.
RESERVED = (
    "cookieless",
    "sync.calendar_min",
    "sync.reconcile_cron",
    "sync.max_rps",
    "profile.document.needs_period",
)


def without_effect(issuers: Iterable[Issuer]) -> Iterator[str]:
    """Yield a warning for each reserved setting that stands otherwise than by default."""
    plain = {name: attrgetter(name)(Issuer("", "", "", "")) for name in RESERVED}
    for issuer in issuers:
        for name, default in plain.items():
            if attrgetter(name)(issuer) != default:
                yield f"{issuer.slug}: {name} has no effect. Nothing reads it yet; take it out."
