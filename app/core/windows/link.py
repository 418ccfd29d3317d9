"""The payer's link: no account, no PHI; one pick, or other times proposed, until it expires (product D6)."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.case import Case, CaseState, Hold
from app.errors import Refused


class LinkOver(Refused):
    """The link is unknown, expired, used or withdrawn; which of these is not told to a stranger."""

    say = "This link is not valid any more."
    next = "Ask the provider's office for a new one."


@dataclass(frozen=True, slots=True)
class PayerLink:
    """
    One link. Only the digest of its secret is kept.

    made_by: key of who offered the times; what a pick must tell the EHR is told with that person's next token
    state: open | picked | answered | withdrawn
    """

    id: str
    tenant: str
    digest: str
    case_id: str
    made_by: str
    session_id: str | None
    made_at: datetime
    expires_at: datetime
    state: str = "open"
    used_at: datetime | None = None


def digest_of(secret: str) -> str:
    """Return what is kept of a link's secret; the secret has 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def check_link(link: PayerLink | None, *, now: datetime) -> PayerLink:
    """Return a link that may still be answered; raises LinkOver."""
    if link is None or link.state != "open" or link.expires_at <= now:
        raise LinkOver()
    return link


def use_link(link: PayerLink, *, state: str, now: datetime) -> PayerLink:
    """Return the link used."""
    return replace(link, state=state, used_at=now)


def offered_in(case: Case, *, now: datetime) -> tuple[Hold, ...]:
    """Return the held times that the payer may choose from."""
    if case.state is not CaseState.HELD:
        return ()
    return tuple(each for each in case.holds if each.expires_at > now and each.waits_on == "payer")


def invitation(case: Case, *, url: str, zone: str, until: datetime, now: datetime) -> str:
    """Return words for the payer that carry no PHI: our number, its reference, the times, the link."""
    reference = case.denial.reference_number
    first = (
        f"Peer-to-peer review, our case {case.number}" + (f", your reference {reference}" if reference else "") + "."
    )
    return "\n".join([first, *offered_lines(case, url=url, zone=zone, until=until, now=now)])


def offered_lines(case: Case, *, url: str, zone: str, until: datetime, now: datetime) -> tuple[str, ...]:
    """Return the held times that the payer may choose from, and where it answers, by when."""
    place = ZoneInfo(zone)
    return (
        "We can take the call at one of these times:",
        *(
            f"- {each.interval.start.astimezone(place):%A, %B %d, %Y, %I:%M %p %Z}"
            for each in offered_in(case, now=now)
        ),
        f"Choose one, or propose others, until {until.astimezone(place):%A, %B %d, %I:%M %p %Z}:",
        url,
    )
