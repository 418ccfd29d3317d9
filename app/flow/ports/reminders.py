"""How people are told of their calls: what they chose, what was told already, and the ways out."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from app.core.case import Case
from app.core.effects import TellClinician
from app.core.interval import Interval
from app.core.people import User
from app.core.reminders import Choice
from app.errors import Refused
from app.flow.ports.ehr import Written


class ChoiceMoved(Refused):
    """Somebody else saved this choice since the page was shown."""

    say = "These reminders were changed while you were looking at them."
    next = "Look at them as they stand now, then choose again. Nothing of yours was saved."


class Reminders(Protocol):
    """What each clinician chose, and what was told of each call."""

    def choice(self, tenant: str, person: str) -> Choice | None: ...
    def choices(self, tenant: str) -> tuple[Choice, ...]: ...
    def choose(self, tenant: str, choice: Choice, *, by: User, at: datetime) -> Choice:
        """Keep a choice and audit it in one transaction; ChoiceMoved when its version is not the latest."""
        ...

    def clinicians(self, tenant: str) -> Mapping[str, str]:
        """Return who takes the calls of open cases: name by "Practitioner/ID"."""
        ...

    def ahead(self, tenant: str, span: Interval) -> tuple[Case, ...]:
        """Return the cases whose live call begins in `span`, after its start."""
        ...

    def bookers(self, tenant: str, case_ids: Collection[str]) -> Mapping[str, str]:
        """Return who booked or moved each call last: key of the user by id of the case, where it is known."""
        ...

    def told(self, tenant: str, case_ids: Collection[str]) -> frozenset[str]:
        """Return the keys of all that was told, or is about to be, of these cases."""
        ...

    def queue(self, case: Case, effects: Collection[TellClinician], *, now: datetime) -> int:
        """Ask for these in the name of who booked, each once for ever; return how many are new. None if it moved."""
        ...


class Notices(Protocol):
    """The ways out."""

    def offers(self, way: str) -> bool:
        """Whether this site has the way ("mail", "sms")."""
        ...

    def standing(self, tenant: str, case_id: str) -> Case:
        """Return the case as it stands just now."""
        ...

    def perform(self, effect: TellClinician, *, seen: bool, may_send: bool = True) -> Written:
        """Send one notice by mail or text message, once. raises: WriteUnknown where nobody can say what came of it."""
        ...
