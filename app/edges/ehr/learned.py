"""
What a server refused us, remembered for a day, so that the next write goes to the next rung at once.

Only a refusal that speaks of the kind of write is remembered: 403, 404, 405, or a 400 or 422 that says "not supported".
One that speaks of this patient (break-the-glass) or of this resource's content is not. It is kept under what the
token, the server's statement and the site's record were; when any of them changes, it counts no more.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from app.edges.ehr.profile import SiteProfile
from app.edges.ehr.scopes import Scopes
from app.edges.fhir.capability import Capability
from app.edges.http import NotAuthorised, NotFound, Unsupported, Withheld
from app.errors import ParleyError
from app.flow.ports import Refusal, Refusals

REMEMBERED = timedelta(hours=24)
_WORDS = {
    NotAuthorised: "it does not allow this",
    NotFound: "it knows no such thing",
    Unsupported: "it does not take this",
}


class Learned:
    """
    What one server refused to one kind of token. Read once, when a write first asks.

    refusals None: remembered only as long as this object lives
    """

    def __init__(self, refusals: Refusals | None, tenant: str, under: str, clock: Callable[[], datetime]) -> None:
        self._refusals, self._tenant, self._under, self._clock = refusals, tenant, under, clock
        self._known: dict[tuple[str, str], Refusal] | None = None

    def refused(self, kind: str, letter: str) -> Refusal | None:
        """Return what the server said of this kind of write within the last day."""
        return self._read().get((kind, letter))

    def note(self, kind: str, letter: str, error: ParleyError) -> None:
        """Remember a refusal where it speaks of the kind of write; anything else is left alone."""
        why = next((words for each, words in _WORDS.items() if isinstance(error, each)), None)
        if why is None or isinstance(error, Withheld) or (letter in "up" and not isinstance(error, Unsupported)):
            return  # of an update 403 and 404 speak of the one resource
        refusal = Refusal(kind, letter, why, self._clock())
        self._read()[kind, letter] = refusal
        if self._refusals is not None:
            self._refusals.note(self._tenant, self._under, refusal)

    def _read(self) -> dict[tuple[str, str], Refusal]:
        if self._known is None:
            since = self._clock() - REMEMBERED
            kept = self._refusals.of(self._tenant, self._under, since=since) if self._refusals is not None else ()
            self._known = {(each.kind, each.letter): each for each in kept}
        return self._known


def under_which(capability: Capability, scopes: Scopes, profile: SiteProfile) -> str:
    """Return the name of the circumstances of a refusal: statement, granted scopes and site's record, as one digest."""
    granted = sorted(f"{context}/{kind}.{''.join(sorted(letters))}" for context, kind, letters in scopes.granted)
    told = "\n".join((capability.digest, *granted, repr(profile)))
    return hashlib.sha256(told.encode()).hexdigest()
