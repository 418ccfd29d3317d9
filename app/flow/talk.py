"""Talk: call mode; what one needs with the telephone at the ear, and what is typed and tapped meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.call.talk import Talk, press, stamps_of, type_words
from app.core.call.together import shared_entry
from app.core.case import Case
from app.core.people import Act
from app.core.windows.told import told_id
from app.flow.cases import case_for, steady
from app.flow.covered import Also, in_each, save_covered
from app.flow.drafts import change_draft, draft_of, log_draft, log_entry, meant_of, spend_draft
from app.flow.ports import Ports, Saving


@dataclass(frozen=True, slots=True)
class CallMode:
    """The case, the draft of its call, and what stands in its fields where nothing else was typed."""

    case: Case
    talk: Talk
    meant: Mapping[str, str]

    @property
    def words(self) -> dict[str, str]:
        """What stands in the fields."""
        return {**self.meant, **self.talk.words}

    @property
    def stamps(self) -> dict[str, str]:
        """The stamps of what stands in the fields."""
        return stamps_of(self.words)


@dataclass(frozen=True, slots=True)
class Typed:
    """
    What one device sends.

    words: by field; shown: by field the stamp of what it was shown there; press: of core.call.talk.PRESSES, or nothing
    """

    words: Mapping[str, str]
    shown: Mapping[str, str]
    press: str = ""


def call_mode(ports: Ports, case_id: str, *, now: datetime) -> CallMode:
    """Return the call as it stands; no chart is read for it."""
    case = case_for(ports, case_id, Act.TAKE_CALL, now=now)
    return CallMode(case, draft_of(ports, case_id), meant_of(ports, case))


def keep(ports: Ports, case_id: str, typed: Typed, *, now: datetime) -> CallMode:
    """Keep what was typed and tapped; the case itself does not change."""
    case = case_for(ports, case_id, Act.TAKE_CALL, now=now)
    talk = change_draft(ports, case.id, _changed(ports, typed, now=now), now=now)
    return CallMode(case, talk, meant_of(ports, case))


@steady
def spoke(ports: Ports, case_id: str, typed: Typed, *, also: Sequence[Also] = (), seen: int, now: datetime) -> Case:
    """
    Keep what was typed, end the timer, and log the call as one that reached the reviewer: once.

    also: the other cases that it was about; all logs have it, or none
    """
    case = case_for(ports, case_id, Act.LOG_ATTEMPT, now=now)
    talk = change_draft(ports, case.id, _changed(ports, typed, now=now), now=now)
    if talk.logged:
        return case
    logged, events, messages = log_draft(ports, case, talk, now=now)

    def shared(other: Case, version: int) -> Saving:
        entry_id = told_id(other, talk.call_id, by=ports.user, seen=version)
        entry = shared_entry(logged.attempts[-1], entry_id=entry_id, with_number=case.number)
        kept, told, said = log_entry(ports, other, replace(entry, problems=(), stood=None), now=now)
        return Saving(kept, version, (), told, said)

    if logged is not case:
        own = Saving(logged, seen, (), events, messages)
        logged = save_covered(ports, case, [own, *in_each(ports, case, also, shared, now=now)], now=now)[0]
    spend_draft(ports, case.id, connected=True, now=now)
    return logged


def _changed(ports: Ports, typed: Typed, *, now: datetime):
    call_id = ports.ids.new_id()

    def change(talk: Talk) -> Talk:
        words = type_words(talk, typed.words, typed.shown, now=now)
        return press(words, typed.press, call_id=call_id, now=now)

    return change
