"""Follows: what an outcome leaves to do; the letter that came is compared with the call, and a person records it."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.core.afterwards import CHASE, authorization_of, marks
from app.core.case import Authorization, Case
from app.core.outcome.follows import Difference, is_alarm
from app.core.outcome.letter import form_of, is_whole, letter_differences
from app.core.outcome.script import script_of
from app.core.people import Act
from app.core.rulebook.follows import Step
from app.errors import Refused
from app.flow.cases import case_for, event, owed_of, save_case, steady
from app.flow.outcome import record_outcome
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class Following:
    """
    What a case's page says of what follows. step: how the next action is done, None where it is another

    script: what to say; tries: how often the letter was asked for; differences: of the letter from the call
    alarm: whether they are for a person to settle; records: whether the letter that waits can be recorded as it is
    """

    step: Step | None
    script: str
    tries: int
    differences: tuple[Difference, ...]
    alarm: bool
    records: bool
    authorization: Authorization | None


def following(ports: Ports, case: Case, *, now: datetime) -> Following | None:
    """Return what follows the case's outcome; None before there is one."""
    if case.outcome is None:
        return None
    owed = owed_of(ports, case, now=now)
    found = letter_differences(case)
    is_next = owed.action is not None and owed.action.kind == case.next_action.kind
    return Following(
        step=owed.step if is_next else None,
        script=script_of(case, zone=ports.site.zone),
        tries=len(marks(case, CHASE)),
        differences=found,
        alarm=is_alarm(found),
        records=case.letter is not None and is_whole(case.letter),
        authorization=authorization_of(case),
    )


class NoLetter(Refused):
    """No letter waits to be recorded."""

    say = "No letter waits in this case."
    next = "Open the case again; somebody may have recorded it."


def record_letter(ports: Ports, case_id: str, *, seen: int, now: datetime) -> Case:
    """Record the payer's written answer as it is; raises Contradiction where it does not say enough for that."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    if case.letter is None:
        raise NoLetter()
    return record_outcome(ports, case_id, form_of(case), seen=seen, now=now)


@steady
def put_aside(ports: Ports, case_id: str, *, seen: int, now: datetime) -> Case:
    """Put aside what was taken for a letter: a person says that it answers something else."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    if case.letter is None:
        raise NoLetter()
    events = [event(ports, "letter_aside", at=now, way=case.letter.way.value)]
    return save_case(ports, replace(case, letter=None), seen=seen, events=events, now=now)
