"""A clinician's own sentences: written down, signed, withdrawn; nothing is forgotten of them."""

from dataclasses import dataclass
from datetime import datetime

from app.core.brief.entries import EntryKind
from app.core.brief.own import LONGEST, PLACES, NotOfThisCase, Written, check_sentence, draft_of, may_sign, written_of
from app.core.case import Case
from app.core.people import Act
from app.flow.brief.by_hand import Decided, Entries, add_step
from app.flow.cases import case_for, demand
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class OwnRead:
    """Sentences of people's own for one case, whether this user may sign them, and what the form takes."""

    case: Case
    written: tuple[Written, ...]
    may_sign: bool
    places: tuple[str, ...] = PLACES
    longest: int = LONGEST


def own_sentences(ports: Ports, case: Case) -> OwnRead:
    """Return what was written by hand for this case; the case has been opened for this user."""
    return OwnRead(case, written_of(ports.store.brief_entries(ports.tenant, case.id)), may_sign(ports.user, case))


def write(ports: Ports, case_id: str, text: str, place: str, *, sign: bool, now: datetime) -> None:
    """Keep a sentence as a draft, and sign it at once where asked."""
    case = case_for(ports, case_id, Act.DRAFT_SENTENCE, now=now)
    if sign:
        _demand_signer(ports, case, now=now)
    id = ports.ids.new_id()

    def decide(held: Entries) -> Decided:
        said = check_sentence(text, place, written=written_of(held))
        return EntryKind.DRAFTED, id, {"text": said, "place": place}

    add_step(ports, case, decide, now=now)
    if sign:
        _sign(ports, case, id, now=now)


def sign(ports: Ports, case_id: str, id: str, *, now: datetime) -> None:
    """Sign a draft as this clinician; signing it twice is signing it once."""
    case = case_for(ports, case_id, Act.SIGN_SENTENCE, now=now)
    _demand_signer(ports, case, now=now)
    _sign(ports, case, id, now=now)


def withdraw(ports: Ports, case_id: str, id: str, *, now: datetime) -> None:
    """Take a sentence off the brief; a signed one is withdrawn by who may sign."""
    case = case_for(ports, case_id, Act.DRAFT_SENTENCE, now=now)

    def decide(held: Entries) -> Decided:
        if draft_of(held, id).signed:
            _demand_signer(ports, case, now=now)
        return EntryKind.WITHDRAWN, id, {}

    add_step(ports, case, decide, now=now)


def _sign(ports: Ports, case: Case, id: str, *, now: datetime) -> None:
    def decide(held: Entries) -> Decided | None:
        return None if draft_of(held, id).signed else (EntryKind.SIGNED, id, {})

    add_step(ports, case, decide, now=now)


def _demand_signer(ports: Ports, case: Case, *, now: datetime) -> None:
    demand(ports, Act.SIGN_SENTENCE, case_id=case.id, now=now)
    if not may_sign(ports.user, case):
        raise NotOfThisCase()
