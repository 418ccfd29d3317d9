"""What people say of an appeal by hand, step by step: its lines and level, where it goes, by when, why it is urgent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.core.brief.entries import Entry, EntryKind
from app.core.brief.words import tidy
from app.core.outcome.filing import WAYS
from app.core.rulebook.criteria import Citation
from app.errors import Refused

THING = "appeal"  # what the steps are about (Entry.thing)
LEVELS = {"first": "First-level appeal", "second": "Second-level appeal", "external": "External review"}
# In our own words, after 42 CFR 422.584, 438.410 and 29 CFR 2560.503-1(m)(1).
GROUNDS = (
    "Waiting for a standard decision could seriously endanger the patient's life, health or ability to regain full "
    "function. A decision within 72 hours is asked for."
)
LONGEST = 300  # characters of one thing typed
MOST = 50  # publications left out


class NotAChoice(Refused):
    """What was typed of an appeal cannot stand in it. `field` names the form's field."""

    next = "Correct it below; what you typed is still there."

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


@dataclass(frozen=True, slots=True)
class Expedited:
    """That a clinician says the patient cannot wait: why, by whom it is signed, when (UTC)."""

    why: str
    by: str
    at: datetime

    @property
    def signature(self) -> str:
        """Who signed it and when, as it is shown and printed."""
        return f"signed {self.by}, {self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Choice:
    """
    What people chose; None and "" where nobody did, and then the record speaks.

    due_on: the last day to file as the notice gives it; where: the place in it, as a person wrote it
    uncited: literature that is left out, by cite_key; by, at: who made the latest choice, and when
    """

    lines: tuple[int, ...] | None = None
    level: str | None = None
    way: str | None = None
    to: str = ""
    due_on: date | None = None
    where: str = ""
    uncited: tuple[str, ...] = ()
    by: str = ""
    at: datetime | None = None
    expedited: Expedited | None = None


def choice_of(entries: Iterable[Entry], *, since: datetime | None) -> Choice:
    """
    Return what stands chosen after all steps.

    since: when the latest appeal was decided; level, address, day and grounds of that one are not those of the next
    """
    chosen, urgent = None, None
    for each in sorted(entries, key=lambda one: one.number):
        if each.thing != THING or (since is not None and each.at < since):
            continue
        if each.kind is EntryKind.CHOSEN:
            chosen = each
        elif each.kind is EntryKind.EXPEDITED:
            why = each.told.get("why", "")
            urgent = Expedited(why, each.by_name, each.at) if why else None
    if chosen is None:
        return Choice(expedited=urgent)
    told = chosen.told
    lines = tuple(int(each) for each in told.get("lines", "").split()) or None
    due_on = date.fromisoformat(told["due_on"]) if told.get("due_on") else None
    named = {name: told.get(name) or None for name in ("level", "way")}
    return Choice(
        lines=lines,
        level=named["level"],
        way=named["way"],
        to=told.get("to", ""),
        due_on=due_on,
        where=told.get("where", ""),
        uncited=tuple(told.get("uncited", "").splitlines()),
        by=chosen.by_name,
        at=chosen.at,
        expedited=urgent,
    )


def cite_key(citation: Citation) -> str:
    """Return by what a publication is known: its number, else its title."""
    return citation.pmid or citation.doi or tidy(citation.title)[:LONGEST]


def check_choice(
    typed: Mapping[str, str], lines: Sequence[int], uncited: Sequence[str] = (), *, may_be: Sequence[int]
) -> dict[str, str]:
    """
    Return what was typed as it is kept; raises NotAChoice naming the field.

    typed: level, way, to, due_on, where; lines: those that were ticked; uncited: literature to leave out, by cite_key
    may_be: the lines that can be appealed
    """
    told = {name: tidy(typed.get(name, "")) for name in ("level", "way", "to", "due_on", "where")}
    if may_be and (not lines or not set(lines) <= set(may_be)):
        raise NotAChoice("lines", "Tick at least one line that is still in dispute.")
    if told["level"] and told["level"] not in LEVELS:
        raise NotAChoice("level", "Choose which level of appeal this is.")
    if bool(told["to"]) != bool(told["way"]) or (told["way"] and told["way"] not in WAYS):
        raise NotAChoice("to", "Say both how it is sent and where to, as the notice gives it.")
    for name in ("to", "where"):
        if len(told[name]) > LONGEST:
            raise NotAChoice(name, f"At most {LONGEST} characters.")
    if told["due_on"]:
        try:
            date.fromisoformat(told["due_on"])
        except ValueError as error:
            raise NotAChoice("due_on", "A day as 2026-12-31.") from error
        if not told["where"]:
            raise NotAChoice("where", "Say where this day stands, so that it can be looked up again.")
    told["uncited"] = "\n".join(each for one in uncited[:MOST] if (each := tidy(one)[:LONGEST]))
    kept = {name: value for name, value in told.items() if value}
    return kept | ({"lines": " ".join(map(str, sorted(set(lines))))} if lines else {})


def check_grounds(why: str, *, ticked: bool) -> str:
    """Return why the patient cannot wait, on one line; raises NotAChoice."""
    said = tidy(why)
    if not ticked:
        raise NotAChoice("grounds", "Tick the sentence: it is what you sign.")
    if not any(each.isalnum() for each in said):
        raise NotAChoice("why", "Say in a sentence what would happen to this patient.")
    if len(said) > LONGEST:
        raise NotAChoice("why", f"It has {len(said)} characters; at most {LONGEST}.")
    return said
