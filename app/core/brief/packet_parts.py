"""What stands behind page one in the packet, part by part; what page one had no room for among it."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from app.core.brief.fit import Fit
from app.core.brief.packet import Behind, Packet
from app.core.brief.page import Brief
from app.core.brief.paper import Listed, Paper, Part, Prose, Quoted, Table, Words, part_of
from app.core.brief.parts import brief_paper, bullets, foot_of, lists_of, said, sources_of, strip_of, who_of
from app.core.brief.questions import Answered
from app.core.brief.sending import Sent
from app.core.case import Attempt
from app.core.people import whom_reached
from app.core.rulebook.criteria import Citation

UNCHECKED = "not checked against PubMed: check before use"
_RESULTS = {
    "asked": "asked for a call",
    "gave_up_holding": "on hold too long",
    "call_back": "told to call back",
    "payer_no_show": "payer missed the booked call",
    "our_no_show": "we missed the booked call",
}


def packet_paper(packet: Packet, *, whole: bool = False) -> Paper:
    """Return the brief with what stands behind it from the second sheet on; whole: as for the brief."""
    brief = packet.brief
    page, behind = brief_paper(brief, whole=whole), packet_parts(packet, whole=whole)
    parts = (*page.parts, *(replace(each, starts_page=not n) for n, each in enumerate(behind)))
    number = f"case {packet.number}" if packet.number else ""
    strip = strip_of(brief, who_of(brief.patient), number, brief.service.title)
    kind, foot = (
        f"Peer-to-peer packet: {brief.service.title}",
        foot_of(brief, Fit()),
    )  # what page one lacks is behind it
    return replace(page, kind=kind, strip=strip, parts=parts, foot=foot)


def packet_parts(packet: Packet, *, whole: bool = False) -> tuple[Part, ...]:
    """Return what stands behind page one, what page one had no room for among it."""
    brief = packet.brief
    asked = [each for each in brief.questions if not each.question.counters]
    held = [each for each in brief.questions if each.question.counters]
    return (
        *part_of("Questions to expect", _questions(brief, asked)),
        *part_of("What may be held against us", _questions(brief, held)),
        *(() if whole else _rest(brief)),
        *part_of("Guidelines and literature", Listed(tuple(citation_words(each) for each in brief.literature))),
        *part_of("The policy in its own words", *_excerpts(packet)),
        *part_of("Documents behind this brief", _documents(packet)),
        *part_of("Contacts with the payer", _contacts(packet)),
        *_all_sources(brief, whole=whole),
    )


def _rest(brief: Brief) -> tuple[Part, ...]:
    """Return what page one had no room for, each under its name there."""
    fit = brief.fit
    words = brief.verbatim if brief.page_words != brief.verbatim else ()
    left = replace(
        brief,
        criteria=brief.criteria[fit.criteria :],
        courses=brief.courses[fit.courses :],
        therapies=brief.therapies[fit.therapies :],
        against=brief.against[fit.against :],
        why_now=brief.why_now[fit.why_now :],
        weak=brief.weak[fit.weak :],
        missing=brief.page_missing[fit.missing :],
        own=(),
    )
    about = part_of("Diagnoses", bullets(brief, brief.about[fit.about :]))
    parts = (*part_of("The payer's words in full", *(Quoted(each.text) for each in words)), *about)
    parts += lists_of(left, Fit())
    return tuple(
        replace(each, title=f"{each.title.partition(':')[0]}, not on page one", on_paper=True) for each in parts
    )


def _all_sources(brief: Brief, *, whole: bool) -> tuple[Part, ...]:
    fit = Fit() if whole else brief.fit
    shown = brief.page_sources[: fit.sources]
    if fit.quotes and shown == brief.sources:
        return ()
    return part_of("All sources in the chart", sources_of(brief, brief.sources, Fit()), small=True)


def sending_words(document: Behind) -> str:
    """Return whether the payer has a document, and how sure that is."""
    if document.sending is None:
        return "Not looked up."
    if document.sending.sent is Sent.UNCLEAR:
        said = "Cannot tell whether it was sent."
    else:
        said = "Sent" if document.sending.sent is Sent.YES else "Not sent"
        said += "." if document.sending.is_sure else ", as far as can be told."
    return f"{said} {document.sending.why}"


def _questions(brief: Brief, questions: Sequence[Answered]) -> Listed:
    return Listed(tuple(_answered(brief, each) for each in questions))


def _answered(brief: Brief, answered: Answered) -> Words:
    if answered.answer is None:
        return Words(f"Not documented. {answered.missing}", lead=answered.question.text, tone="open")
    return replace(said(brief, answered.answer), lead=answered.question.text)


def citation_words(citation: Citation) -> Words:
    """Return a publication with its grade, its numbers, and whether these were looked up."""
    numbers = [f"PMID {citation.pmid}"] if citation.pmid else []
    numbers += [f"DOI {citation.doi}"] if citation.doi else []
    numbers += [citation.url] if citation.url else []
    checked = [f"numbers looked up {citation.checked}"] if citation.checked else []
    told = [citation.title, f"{citation.grade}, {citation.year}", *numbers, *checked]
    lead = f"Speaks against us ({citation.grade})" if citation.contrary else citation.grade.capitalize()
    lead += "." if citation.checked else f", {UNCHECKED}."
    return Words(citation.sentence, lead=lead, aside=" · ".join(told))


def _excerpts(packet: Packet) -> list[Prose | Quoted]:
    blocks: list[Prose | Quoted] = []
    for each in packet.policy.excerpts:
        where = [each.title, each.section, f"in force {each.effective}", each.source]
        blocks.append(Quoted(each.quote, by=" · ".join(one for one in where if one)))
        if each.ambiguity:
            blocks.append(Prose((Words(each.ambiguity, lead="It leaves open:", tone="open"),)))
    blocks += [Prose((Words(f"{each.said} {each.todo}", tone="open"),)) for each in packet.policy.unread]
    return blocks


def _documents(packet: Packet) -> Table:
    rows = tuple(
        (
            Words(each.title, each.marks, aside=" · ".join(one for one in (each.day, _draft(each)) if one)),
            Words(sending_words(each), tone="" if each.sending and each.sending.sent is Sent.YES else "open"),
        )
        for each in packet.documents
    )
    return Table(("Document", "With the payer?"), (0.42, 0.58), rows)


def _draft(document: Behind) -> str:
    return "not signed yet" if document.draft else ""


def _contacts(packet: Packet) -> Table:
    rows = tuple(_contact(each, packet.zone) for each in packet.contacts)
    heads = ("When", "Who tried", "Reached", "What came of it", "On hold")
    return Table(heads, (0.20, 0.21, 0.19, 0.31, 0.09), rows)


def _contact(attempt: Attempt, zone: str) -> tuple[Words, ...]:
    ours = f"we, by {attempt.channel}" if attempt.direction == "ours" else f"the payer, by {attempt.channel}"
    whom = whom_reached(attempt.direction, attempt.reached)
    reached = whom + (f", {attempt.reached_name}" if attempt.reached_name else "")
    result = _RESULTS.get(attempt.result, attempt.result.replace("_", " "))
    return (
        Words(f"{attempt.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"),
        Words(f"{ours} ({attempt.caller})" if attempt.caller else ours, aside=attempt.number or ""),
        Words(reached),
        Words(result, aside=attempt.note or ""),
        Words("" if attempt.hold_minutes is None else f"{attempt.hold_minutes} min"),
    )
