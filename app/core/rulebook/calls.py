"""Types of the rules of a call: what counts as broken, what is done then, by whom, and how far up it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.core.rulebook.payers import Evidence

# Every rule that can be broken, in the order in which they are told. Each is in the rule book exactly once.
BROKEN = (
    "payer_no_show",
    "our_no_show",
    "late",
    "outside_window",
    "not_identified",
    "wrong_specialty",
    "ended_early",
    "held_too_long",
    "closed_in_hours",
)
# Those that no log tells by itself: who was on the call marks them.
MARKED = ("not_identified", "wrong_specialty", "ended_early")
ON_OUTCOME = ("ended_early", "wrong_specialty")  # as the outcome's form asks for them, each with its box
ONLY_MARKED = ("not_identified", "ended_early")  # of a try; the specialty is told by the reviewer's
# Those whose definition has a figure, in minutes, and the most that it may be.
MEASURED = {
    "payer_no_show": 120,
    "our_no_show": 120,
    "late": 120,
    "outside_window": 240,
    "ended_early": 60,
    "held_too_long": 240,
}
# What makes the rest of a ladder needless: what happens after the rule was broken; connected also the same call.
ENDS = ("booked", "connected", "reconnected", "matched", "identified", "reached", "decided", "appealed")
KINDS = ("rebook", "redial", "identify", "reviewer", "escalate")  # of a step; each is a kind of next action
OWNERS = ("clinician", "coordinator", "manager")
PLACES = ("payer", "specialty")  # what a step's words may leave open


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step of a ladder. text: what to do, {payer} and {specialty} left open; told_to: whom it is told

    after_hours: the payer's working hours from when the rule was found broken until it falls due; within_hours: those
    it may take
    """

    kind: str  # KINDS
    text: str
    told_to: str
    owner: str  # OWNERS
    after_hours: int
    within_hours: int

    def words(self, *, payer: str, specialty: str | None) -> str:
        """Return what to do, for this payer and this specialty."""
        return self.text.format(payer=payer, specialty=specialty or "our clinician's specialty")


@dataclass(frozen=True, slots=True)
class CallRule:
    """
    One rule. by: who breaks it, payer | us; claim: how it stands on the payer's record, None where it does not

    evidence: where a value was read, by its name, where that is another place than the rule's own
    """

    key: str  # BROKEN
    label: str
    by: str
    definition: str  # {minutes} left open
    ladder: tuple[Step, ...]
    ends: tuple[str, ...]  # ENDS
    source: str
    effective: date
    verified_on: date
    grade: str
    minutes: int | None = None  # the definition's figure
    claim: str | None = None
    note: str | None = None
    evidence: Mapping[str, Evidence] | None = None

    @property
    def defined(self) -> str:
        """The definition with its figure."""
        return self.definition.format(minutes=self.minutes)

    def evidence_of(self, name: str) -> Evidence:
        """Return where this value was read."""
        own = (self.evidence or {}).get(name)
        return own or Evidence(self.source, self.verified_on, self.grade)


CallRules = Mapping[str, CallRule]  # by key, in the order of BROKEN
