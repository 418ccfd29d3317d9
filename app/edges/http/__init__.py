"""
The one place that opens connections: bounded in time and size, closed to where it may go, blind to content.

    Transport    one pool for the process: one exchange at a time, no policy
    Endpoint     one base URL and the right to speak to it: what is asked may be asked again, what is told is told once
    Counterpart  an endpoint that speaks FHIR
    MailRelay    the site's mail server: one message over TLS, once
    MailFolder   the site's mailbox: read over TLS, changed in nothing
    service      one thing handed to a service, once, under a name of ours
    errors       what can go wrong, by what may be done about it
"""

from app.edges.http.counterpart import Counterpart
from app.edges.http.endpoint import Endpoint, Token
from app.edges.http.errors import (
    BlockedAddress,
    Busy,
    Conflict,
    CutShort,
    Down,
    Endless,
    NeedsVisit,
    NotAuthorised,
    NotFhir,
    NotFound,
    OutsideBase,
    Rejected,
    TooLarge,
    TooManyFound,
    Unsupported,
    Withheld,
)
from app.edges.http.imap import Kept, MailFolder, OpenFolder
from app.edges.http.mail import MailRelay
from app.edges.http.service import NAME, hand_over, in_our_words, unknown_to
from app.edges.http.transport import Answer, Limits, Seen, Transport

__all__ = [
    "NAME",
    "Answer",
    "BlockedAddress",
    "Busy",
    "Conflict",
    "Counterpart",
    "CutShort",
    "Down",
    "Endless",
    "Endpoint",
    "Kept",
    "Limits",
    "MailFolder",
    "MailRelay",
    "NeedsVisit",
    "NotAuthorised",
    "NotFhir",
    "NotFound",
    "OpenFolder",
    "OutsideBase",
    "Rejected",
    "Seen",
    "Token",
    "TooLarge",
    "TooManyFound",
    "Transport",
    "Unsupported",
    "Withheld",
    "hand_over",
    "in_our_words",
    "unknown_to",
]
