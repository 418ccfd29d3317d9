"""How an event comes to stand in a calendar once, whatever the calendar's own means are."""

from collections.abc import Callable
from typing import TypeVar

from app.core.effects import WriteUnknown
from app.edges.http import Conflict
from app.flow.ports import CalendarEvent, Written

Standing = TypeVar("Standing")


def put_once(
    event: CalendarEvent,
    *,
    seen: bool,
    may_send: bool,
    look: Callable[[], Standing | None],
    found: Callable[[Standing], Written | None],
    send: Callable[[Standing | None], Written],
) -> Written:
    """
    Make the event stand as it is told; an earlier try, another worker or its owner may have been there before.

    seen: an earlier try may have arrived, so look first; a move always looks. may_send False: look only
    look: what stands now. found: where it stands, if that is this event or a later version of it. send: puts it, or
    changes what stands, and raises Conflict when somebody was quicker. raises: WriteUnknown, Conflict
    """
    for _ in range(2):
        standing = look() if seen or event.revision or not may_send else None
        if standing is not None and (there := found(standing)):
            return there
        if not may_send:
            raise WriteUnknown
        try:
            return send(standing)
        except Conflict:  # it stands already, or its owner has just changed it
            seen = True
    raise Conflict("The calendar changes faster than it can be written to.")
