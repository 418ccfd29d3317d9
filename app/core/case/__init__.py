"""The case: one denial from the day it is seen to the day it is closed, and the moves it may make."""

from app.core.case.act import Filing, TakenAct, TakenBack
from app.core.case.attempt import Attempt
from app.core.case.booking import Booking, Hold
from app.core.case.case import Case, NextAction
from app.core.case.clock import Clock
from app.core.case.escalation import Escalation, TakenStep
from app.core.case.moves import act_by, move_case
from app.core.case.outcome import Authorization, Letter, LineOutcome, Outcome
from app.core.case.refused import CaseMoved, KnownDenial, MoveRefused, NoSuchCase, NumberTaken
from app.core.case.state import CALL_ROUTES, MOVES, UNBOOKED, CaseState
from app.core.case.window import OfferedWindow

__all__ = (
    "CALL_ROUTES",
    "MOVES",
    "UNBOOKED",
    "Attempt",
    "Authorization",
    "Booking",
    "Case",
    "CaseMoved",
    "CaseState",
    "Clock",
    "Escalation",
    "Filing",
    "Hold",
    "KnownDenial",
    "Letter",
    "LineOutcome",
    "MoveRefused",
    "NextAction",
    "NoSuchCase",
    "NumberTaken",
    "OfferedWindow",
    "Outcome",
    "TakenAct",
    "TakenBack",
    "TakenStep",
    "act_by",
    "move_case",
)
