"""
One denial out of all the ways in which it was told.

The fullest word leads: the payer's own answer before its letter, the letter before what somebody typed; what the
leading one does not say is taken from the next. Nothing that one way told is changed by another.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime

from app.core.denial import Coverage, Denial, DenialLine, Quote, Telling, Way
from app.core.people import Party

_ORDER = list(Way)
_CODED = frozenset({Way.EHR, Way.INQUIRY, Way.SENT, Way.FILE})
_PENDED = "A4"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Fields that the next way may fill where the leading one is silent; lists of words are put together instead.
_FILLED = (
    "created_at", "created_on", "request", "reviewer", "human_reviewed", "urgent", "authorization_number",
    "reference_number", "ordering", "provider_name", "disposition", "already_given",
    "authorized_from", "authorized_until",
)  # fmt: skip


def join_tellings(tellings: Sequence[Telling]) -> tuple[Denial, Coverage]:
    """
    Return one denial and one coverage of at least one telling; the order of `tellings` does not matter.

    leads: the latest coded answer, unless it only says "pended" and a way in words tells more; then the better way
    """
    leading, *others = sorted(tellings, key=_rank)
    denial, coverage = leading.denial, leading.coverage
    for each in others:
        denial, coverage = _filled(denial, each.denial), _covered(coverage, each.coverage)
    return denial, coverage


def _rank(telling: Telling) -> tuple[bool, bool, float, int, str]:
    coded = telling.way in _CODED
    at = telling.denial.created_at or _LONG_AGO
    latest = -(at - _LONG_AGO).total_seconds() if coded else 0.0
    return (only_waits(telling.denial), not coded, latest, _ORDER.index(telling.way), telling.denial.reference)


def only_waits(denial: Denial) -> bool:
    """Whether an answer decides nothing yet."""
    actions = [*denial.actions, *(action for line in denial.lines for action in line.actions)]
    return denial.outcome == "queued" or bool(actions and all(each.code == _PENDED for each in actions))


def _filled(leading: Denial, other: Denial) -> Denial:
    # Asked how a request stands, a payer leaves out what it asked for; it is owed until the payer has decided.
    is_owed = only_waits(leading) and other.information_requested
    silent = [name for name in _FILLED if getattr(leading, name) is None and getattr(other, name) is not None]
    taken = {name: getattr(other, name) for name in silent}
    known = {each.field for each in leading.origins}
    return replace(
        leading,
        **taken,
        information_requested=leading.information_requested or is_owed,
        insurer=leading.insurer if leading.insurer.name or leading.insurer.identifiers else other.insurer,
        identifiers=tuple(dict.fromkeys(leading.identifiers + other.identifiers)),
        lines=_lines(leading.lines, other.lines),
        notes=_quotes(leading.notes, other.notes),
        invitations=_quotes(leading.invitations, other.invitations),
        appeals=_quotes(leading.appeals, other.appeals),
        origins=leading.origins + tuple(each for each in other.origins if each.field not in known),
        warnings=tuple(dict.fromkeys(leading.warnings + other.warnings)),
    )


def _lines(leading: tuple[DenialLine, ...], other: tuple[DenialLine, ...]) -> tuple[DenialLine, ...]:
    """Keep the leading lines; where they do not name their service, the other's line of the same number names it."""
    if not leading:
        return other
    if len(leading) == 1 == len(other):  # a letter does not number its one line
        return (_named(leading[0], other[0]),)
    by_number = {each.sequence: each for each in other if each.sequence}
    return tuple(_named(each, by_number.get(each.sequence)) for each in leading)


def _named(line: DenialLine, told: DenialLine | None) -> DenialLine:
    if told is None or line.service_label or line.service:
        return line
    return replace(
        line,
        service=told.service,
        service_label=told.service_label,
        diagnoses=line.diagnoses or told.diagnoses,
        quantity_requested=told.quantity_requested if line.quantity_requested is None else line.quantity_requested,
        unit=line.unit or told.unit,
    )


def _quotes(leading: tuple[Quote, ...], other: tuple[Quote, ...]) -> tuple[Quote, ...]:
    said = " ".join(" ".join(each.text.split()) for each in leading)
    return leading + tuple(each for each in other if " ".join(each.text.split()) not in said)


def _covered(leading: Coverage, other: Coverage) -> Coverage:
    payer = leading.payer if leading.payer.name or leading.payer.identifiers else other.payer
    silent = {
        each.name: getattr(other, each.name)
        for each in fields(Coverage)
        if each.name not in ("payer", "reference") and getattr(leading, each.name) is None
    }
    return replace(leading, payer=payer or Party(), **silent)
