"""The gate of an appeal: what it cannot go out without, and what is still to be found, each with who finds it."""

from collections.abc import Iterator

from app.core.brief.criteria import Status
from app.core.brief.gate import Todo
from app.core.brief.payers_copy import criteria_at_issue
from app.core.brief.policy import policy_todos
from app.core.brief.todo import Task
from app.core.case import CaseState
from app.core.outcome.appeal import Appeal
from app.core.outcome.appeal.lines import unanswered_lines
from app.core.outcome.appeal.shown import shown_evidence
from app.errors import Refused


class AppealNotReady(Refused):
    """The appeal lacks what it cannot go out without; `lacking` names it."""

    next = "Find what is missing, then take it again; or take it as a draft, which says so on every page."

    def __init__(self, lacking: tuple[Task, ...]) -> None:
        self.lacking = lacking
        super().__init__(f"This appeal is not ready to go out. {' '.join(each.text for each in lacking)}")


# What a packet lacks, as it is told on the packet itself.
LACKS = {
    "lines": "lines that are still in dispute",
    "person": "certainty that denial and chart are of one person",
    "decision": "a decision to appeal",
    "reason": "the payer's reason in words",
    "answer": "an answer to the payer's reason",
    "ask": "an ask",
    "deadline": "the day by which it must be filed",
}


# By who may file (rulebook.payers.PayerRule.appeal_by); the treating provider needs nothing more.
_CONSENT = {
    None: "Whether the member must agree in writing before we appeal: ask the payer, or read the notice.",
    "provider_expedited": "Whether the member must agree in writing: an expedited appeal needs none, of others ask.",
    "member": "The member's written appointment of who appeals: get it, and enclose it.",
}


def owed_of(appeal: Appeal) -> tuple[Task, ...]:
    """Return what is still to be found, what blocks first; owner: by name where somebody is known."""
    found = {each.key: each for each in (*_blocking(appeal), *_open(appeal))}
    return tuple(sorted(found.values(), key=lambda each: not each.blocks))


def lacking_of(appeal: Appeal) -> tuple[Task, ...]:
    """Return what keeps it a draft."""
    return tuple(_blocking(appeal))


def require_ready(appeal: Appeal) -> None:
    """Refuse an appeal that lacks what it cannot go out without; raises AppealNotReady."""
    if lacking := lacking_of(appeal):
        raise AppealNotReady(lacking)


def _blocking(appeal: Appeal) -> Iterator[Task]:
    brief, office, clinician = appeal.brief, _office(appeal), _clinician(appeal)
    if appeal.is_won:
        yield Task("lines", "The payer approved what was in dispute: there is nothing to appeal.", True, office)
        return
    if appeal.case.state is CaseState.WITHDRAWN:
        yield Task("lines", "We withdrew the request: there is nothing to appeal.", True, office)
        return
    if not appeal.is_one_person:
        yield Task("person", "Whether the denial and the chart are of one person: look.", True, office)
    if appeal.is_pended:
        yield Task("decision", "Nothing is decided yet, so there is nothing to appeal.", True, office)
        return
    if not brief.verbatim:
        yield Task("reason", "The payer's reason in words: read it from the notice, or ask for it.", True, office)
    if not appeal.is_answered:
        said = "An answer to the payer's reason: find the fact, or write it on the brief under “Answer” and sign it."
        yield Task("answer", said, True, clinician)
    if not brief.asks:
        yield Task("ask", "What to ask for: there is no denial to answer.", True, office)
    if appeal.deadline is None:
        yield Task("deadline", "By when it must be filed: read the day from the notice and put it in.", True, office)
    elif not appeal.deadline.sure:
        said = f"By when it must be filed: {appeal.deadline.shown} is a reading made early. Confirm it from the notice."
        yield Task("deadline", said, True, office)


def _open(appeal: Appeal) -> Iterator[Task]:
    if appeal.is_won:
        return
    yield from _of_filing(appeal)
    yield from _of_evidence(appeal)


def _of_filing(appeal: Appeal) -> Iterator[Task]:
    brief, office = appeal.brief, _office(appeal)
    if appeal.is_late and appeal.deadline:
        said = f"The time to file ended on {appeal.deadline.shown}: ask the payer whether it takes a reason for delay."
        yield Task("late", said, False, office)
    for line in () if appeal.choice.lines else unanswered_lines(appeal.case):
        said = f"Line {line} was modified: choose whether it is appealed, or say in the outcome that it is accepted."
        yield Task(f"line.{line}", said, False, office)
    if not appeal.addresses:
        yield Task("address", "Address not known: look at the notice, and put it in.", False, office)
    if consent := _consent(appeal):
        yield Task("consent", consent, False, office)
    if not appeal.payer:
        yield Task("payer", "Whom it goes to: the payer is not named.", False, office)
    if not brief.references:
        yield Task("number", "A number by which the payer finds the request.", False, office)
    if brief.clinician is None:
        yield Task("signer", "Who signs: nobody is named for this case.", False, office)
    yield from (_task(each, office) for each in policy_todos(appeal.packet.policy))


def _consent(appeal: Appeal) -> str | None:
    free = appeal.appeal_by == "provider_expedited" and appeal.choice.expedited is not None
    return None if free else _CONSENT.get(appeal.appeal_by)


def _of_evidence(appeal: Appeal) -> Iterator[Task]:
    clinician = _clinician(appeal)
    for judged in criteria_at_issue(appeal.brief):
        if judged.criterion.missing and judged.status is not Status.MET:
            yield Task(f"criterion.{judged.criterion.key}", judged.criterion.missing, False, clinician)
    for number, each in enumerate(appeal.brief.literature, start=1):
        if not each.checked and not each.contrary:
            said = f"Look this up before it is cited; it is not in the packet: {each.title} ({each.year})."
            yield Task(f"literature.{number}", said, False, clinician)
    cited = {one.reference for one in shown_evidence(appeal)}
    for document in appeal.packet.documents:
        if document.draft and document.reference in cited:
            said = f"Sign it before it is enclosed: {document.title}."
            yield Task(f"draft.{document.reference}", said, False, clinician)


def _task(todo: Todo, owner: str) -> Task:
    return Task(todo.key, todo.text, todo.blocks, owner)


def _office(appeal: Appeal) -> str:
    return appeal.case.owner_name or "whoever owns the case"


def _clinician(appeal: Appeal) -> str:
    return appeal.case.clinician.name if appeal.case.clinician else "the clinician of the case"
