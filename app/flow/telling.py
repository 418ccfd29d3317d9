"""Telling: the outcome's form before it is recorded, half filled from the call and kept as it is typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.acts import CALL
from app.core.brief.answer import lines_in_dispute
from app.core.brief.service import service_of
from app.core.call.talk import Aside, Known, Talk
from app.core.case import Case, LineOutcome, Outcome
from app.core.outcome import is_news, lines_to_answer, wants_writing, way_of
from app.core.outcome.draft import asides_of, stamps_in, words_kept, words_standing
from app.core.people import Act
from app.flow.cases import case_for
from app.flow.drafts import draft_of, forget_outcome, keep_outcome, known_call
from app.flow.policies import policies_of
from app.flow.ports import Ports


@dataclass(frozen=True, slots=True)
class Telling:
    """
    The outcome's form as it stands.

    way: what it is of; had: the outcome that it amends, if any; words: by field; talk: the draft; criteria: what a
    reviewer may hold against the service, in our words; in_writing: what the payer's rule says of new information
    """

    case: Case
    way: str
    had: Outcome | None
    words: Mapping[str, str]
    talk: Talk
    known: Known
    criteria: tuple[str, ...]
    in_writing: bool | None

    @property
    def stamps(self) -> dict[str, str]:
        """The stamps of what stands in the fields."""
        return stamps_in(self.case, self.way, self.words)

    @property
    def is_kept(self) -> bool:
        """Whether anything of it was typed and kept."""
        return bool(words_kept(self.talk, self.way))

    @property
    def asides(self) -> tuple[Aside, ...]:
        """What another device typed over in this form, by its plain field."""
        return asides_of(self.talk, self.way)

    @property
    def to_answer(self) -> tuple[LineOutcome, ...]:
        """The lines of what it amends that were decided otherwise than asked: to be accepted or appealed."""
        return lines_to_answer(self.case) if self.had is not None else ()


def telling(ports: Ports, case_id: str, asked: str = "", *, now: datetime) -> Telling:
    """Return the form of an outcome, half filled. asked: what it is to be of; else what is most likely."""
    case = case_for(ports, case_id, Act.SEE_CASE, now=now)
    return _telling(ports, case, asked, now=now)


def keep(
    ports: Ports, case_id: str, asked: str, typed: Mapping[str, str], shown: Mapping[str, str], *, now: datetime
) -> Telling:
    """Keep what is typed in the form, before it is recorded; nothing of the case changes."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    keep_outcome(ports, case, _way(case, asked), typed, shown, now=now)
    return _telling(ports, case, asked, now=now)


def start_over(ports: Ports, case_id: str, asked: str, *, now: datetime) -> None:
    """Forget what was typed in the form."""
    case = case_for(ports, case_id, Act.RECORD_OUTCOME, now=now)
    forget_outcome(ports, case_id, _way(case, asked), now=now)


def _way(case: Case, asked: str) -> str:
    return asked if asked == CALL or any(each.kind == asked for each in case.acts) else way_of(case)


def _telling(ports: Ports, case: Case, asked: str, *, now: datetime) -> Telling:
    way, talk, known = _way(case, asked), draft_of(ports, case.id), known_call(ports, case, now=now)
    had = case.outcome if case.outcome is not None and case.outcome.way == way and not is_news(case, way) else None
    words = words_standing(case, talk, known, way=way, had=had, zone=ports.site.zone)
    own = policies_of(ports, case.denial, case.coverage, case.routing, now=now)
    service = service_of(lines_in_dispute(case.denial, case.routing), own.criteria)
    criteria = tuple(each.short for each in service.criteria) if service else ()
    rule = ports.rules.payer_by_key(case.payer_key)
    in_writing = wants_writing(rule.new_information if rule else None)
    return Telling(case, way, had, words, talk, known, criteria, in_writing)
