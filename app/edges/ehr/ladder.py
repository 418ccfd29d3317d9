"""
Climbing a plan: a thing stands once, on the first rung that takes it.

A lower rung is tried when the one above is ruled out or refuses by name, never when its answer was lost, and never when
the server withholds the patient. Before a second try every rung is looked at, for the first may have stood on any.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.core.effects import WriteUnknown
from app.edges.ehr import writeback
from app.edges.ehr.places import PLACES
from app.edges.ehr.planner import Plan, Rung
from app.edges.ehr.reading import Reading
from app.edges.ehr.writeback import NotOffered, create, found_as
from app.edges.fhir.validate import BadResource
from app.edges.http import NotAuthorised, NotFound, Rejected, Unsupported, Withheld
from app.errors import Permanent
from app.flow.ports import Written

REFUSALS = (NotOffered, Unsupported, Rejected, NotAuthorised, NotFound)
Shapes = Mapping[str, Callable[[], dict[str, Any]]]
Mend = Callable[[Permanent], tuple[dict[str, Any], str] | None]
_NO_MENDS: Mapping[str, Mend] = {}


def climb(
    reading: Reading,
    key: str,
    plan: Plan,
    shapes: Shapes,
    *,
    seen: bool,
    may_send: bool,
    mends: Mapping[str, Mend] = _NO_MENDS,
) -> Written:
    """
    Make a thing stand once, and return where.

    shapes: type → the resource as that rung would hold it. seen, may_send: as writeback.create
    mends: type → what that rung may hold instead after such a refusal, and how that is told; None: nothing
    raises: the first refusal where all refuse, NotOffered where none is tried, Withheld, WriteUnknown, BadResource;
    each says what a person does instead
    """
    made = {rung.kind: shapes[rung.kind]() for rung in plan.rungs if rung.may or seen}
    in_doubt = False
    if seen:
        found, in_doubt = _look(reading, key, plan, made)
        if found:
            return found
    if not may_send:
        raise WriteUnknown
    refusals: list[Permanent] = []
    for rung in plan.rungs:
        if not rung.may:
            continue
        try:
            return _stand(reading, key, made[rung.kind], mends.get(rung.kind), seen=seen)
        except (Withheld, BadResource) as error:
            raise by_hand(error, plan) from None
        except REFUSALS as refusal:
            if reading.learned is not None:
                reading.learned.note(rung.kind, rung.letter, refusal)
            refusals.append(refusal)
    if in_doubt:
        raise WriteUnknown
    raise by_hand(refusals[0] if refusals else not_offered(plan), plan)


def _stand(reading: Reading, key: str, resource: dict[str, Any], mend: Mend | None, *, seen: bool) -> Written:
    """Create on one rung; a refusal of what it holds, by which nothing was written, may be mended once."""
    try:
        return create(reading, key, resource, seen=seen, may_send=True)
    except REFUSALS as refusal:
        mended = mend(refusal) if mend and not isinstance(refusal, Withheld) else None
        if mended is None:
            raise
        written = create(reading, key, mended[0], seen=seen, may_send=True)
        return replace(written, how=f"{written.how}; {mended[1]}")


def _look(reading: Reading, key: str, plan: Plan, made: Mapping[str, dict[str, Any]]) -> tuple[Written | None, bool]:
    """Return what is found on any rung; and whether one that is ruled out now may hold it, unseen."""
    in_doubt = False
    for rung in plan.rungs:
        looked = writeback.look_for(reading, key, made[rung.kind], thorough=True)
        if looked.found:
            return found_as(looked.found), False
        in_doubt = in_doubt or (not looked.sure and _was_open(reading, rung))
    return None, in_doubt


def _was_open(reading: Reading, rung: Rung) -> bool:
    """Whether an earlier try may have gone to a rung that is ruled out now: server and site take it, the token not."""
    site_takes = not reading.profile.switched_off(rung.kind, rung.letter)
    refused = reading.learned is not None and reading.learned.refused(rung.kind, rung.letter) is not None
    return not rung.may and not refused and site_takes and reading.capability.offers(rung.kind, rung.letter)


def not_offered(plan: Plan) -> NotOffered:
    """Return, as an error, why no rung is tried."""
    if plan.why_not:
        return NotOffered("", why=plan.why_not)
    why = "; ".join(f"{PLACES[each.kind]}: {each.ruling.because}" for each in plan.rungs)
    return NotOffered("", why=f"This EHR takes no {plan.told} from Parley ({why}).")


def by_hand(error: Permanent, plan: Plan) -> Permanent:
    """Return the error with what a person does instead."""
    own = isinstance(error, NotOffered | Withheld)
    error.next = plan.by_hand if own else f"{plan.by_hand} Then tell your administrator."
    return error
