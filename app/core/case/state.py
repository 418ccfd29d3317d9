"""The states of a case, the moves allowed between them, and what may still be had in each."""

from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands; the last four still owe a next action."""

    OPEN = "open"
    REQUESTED = "requested"
    OFFERED = "offered"
    HELD = "held"
    BOOKED = "booked"
    CONNECTED = "connected"
    DECIDED = "decided"  # verbal
    CONFIRMED = "confirmed"  # written
    CLOSED = "closed"
    MISSED = "missed"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    REROUTED = "rerouted"


_S = CaseState
_EXITS = {_S.WITHDRAWN, _S.REROUTED, _S.CLOSED}
# A written notice may come before anybody told us a verbal one, so wherever a case may be decided it may be confirmed.
_DECISIONS = {_S.DECIDED, _S.CONFIRMED}
MOVES: dict[CaseState, frozenset[CaseState]] = {
    _S.OPEN: frozenset({_S.REQUESTED, _S.OFFERED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.REQUESTED: frozenset({_S.OFFERED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.OFFERED: frozenset({_S.REQUESTED, _S.HELD, _S.BOOKED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.HELD: frozenset({_S.REQUESTED, _S.OFFERED, _S.BOOKED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.BOOKED: frozenset({_S.OFFERED, _S.CONNECTED, _S.MISSED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.CONNECTED: frozenset({_S.OFFERED, _S.BOOKED, _S.LAPSED} | _DECISIONS | _EXITS),
    _S.MISSED: frozenset({_S.REQUESTED, _S.OFFERED, _S.BOOKED, _S.CONNECTED, _S.LAPSED} | _DECISIONS | _EXITS),
    # After a decision a second call may be asked for.
    _S.DECIDED: frozenset({_S.REQUESTED, _S.CONFIRMED, _S.CLOSED, _S.WITHDRAWN}),
    _S.CONFIRMED: frozenset({_S.REQUESTED, _S.DECIDED, _S.CLOSED, _S.WITHDRAWN}),
    _S.LAPSED: frozenset({_S.REQUESTED, _S.OFFERED, _S.BOOKED, _S.CONNECTED} | _DECISIONS | _EXITS),
    _S.WITHDRAWN: frozenset({_S.CLOSED} | _DECISIONS),
    _S.REROUTED: frozenset({_S.OPEN, _S.REQUESTED, _S.OFFERED, _S.WITHDRAWN, _S.CLOSED} | _DECISIONS),
    _S.CLOSED: frozenset(),
}
# Routes in which the eight stages are open: the call itself, and two that may become one.
CALL_ROUTES = frozenset({"p2p", "review_modified", "ask_reason"})
# States in which a call may still be had.
CALL_OPEN = frozenset({_S.OPEN, _S.REQUESTED, _S.OFFERED, _S.HELD, _S.BOOKED, _S.CONNECTED, _S.MISSED})
# States in which a time is still to be booked, so that the last safe booking time still runs.
UNBOOKED = (_S.OPEN, _S.REQUESTED, _S.OFFERED, _S.HELD, _S.MISSED)
