"""The brief and the packet part by part, in the order in which they are read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Sentence
from app.core.brief.packet import Behind, Packet
from app.core.brief.page import Brief
from app.core.brief.paper import Listed, Paper, Part, Prose, Quoted, Table, Words, part_of
from app.core.brief.questions import Answered
from app.core.brief.sending import Sent
from app.core.case import Attempt
from app.core.people import Patient
from app.core.rulebook.criteria import Citation

UNCHECKED = "not checked against PubMed: check before use"
_TONES = {Status.MET: "good", Status.NOT_MET: "bad", Status.NOT_DOCUMENTED: "open"}
_RESULTS = {
    "asked": "asked for a call",
    "gave_up_holding": "on hold too long",
    "call_back": "told to call back",
    "payer_no_show": "payer missed the booked call",
    "our_no_show": "we missed the booked call",
}


def brief_paper(brief: Brief) -> Paper:
    """Return the one page."""
    who = who_of(brief.patient)
    codes = f" ({brief.service.shown_codes})" if brief.service.shown_codes else ""
    return Paper(
        kind=f"Peer-to-peer brief: {brief.service.title}",
        heading=f"Peer-to-peer brief: {who}",
        strip=f"{who} · {brief.service.title}",
        head=(
            *_draft_of(brief),
            Words(f"{brief.service.title}{codes}", tone="strong"),
            Words(" · ".join(_facts(brief))),
        ),
        parts=(
            *part_of("Protected by law", Listed(tuple(Words(each, tone="strong") for each in brief.notices))),
            *_denied(brief),
            *part_of("Our answer" if brief.answered else "No answer yet", _answer(brief)),
            *part_of("We ask", _ask(brief)),
            *part_of("In one minute", _prose(brief, brief.story)),
            *part_of("Patient", _prose(brief, brief.about)),
            *part_of(f"Criteria: {brief.met} of {len(brief.criteria)} met", _criteria(brief)),
            *part_of("Measures", _measures(brief)),
            *part_of("Tried so far", _tried(brief)),
            *part_of("Against the alternative", _bullets(brief, brief.against)),
            *part_of("Why now", _bullets(brief, brief.why_now)),
            *part_of("Weak points", _bullets(brief, brief.weak)),
            *part_of("Missing: get before the call", Listed(tuple(Words(each) for each in brief.missing))),
            *part_of("In our own words, signed", _own(brief)),
            *part_of("Sources in the chart", _sources(brief), small=True),
        ),
        foot=foot_of(brief),
        made_at=brief.made_at,
    )


def packet_paper(packet: Packet) -> Paper:
    """Return the brief with what stands behind it from the second sheet on."""
    brief = packet.brief
    page = brief_paper(brief)
    behind = packet_parts(packet)
    parts = (*page.parts, *(replace(each, starts_page=not n) for n, each in enumerate(behind)))
    about = [who_of(brief.patient), f"case {packet.number}" if packet.number else "", brief.service.title]
    strip = " · ".join(each for each in about if each)
    return replace(page, kind=f"Peer-to-peer packet: {brief.service.title}", strip=strip, parts=parts)


def packet_parts(packet: Packet) -> tuple[Part, ...]:
    """Return what stands behind page one."""
    brief = packet.brief
    asked = [each for each in brief.questions if not each.question.counters]
    held = [each for each in brief.questions if each.question.counters]
    return (
        *part_of("Questions to expect", _questions(brief, asked)),
        *part_of("What may be held against us", _questions(brief, held)),
        *part_of("Guidelines and literature", Listed(tuple(_citation(each) for each in brief.literature))),
        *part_of("The policy in its own words", *_excerpts(packet)),
        *part_of("Documents behind this brief", _documents(packet)),
        *part_of("Contacts with the payer", _contacts(packet)),
    )


def who_of(patient: Patient) -> str:
    """Return the patient as a strip names them."""
    born = f"born {patient.birth_date}" if patient.birth_date else ""
    mrn = f"MRN {patient.mrn}" if patient.mrn else ""
    return " · ".join(each for each in (patient.name, born, patient.sex or "", mrn) if each)


def foot_of(brief: Brief) -> str:
    """Return by which criteria it was judged, when it was made, and what it is not."""
    alone = "; this service has no criteria of its own here" if brief.rule and brief.rule.generic else ""
    rule = f"Criteria: {brief.rule.source}; reviewed {brief.rule.reviewed}{alone}. " if brief.rule else ""
    made = f"Assembled {brief.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC from the chart. "
    return f"{rule}{made}Working paper, not part of the legal record until filed."


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


def _draft_of(brief: Brief) -> tuple[Words, ...]:
    """Return what a paper says of itself that could not go out."""
    lacking = f"It lacks {' and '.join(brief.lacking)}."
    return () if brief.is_ready else (Words(lacking, lead="Draft: not ready.", tone="bad"),)


def _facts(brief: Brief) -> list[str]:
    facts = [brief.payer, *(f"{name} {value}" for name, value in brief.references)]
    facts += [f"call by {brief.deadline}"] if brief.deadline else []
    told = brief.reviewer
    named = [each for each in (told.name, told.credential, told.specialty) if each] if told else []
    facts += [f"reviewer {', '.join(named)}"] if named else []
    return facts + ([f"for {brief.clinician.name}"] if brief.clinician else [])


def _denied(brief: Brief) -> tuple[Part, ...]:
    codes = ", ".join(each.code for each in brief.codes if each.code)
    silent = Prose((Words("The payer gave no reason in words: ask for it first.", tone="bad"),))
    said = [Quoted(each.text) for each in brief.verbatim] or [silent]
    return part_of("Denied because", *said, Prose((Words(f"Payer's codes: {codes}"),)) if codes else None)


def _answer(brief: Brief) -> Prose:
    return Prose((Words(brief.answer.text, brief.marks(brief.answer.evidence), tone="loud"),))


def _ask(brief: Brief) -> Prose:
    more = (Words(brief.fallback, lead="If not:"),) if brief.fallback else ()
    return Prose((Words(brief.ask, tone="strong"), *more))


def _said(brief: Brief, sentence: Sentence) -> Words:
    fresh = any(each.reference in brief.fresh for each in sentence.evidence)
    return Words(sentence.text, brief.marks(sentence.evidence), fresh=fresh)


def _prose(brief: Brief, sentences: Sequence[Sentence]) -> Prose:
    return Prose(tuple(_said(brief, each) for each in sentences))


def _bullets(brief: Brief, sentences: Sequence[Sentence]) -> Listed:
    return Listed(tuple(_said(brief, each) for each in sentences))


def _criteria(brief: Brief) -> Table:
    return Table(
        ("Criterion", "Status", "Evidence"), (0.29, 0.16, 0.55), tuple(_judged(brief, each) for each in brief.criteria)
    )


def _judged(brief: Brief, judged: Judged) -> tuple[Words, ...]:
    fresh = any(each.reference in brief.fresh for each in judged.evidence)
    return (
        Words(judged.criterion.text),
        Words(judged.status.value, tone=_TONES[judged.status]),
        Words(judged.detail or "—", brief.marks(judged.evidence), fresh=fresh),
    )


def _measures(brief: Brief) -> Table:
    rows = tuple((*map(Words, row[:3]), Words(row[3], row[4])) for row in brief.course_rows())
    return Table(("Measure", "Baseline", "Recent", "Change"), (0.30, 0.23, 0.23, 0.24), rows)


def _tried(brief: Brief) -> Table:
    rows = tuple((*map(Words, row[:3]), Words(row[3], row[4])) for row in brief.therapy_rows())
    return Table(("What", "Dose", "When", "How it went, why it ended"), (0.24, 0.19, 0.26, 0.31), rows)


def _own(brief: Brief) -> Listed:
    return Listed(
        tuple(
            Words(each.text, lead=f"{each.place}.", aside=f"signed {each.by}, {each.signed_at:%Y-%m-%d %H:%M} UTC")
            for each in brief.own
        )
    )


def _sources(brief: Brief) -> Listed:
    told = []
    for source in brief.sources:
        more = f" and {len(source.references) - 1} more" if len(source.references) > 1 else ""
        fresh = not brief.fresh.isdisjoint(source.references)
        text = f"{source.shown_days}  {source.shown_quotes}"
        told.append(Words(text, aside=f"{source.references[0]}{more}", fresh=fresh))
    return Listed(tuple(told), numbered=True)


def _questions(brief: Brief, questions: Sequence[Answered]) -> Listed:
    return Listed(tuple(_answered(brief, each) for each in questions))


def _answered(brief: Brief, answered: Answered) -> Words:
    if answered.answer is None:
        return Words(f"Not documented. {answered.missing}", lead=answered.question.text, tone="open")
    return replace(_said(brief, answered.answer), lead=answered.question.text)


def _citation(citation: Citation) -> Words:
    numbers = [f"PMID {citation.pmid}"] if citation.pmid else []
    numbers += [f"DOI {citation.doi}"] if citation.doi else []
    numbers += [citation.url] if citation.url else []
    checked = f"numbers looked up {citation.checked}" if citation.checked else UNCHECKED
    told = [citation.title, f"{citation.grade}, {citation.year}", *numbers, checked]
    lead = f"Speaks against us ({citation.grade})." if citation.contrary else f"{citation.grade.capitalize()}."
    return Words(citation.sentence, lead=lead, aside=" · ".join(told), tone="" if citation.checked else "open")


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
    reached = attempt.reached + (f", {attempt.reached_name}" if attempt.reached_name else "")
    result = _RESULTS.get(attempt.result, attempt.result.replace("_", " "))
    return (
        Words(f"{attempt.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"),
        Words(f"{ours} ({attempt.by})" if attempt.by else ours, aside=attempt.number or ""),
        Words(reached),
        Words(result, aside=attempt.note or ""),
        Words("" if attempt.hold_minutes is None else f"{attempt.hold_minutes} min"),
    )
