"""What a clinician adds in their own words: it rests on no resource, so it stands under their name or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.brief.entries import OF_SENTENCES, Entry, EntryKind
from app.core.brief.words import tidy
from app.core.case import Case
from app.core.people import Act, User, may
from app.errors import Refused

PLACES = ("Story", "Answer", "Why now", "Weak points", "Questions")
LONGEST = 300  # characters; the brief stays one page
MOST = 12  # sentences that wait or stand at once


@dataclass(frozen=True, slots=True)
class OwnSentence:
    """
    One sentence a person wrote and signed. place: the title of the brief's part it belongs to, as "Why now"

    by: the name it is signed with; signed_at: when (UTC)
    """

    id: str
    text: str
    place: str
    by: str
    signed_at: datetime

    @property
    def signature(self) -> str:
        """Who signed it and when, as it is shown and printed."""
        return f"signed {self.by}, {self.signed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence with its history: a draft, signed, or withdrawn (then by whom, when)."""

    id: str
    text: str
    place: str
    drafted_by: str
    drafted_at: datetime
    signed: OwnSentence | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether it was not withdrawn."""
        return self.withdrawn_by is None


class NotASentence(Refused):
    """What was typed cannot stand on the brief. `field` names the form's field."""

    next = "Correct it below; what you typed is still there."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


class NotOfThisCase(Refused):
    """A clinician who has nothing to do with the case would sign for it."""

    say = "Only a clinician of this case signs for it."
    next = "Own the case, or have the clinician who takes the call sign it. Nothing was signed."
    field = None


class NoSuchSentence(Refused):
    """It was withdrawn or signed meanwhile, or never was."""

    say = "This sentence does not wait here any more."
    next = "Look at the brief as it is now; somebody may have signed or withdrawn it."
    field = None


def check_sentence(text: str, place: str, *, written: Sequence[Written]) -> str:
    """Return the sentence as it will stand, on one line; raises NotASentence naming the field."""
    said = tidy(text)
    if not any(each.isalnum() for each in said):
        raise NotASentence("text", "Write the sentence.")
    if len(said) > LONGEST:
        raise NotASentence("text", f"It has {len(said)} characters; {LONGEST} fit on the page. Cut it, or make it two.")
    if place not in PLACES:
        raise NotASentence("place", "Say where on the brief it belongs.")
    if sum(each.stands for each in written) >= MOST:
        raise NotASentence("text", f"There are {MOST} already. Withdraw one first.")
    return said


def may_sign(user: User, case: Case) -> bool:
    """Whether this user signs for this case: a clinician who takes its call or owns it, any where nobody takes it."""
    return may(user.role, Act.SIGN_SENTENCE) and is_of_case(user, case)


def is_of_case(user: User, case: Case) -> bool:
    """Whether the case is this user's: to take its call, or to own it; anybody's while nobody takes the call."""
    takes = case.clinician is None or user.reference == case.clinician.reference
    return takes or user.key == case.owner_key


def written_of(entries: Iterable[Entry]) -> tuple[Written, ...]:
    """Return every sentence that was ever drafted, in that order, as its latest step left it."""
    found: dict[str, Written] = {}
    for each in sorted(entries, key=lambda one: one.number):
        if each.kind not in OF_SENTENCES:
            continue
        if each.kind is EntryKind.DRAFTED:
            found[each.thing] = Written(
                each.thing, each.told.get("text", ""), each.told.get("place", PLACES[0]), each.by_name, each.at
            )
        elif each.thing in found:
            found[each.thing] = _after(found[each.thing], each)
    return tuple(found.values())


def signed_of(entries: Iterable[Entry]) -> tuple[OwnSentence, ...]:
    """Return what may stand on the brief and its papers: signed, and not withdrawn since."""
    return tuple(each.signed for each in written_of(entries) if each.signed and each.stands)


def draft_of(entries: Iterable[Entry], id: str) -> Written:
    """Return the sentence that stands and has this id; raises NoSuchSentence."""
    for each in written_of(entries):
        if each.id == id and each.stands:
            return each
    raise NoSuchSentence()


def _after(held: Written, step: Entry) -> Written:
    signed, by, at = held.signed, held.withdrawn_by, held.withdrawn_at
    if step.kind is EntryKind.SIGNED and held.stands and signed is None:
        signed = OwnSentence(held.id, held.text, held.place, step.by_name, step.at)
    if step.kind is EntryKind.WITHDRAWN and held.stands:
        by, at = step.by_name, step.at
    return Written(held.id, held.text, held.place, held.drafted_by, held.drafted_at, signed, by, at)
