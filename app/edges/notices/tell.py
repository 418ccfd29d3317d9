"""All notices that do not go through the EHR, each by its own way; what went wrong said as the office needs it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from app.core.case import Case
from app.core.effects import TellClinician, WriteUnknown
from app.errors import Permanent, Temporary
from app.flow.ports import Written

BY_HAND = "Nothing was sent. Tell them of the call yourself, and have the address looked at on the page Reminders."


class NoSuchWay(Permanent):
    """The site has no mail server, or no text message service, any more."""

    say = "This way of telling is not set up here."
    next = BY_HAND


class Way(Protocol):
    """One way out."""

    def send(self, effect: TellClinician) -> Written:
        """Send once and say so, or raise."""
        ...


class Teller:
    """Implements flow.ports.Notices. standing: returns a case as it stands, by tenant and id."""

    def __init__(self, ways: Mapping[str, Way], *, standing: Callable[[str, str], Case]) -> None:
        self._ways, self.standing = dict(ways), standing

    def offers(self, way: str) -> bool:
        """Whether this site has the way."""
        return way in self._ways

    def perform(self, effect: TellClinician, *, seen: bool, may_send: bool = True) -> Written:
        """
        Send one notice. Nobody can be asked what became of it, so a second look finds nothing.

        raises: NoSuchWay, WriteUnknown, and the errors of app.edges.http
        """
        if not may_send:
            raise WriteUnknown
        way = self._ways.get(effect.way)
        if way is None:
            raise NoSuchWay
        with _said_for_the_office():
            return way.send(effect)


@contextmanager
def _said_for_the_office() -> Iterator[None]:
    """Say of a refusal what a person does about a notice: what stands there is about requests to payers."""
    try:
        yield
    except Permanent as error:
        error.next = BY_HAND
        raise
    except WriteUnknown:
        raise
    except Temporary as error:
        error.next = "Nothing was sent. It is tried again by itself until the call begins."
        raise
