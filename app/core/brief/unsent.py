"""
No call needed: which criterion the payer found wanting, and which document that it never had answers it.

A document answers a criterion only when its own words or values meet it as the brief judges them. It is the payer's
rule that says whether sending it is wise (app.core.rulebook.guards).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.brief.answer import lines_in_dispute, reasons_said, verbatim_of, without_generalities
from app.core.brief.criteria import Judged, Status, judge_criteria
from app.core.brief.facts import Chart, Evidence, Sentence
from app.core.brief.sending import Document, Sending, Sent, Submission, When, answered_when, sending_of
from app.core.brief.service import service_of
from app.core.brief.words import fold, tidy
from app.core.case import CALL_ROUTES, Case, CaseState
from app.core.denial import Code, Denial, Quote, Routing
from app.core.rulebook.criteria import Criterion, ServiceCriteria

# Where a document may spare the call, or is what the payer waits for.
_ROUTES = CALL_ROUTES | {"additional_information"}
_OVER = {CaseState.DECIDED, CaseState.CONFIRMED, CaseState.CLOSED, CaseState.WITHDRAWN}

_CLAUSE = re.compile(r"[;:]|,\s*(?=but\b|however\b|although\b|though\b|while\b)|\b(?:but|however|although)\b")
_LACKING = re.compile(
    r"\b(?:not|no|nor|never|without|lacks?|lacking|missing|absent|absence|insufficient|inadequate|incomplete|unclear|"
    r"fail\w*|unable|unknown|unmet|unsupported|undocumented|unsubstantiated|deficien\w+|cannot|\w+n't)\b"
)
# What a policy asks for; the next sentence may say that it was there.
_ASKING = re.compile(
    r"\b(?:needs?|needed|requires?|required|must|please|only|less than|fewer than|under|before|until|unless)\b"
)
_GRANTED = re.compile(
    r"\b(?:shows?|showed|shown|documented|confirms?|confirmed|completed|received|met|meets|submitted|provided|noted|"
    r"demonstrates?|demonstrated|reported|includes?|included|indicates?|indicated|has|have|had|is|are|was|were|asked|"
    r"requested|ordered|wants?|(?:it|note|record|report|chart|mri|imaging) (?:documents|notes|reports))\b"
)
_LIST = 10  # words up to which a clause without a verb is one of a list: "films; therapy notes"
_LONG = 20  # letters from which on like words are no accident


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """
    One document that meets one criterion. detail, evidence: its own words or values
    against: what the rest of the chart says to the contrary; then it is shown and never offered
    """

    document: Document
    detail: str
    evidence: tuple[Evidence, ...]
    sending: Sending
    against: Sentence | None = None

    @property
    def is_offered(self) -> bool:
        """Whether sending it may help: the payer may lack it, and the chart does not contradict it."""
        return self.sending.sent is not Sent.YES and self.against is None


@dataclass(frozen=True, slots=True)
class FailedCriterion:
    """A criterion that the payer's words put in dispute, with those words, and what answers it, the best first."""

    criterion: Criterion
    words: Quote
    answers: tuple[DocumentAnswer, ...] = ()

    @property
    def best(self) -> DocumentAnswer | None:
        """The answer to send, None where there is none to send."""
        return next((each for each in self.answers if each.is_offered), None)


@dataclass(frozen=True, slots=True)
class SendFirst:
    """What could be sent in place of a call. has_words: the payer gave a reason in words."""

    failed: tuple[FailedCriterion, ...] = ()
    has_words: bool = True

    @property
    def to_send(self) -> tuple[Document, ...]:
        """The documents to send: the best for each criterion, each once."""
        best = [each.best.document for each in self.failed if each.best]
        return tuple({each.reference: each for each in best}.values())

    @property
    def answered_count(self) -> int:
        """How many of the failed criteria a document to be sent answers."""
        return sum(each.best is not None for each in self.failed)

    @property
    def spares_the_call(self) -> bool:
        """Whether every criterion that the payer found wanting would be answered."""
        return bool(self.failed) and self.answered_count == len(self.failed)

    @property
    def is_sure(self) -> bool:
        """Whether all of it is known not to have been sent."""
        return all(each.best.sending.sent is Sent.NO for each in self.failed if each.best)


def may_be_sent_first(case: Case) -> bool:
    """Whether it is worth reading the chart for: undecided, and a path on which a document counts."""
    return case.routing.route.value in _ROUTES and case.outcome is None and case.state not in _OVER


def find_unsent(
    *,
    denial: Denial,
    routing: Routing,
    chart: Chart,
    documents: Sequence[Document],
    submission: Submission,
    criteria: tuple[ServiceCriteria, ...],
    now: datetime,
) -> SendFirst:
    """
    Return the criteria that failed in the payer's words, each with the documents that answer it.

    chart: the whole of it, which may contradict one document; documents: what could be sent, in any order
    errs: towards no answer: a criterion counts as failed only where the payer's words speak of it as wanting
    """
    lines = lines_in_dispute(denial, routing)
    words = verbatim_of(denial, lines)
    rule = service_of(lines, criteria)
    failed = failed_criteria(rule, words) if rule else ()
    if rule is None or not failed:
        return SendFirst(has_words=bool(words))
    rule = replace(rule, criteria=tuple(each.criterion for each in failed))
    diagnoses = tuple(dict.fromkeys(code for line in lines for code in line.diagnoses))
    whole = judge_criteria(rule, chart, diagnoses=diagnoses, now=now)
    found = _answers(rule, documents, submission, answered=answered_when(denial), diagnoses=diagnoses, now=now)
    return SendFirst(
        tuple(
            replace(each, answers=_ranked(found.get(each.criterion.key, []), judged))
            for each, judged in zip(failed, whole, strict=True)
        )
    )


def failed_criteria(rule: ServiceCriteria, words: Sequence[Quote]) -> tuple[FailedCriterion, ...]:
    """
    Return the criteria that the payer's words speak of as wanting, each with the sentence that does, in rule order.

    What the words grant ("MRI shows the slip") is no failure, nor what a policy asks for and another sentence grants;
    what they list without a verb ("films") is.
    """
    clauses = [
        (replace(quote, text=sentence), without_generalities(clause), _manner_of(clause))
        for quote in words
        for sentence in reasons_said(quote.text)
        for clause in _CLAUSE.split(fold(sentence))
    ]
    found = ((each, _failing(each.asked, clauses)) for each in rule.criteria if each.asked is not None)
    return tuple(FailedCriterion(each, quote) for each, quote in found if quote is not None)


def _failing(asked: re.Pattern[str], clauses: Sequence[tuple[Quote, str, str]]) -> Quote | None:
    """Return the sentence in which the criterion is wanting, the plainest first; None where it is not."""
    spoken = {manner: quote for quote, clause, manner in reversed(clauses) if asked.search(clause)}
    if "lacking" in spoken or "granted" in spoken:
        return spoken.get("lacking")
    return spoken.get("asked") or spoken.get("listed")


def _manner_of(clause: str) -> str:
    """Return how a folded clause speaks of what it names: lacking | asked | granted | listed | told."""
    if _LACKING.search(clause):
        return "lacking"
    if _ASKING.search(clause):
        return "asked"
    if _GRANTED.search(clause):
        return "granted"
    return "listed" if len(clause.split()) <= _LIST else "told"


def _answers(
    rule: ServiceCriteria,
    documents: Sequence[Document],
    submission: Submission,
    *,
    answered: When | None,
    diagnoses: Sequence[Code],
    now: datetime,
) -> dict[str, list[DocumentAnswer]]:
    """Return by criterion what each document alone says for it; a copy of words that were sent was sent."""
    documents = sorted(documents, key=lambda each: each.reference, reverse=True)  # of like words the first names them
    sendings = {each.reference: sending_of(each, submission, answered=answered) for each in documents}
    went = [each for each in documents if sendings[each.reference].sent is Sent.YES]
    told = {_plain(remark.cite.quote): each for each in went for remark in each.chart.remarks}
    found: dict[str, list[DocumentAnswer]] = {}
    for each in documents:
        sending = sendings[each.reference]
        if sending.sent is not Sent.YES:
            sending = _twin(each, went) or sending
        for judged in judge_criteria(rule, each.chart, diagnoses=diagnoses, now=now):
            if judged.status is Status.MET:
                shown = sending if sending.sent is Sent.YES else _copied(judged, told) or sending
                answer = DocumentAnswer(each, judged.detail, judged.evidence, shown)
                found.setdefault(judged.criterion.key, []).append(answer)
    return found


def _twin(document: Document, went: Sequence[Document]) -> Sending | None:
    """Return that another record of the same file was sent: EHRs keep a report as two resources."""
    for each in went:
        if document.marks.shared_with(each.marks) or document.reference in each.filed_with:
            return Sending(Sent.YES, "twin", f"It is kept as {each.reference} too, which was sent.")
    return None


def _copied(judged: Judged, told: dict[str, Document]) -> Sending | None:
    """Return that the payer has these words from another document, where it has all of them."""
    quotes = [_plain(each.quote) for each in judged.evidence]
    if not all(len(each) >= _LONG and each in told for each in quotes):
        return None
    return Sending(Sent.YES, "words", f"The same words stand in {tidy(told[quotes[0]].title)}, which was sent.")


def _plain(quote: str) -> str:
    return fold(tidy(quote))


def _ranked(answers: Sequence[DocumentAnswer], judged: Judged) -> tuple[DocumentAnswer, ...]:
    """Return the answers, the one to send first: surely unsent, signed, latest; ties by reference."""
    against = judged.sentence if judged.status is not Status.MET else None
    marked = [replace(each, against=against) for each in answers]
    order = [Sent.NO, Sent.UNCLEAR, Sent.YES]

    def rank(each: DocumentAnswer) -> tuple:
        written = each.document.written
        stamp = -written.at.timestamp() if written else 0.0
        where = order.index(each.sending.sent)
        return where, not each.sending.is_sure, each.document.draft, stamp, each.document.reference

    return tuple(sorted(marked, key=rank))
