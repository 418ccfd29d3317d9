"""The answer in one sentence, and what is asked for."""

import re
from collections.abc import Sequence

from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Sentence
from app.core.brief.page import NOTHING_TO_ASK, Service
from app.core.brief.words import fold, listed, number, shorten, split_sentences
from app.core.denial import Decision, Denial, DenialLine, Path, Quote, Routing
from app.core.people import Patient
from app.core.rulebook.criteria import ServiceCriteria

_NOT_CLINICAL = {
    Path.BENEFIT_EXCEPTION: "The denial is about what the plan covers",
    Path.NETWORK_EXCEPTION: "The denial is about the network",
    Path.RESUBMIT: "The denial is about the form of the request",
    Path.RETRO_AUTHORIZATION: "The denial is about when the request was made",
    Path.NEW_REQUEST: "The request is closed at the payer",
}
_GRANTED = {
    Decision.APPROVED: "The payer approved the request: there is no denial to answer.",
    Decision.CANCELLED: "The request was cancelled: there is no denial to answer.",
    Decision.NOT_PRIOR_AUTH: "This is no answer to a prior authorization: there is no denial to answer.",
}
_INVITES = re.compile(
    r"\b(?:peer.to.peer|p2p|appeal\w*|reconsider\w*|you may|may (?:ask|request|discuss)|call|telephone|fax|portal|"
    r"reference)\b"
)
_GENERAL = re.compile(
    r"\b(?:medical(?:ly)? (?:necess\w+|appropriate\w*)|not necessary|"
    r"(?:criteria|guidelines?|policy|standards?) (?:\w+ ){0,3}(?:not|un)\s?met|(?:does|do|did) not meet|"
    r"not approved|not certified|lack of necessity)\b"
)
_SETTLED = {Decision.APPROVED, Decision.CANCELLED}
_CLAUSES = 3
_LABELS = 3  # services told by name; all of them are told by code


def verbatim_of(denial: Denial, lines: Sequence[DenialLine]) -> tuple[Quote, ...]:
    """Return the payer's own words on these lines, then on the whole; each once, in the payer's order."""
    told = [note for line in lines for note in line.notes]
    linked = {each.path for line in denial.lines for each in line.notes}
    told += [each for each in denial.notes if each.path not in linked]
    told += [denial.disposition] if denial.disposition else []
    return tuple({each.text: each for each in told if each.text.strip()}.values())


def lines_in_dispute(denial: Denial, routing: Routing) -> tuple[DenialLine, ...]:
    """Return the lines that were not approved; all of them where the routing tells no line apart."""
    settled = {each.sequence for each in routing.lines if each.decision in _SETTLED}
    return tuple(each for each in denial.lines if each.sequence not in settled) or denial.lines


def answer_denial(judged: Sequence[Judged], *, words: str, routing: Routing) -> tuple[Sentence, bool]:
    """
    Return the one-sentence answer, and whether the chart answers the denial.

    words: the payer's reason; criteria it speaks of come first, and only where it speaks of none do all count.
    Nothing is said that no fact holds: a silent chart is told as silent, with what is missing.
    """
    if routing.decision in _GRANTED:
        return Sentence(_GRANTED[routing.decision], ()), False
    if routing.route in _NOT_CLINICAL:
        return Sentence(
            f"{_NOT_CLINICAL[routing.route]}, not about the patient: no fact of the chart answers it.", ()
        ), False
    disputed = _disputed(judged, words)
    pool = in_dispute(judged, words=words)
    met = [each for each in pool if each.status is Status.MET]
    open_ones = _open(pool)
    if met:
        shown = met[:_CLAUSES]
        text = f"The chart shows {_clauses(shown)}"
        if open_ones and disputed:
            text += f"; it {open_ones}"
        return Sentence(f"{text}.", tuple(one for each in shown for one in each.evidence)), True
    silent = "Nothing found in the chart speaks to the payer's reason"
    if open_ones:
        silent = f"The chart does not answer the denial: it {open_ones}"
    best = [each for each in judged if each.status is Status.MET][:2]
    if not best:
        return Sentence(f"{silent}.", ()), False
    return Sentence(
        f"{silent}; it does show {_clauses(best)}.", tuple(one for each in best for one in each.evidence)
    ), False


def is_about_patient(routing: Routing) -> bool:
    """Whether facts of a chart can answer at all: a denial, and one that is not of the plan, the network or a form."""
    return routing.decision not in _GRANTED and routing.route not in _NOT_CLINICAL


def in_dispute(judged: Sequence[Judged], *, words: str) -> tuple[Judged, ...]:
    """Return the criteria that the payer's reason speaks of; all that may answer, where it asks for nothing."""
    if disputed := _disputed(judged, words):
        return disputed
    return tuple(each for each in judged if each.criterion.answers) if _is_general(_reasons(words)) else ()


def _disputed(judged: Sequence[Judged], words: str) -> tuple[Judged, ...]:
    """Return the criteria that the reason speaks of, in the order in which it does."""
    said = _reasons(words)
    spoken = [(found.start(), each) for each in judged if (found := _spoken_of(each, said))]
    return tuple(each for _, each in sorted(spoken, key=lambda pair: pair[0]))


def _spoken_of(judged: Judged, said: str) -> re.Match[str] | None:
    return judged.criterion.asked.search(said) if judged.criterion.asked is not None else None


def _reasons(words: str) -> str:
    return fold(" ".join(reasons_said(words)))


def reasons_said(words: str) -> tuple[str, ...]:
    """Return the sentences that may give a reason, verbatim; what invites to a call or an appeal gives none."""
    return tuple(each for _, each in split_sentences(words) if not _INVITES.search(fold(each)))


def without_generalities(folded: str) -> str:
    """Return a folded reason without the phrases that every denial of necessity has: they ask for nothing."""
    return _GENERAL.sub(" ", folded)


def _open(judged: Sequence[Judged]) -> str:
    """Return what is not shown, and what is shown but falls short, in words; empty when there is neither."""
    silent = [each.criterion.short for each in judged if each.status is Status.NOT_DOCUMENTED][:_CLAUSES]
    short = [each.criterion.short for each in judged if each.status is Status.NOT_MET][:_CLAUSES]
    told = [f"does not show {listed(silent, joiner='or')}"] if silent else []
    told += [f"falls short on {listed(short)}"] if short else []
    return " and ".join(told)


def _is_general(said: str) -> bool:
    """Whether a reason asks for nothing in particular, so that any criterion may answer it."""
    return not said or _GENERAL.search(said) is not None


def _clauses(judged: Sequence[Judged]) -> str:
    """Return what each shows; criteria that the same words meet are told once, together."""
    told: dict[str, list[str]] = {}
    for each in judged:
        told.setdefault(each.detail, []).append(each.criterion.short)
    room = 170 if len(told) == 1 else 90
    return "; ".join(f"{listed(shorts)}: {_clipped(detail, room)}" for detail, shorts in told.items())


def _clipped(detail: str, room: int) -> str:
    cut = shorten(detail, room)
    return cut + "”" * (cut.count("“") - cut.count("”")) + ")" * (cut.count("(") - cut.count(")"))


def service_asked(lines: Sequence[DenialLine], service: ServiceCriteria | None) -> Service:
    """Return what was asked for, named by the request's own words, else by the rule's label, else by its codes."""
    codes = tuple(dict.fromkeys(each.service for each in lines if each.service))
    labels = list(dict.fromkeys(each.service_label for each in lines if each.service_label))
    known = service.label if service is not None and not service.generic else None
    more = len(labels) - _LABELS
    named = listed([*labels[:_LABELS], f"{more} more"] if more > 0 else labels)
    label = named or known or ", ".join(each.code for each in codes if each.code) or "the service requested"
    quantities = [each.quantity_requested for each in lines if each.quantity_requested]
    return Service(label, codes, quantities[0] if len(lines) == 1 and quantities else None)


def ask_for(service: Service, lines: Sequence[DenialLine], *, patient: Patient, decision: Decision) -> str:
    """Return the ask in one line: approve this service, with its codes, for this patient, as requested."""
    if decision in _GRANTED:
        return NOTHING_TO_ASK
    codes = service.shown_codes
    named = f"{service.label} ({codes})" if codes and codes not in service.label else service.label
    granted = [each.quantity_approved for each in lines if each.quantity_approved]
    if service.quantity and len(lines) == 1 and granted and granted[0] < service.quantity:
        return f"Approve all {number(service.quantity)} of {named} for {patient.name}, not {number(granted[0])}."
    many = f", quantity {number(service.quantity)}," if service.quantity and service.quantity > 1 else ""
    return f"Approve {named}{many} for {patient.name} as requested."
