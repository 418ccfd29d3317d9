"""
What a counterpart's answer, or its silence, means to us.

    Temporary ─ Down ─ Busy        no answer, or "not now"
              ─ NotFhir ─ CutShort an answer that cannot be trusted
              ─ Conflict           someone wrote before us
    Permanent ─ NotAuthorised ─ Withheld
              ─ Rejected ─ NeedsVisit
              ─ NotFound, Unsupported, TooLarge, Endless, OutsideBase, BlockedAddress

A write without a clear answer is WriteUnknown, a token that is over is SignInNeeded (both app/core/effects.py).
No message holds a body, a URL or a token.
"""

from app.errors import Permanent, Temporary


class Down(Temporary):
    """No connection, no answer in time, or an answer that says so. `again`: asking at once may help."""

    next = "Nothing is lost. It is tried again by itself."
    is_away = True

    def __init__(
        self,
        say: str | None = None,
        *,
        next: str | None = None,
        retry_after_seconds: float | None = None,
        sent: bool = False,
        again: bool = True,
    ) -> None:
        super().__init__(say, next=next, retry_after_seconds=retry_after_seconds)
        self.sent = sent
        self.again = again


class Busy(Down):
    """The counterpart asks us to slow down; it did not act."""


class NotFhir(Temporary):
    """The answer is not FHIR JSON: a login page, a proxy's page, something unreadable."""

    next = "Open Parley again from the EHR; if it stays, tell your administrator."
    is_away = True


class CutShort(NotFhir):
    """The answer ended before it was whole."""

    next = "Nothing is lost. It is tried again by itself."


class Conflict(Temporary):
    """The resource changed since it was read (409, 412)."""

    next = "It is read and applied again by itself."


class NotAuthorised(Permanent):
    """The counterpart knows us and says no (403, break-the-glass). Never retried, never gone around."""

    next = "Ask your administrator whether Parley may do this here. Do it by hand meanwhile."


class Withheld(NotAuthorised):
    """The counterpart withholds this one patient from us (break-the-glass): no other way in may be tried either."""


class NotFound(Permanent):
    """There is no such thing, or not any more (404, 410)."""

    next = "Look in the EHR whether it was removed or merged."


class Unsupported(Permanent):
    """The counterpart does not do this (405, 501)."""

    next = "Copy the text by hand into the chart."


class Rejected(Permanent):
    """The counterpart read what we sent and refused it (400, 422, ...)."""

    next = "Copy the text by hand into the chart, and tell your administrator."


class NeedsVisit(Rejected):
    """The counterpart refused what we sent for the visit (Encounter) that it names, or does not name."""


class TooManyFound(Rejected):
    """A search found more than the counterpart gives at all, whatever its pages (Epic: 4127)."""

    next = "Narrow it down, or look in the EHR."


class TooLarge(Permanent):
    """The answer is larger than we read."""

    next = "Tell your administrator."


class Endless(Permanent):
    """A search has more pages than we read, or leads in a circle."""

    say = "There is more than Parley reads at once."
    next = "Narrow it down, or look in the EHR."


class OutsideBase(Permanent):
    """A URL leads away from the counterpart we were told to talk to; it is not followed."""

    say = "A link leads outside the registered address. It was not followed."
    next = "Tell your administrator."


class BlockedAddress(Permanent):
    """A host name leads to a private or local address that nobody allowed."""

    say = "The address leads inside the network and is not allowed. Nothing was sent."
    next = "Tell your administrator: an inside host must be named in the configuration."
