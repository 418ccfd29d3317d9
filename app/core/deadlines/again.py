"""Clocks counted again because a rule was changed: an end that was firm comes nearer, and goes further only if told."""

from collections.abc import Iterable
from dataclasses import replace

from app.core.case import Clock

STANDS = (
    "The rule was changed since; nobody has said that a case that was open already gets longer, so this end stands."
)


def clocks_again(before: Iterable[Clock], fresh: Iterable[Clock], *, later: bool) -> tuple[Clock, ...]:
    """
    Return the clocks of a case whose rule was changed, the earliest first.

    before: as they stand; fresh: as the rule now gives them. later: whoever changed the rule says that open cases may
    end later by it
    errs: early. An end that was firm is never put off, nor made less firm, unless later says so; a clock that the rule
    no longer has at all goes (no call can be asked for any more)
    """
    old = {each.name: each for each in before}
    kept = (each if later else _not_later(old.get(each.name), each) for each in fresh)
    return tuple(sorted(kept, key=lambda clock: (clock.ends_at, clock.name)))


def _not_later(old: Clock | None, new: Clock) -> Clock:
    if old is None or not old.firm or (new.firm and new.ends_at <= old.ends_at):
        return new
    if new.ends_at == old.ends_at or old.because.endswith(STANDS):
        return old
    return replace(old, because=f"{old.because} {STANDS}")


def held_ends(before: Iterable[Clock], fresh: Iterable[Clock]) -> tuple[Clock, ...]:
    """Return clocks read from a changed answer; an end that a change of the rule did not put off is not put off now."""
    held = [each for each in before if each.because.endswith(STANDS)]
    return clocks_again(held, fresh, later=False)
