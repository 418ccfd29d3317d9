"""What is typed and tapped during a call, kept by person and case."""

from datetime import datetime
from typing import Protocol

from app.core.call.talk import Talk
from app.errors import Refused


class TalkMoved(Refused):
    """Another device of the same person kept something of this call a moment ago."""

    say = "Another device of yours saved this call at the same moment."
    next = "Save again; nothing is lost."


class Talks(Protocol):
    """Drafts of calls: one of each person for each case."""

    def of(self, tenant: str, case_id: str, user_key: str) -> Talk | None: ...
    def keep(self, tenant: str, talk: Talk, *, now: datetime) -> Talk:
        """Keep a draft, return it with its new version; raises TalkMoved when its version is not the latest."""
        ...

    def drop(self, tenant: str, case_id: str, user_key: str) -> None:
        """Forget a draft; nothing when there is none."""
        ...

    def drop_before(self, tenant: str, before: datetime) -> int:
        """Forget the drafts that nobody touched since then; return how many."""
        ...
