"""The brief part by part, in the order in which it is read."""

from collections.abc import Sequence
from datetime import UTC

from app.core.brief.criteria import Judged, Status
from app.core.brief.facts import Sentence
from app.core.brief.fit import Fit, shown_words
from app.core.brief.measures import Course, shown_value
from app.core.brief.page import Brief
from app.core.brief.paper import Listed, Paper, Part, Prose, Quoted, Table, Words, part_of
from app.core.brief.sources import Source
from app.core.brief.words import listed
from app.core.people import Patient

_MOST_VALUES = 6  # of a course that are told one by one
_TONES = {Status.MET: "good", Status.NOT_MET: "bad", Status.NOT_DOCUMENTED: "open"}


def brief_paper(brief: Brief, *, whole: bool = False) -> Paper:
    """Return the one page: what fits a sheet of it, or the whole where nothing is measured in sheets."""
    who, fit = who_of(brief.patient), Fit() if whole else brief.fit
    codes = f" ({brief.service.shown_codes})" if brief.service.shown_codes else ""
    return Paper(
        kind=f"Peer-to-peer brief: {brief.service.title}",
        heading=f"Peer-to-peer brief: {who}",
        strip=strip_of(brief, who, brief.service.title),
        head=(
            *_draft_words(brief),
            Words(f"{brief.service.title}{codes}", tone="strong"),
            *(said(brief, each) for each in brief.about[: fit.about]),
        ),
        parts=(
            *part_of("Protected by law", Listed(tuple(Words(each, tone="strong") for each in brief.notices))),
            *_denied(brief, fit),
            *part_of("Our answer" if brief.answered else "No answer yet", _answer(brief)),
            *part_of("We ask", _ask(brief)),
            *part_of("To read aloud, one minute", _prose(brief, brief.story)),
            *lists_of(brief, fit),
            *part_of("The call", Prose((Words(" · ".join(_call(brief))),))),
            *part_of("Sources in the chart", sources_of(brief, brief.page_sources[: fit.sources], fit), small=True),
        ),
        foot=foot_of(brief, fit),
        made_at=brief.made_at,
    )


def who_of(patient: Patient) -> str:
    """Return the patient as a strip names them."""
    born = f"born {patient.birth_date}" if patient.birth_date else ""
    mrn = f"MRN {patient.mrn}" if patient.mrn else ""
    return " · ".join(each for each in (patient.name, born, patient.sex or "", mrn) if each)


def foot_of(brief: Brief, fit: Fit) -> str:
    """Return what is not on the page, what is new, by which criteria it was judged, and what it is not."""
    cut = f"Not on this page: {', '.join(fit.said)}; the packet has all. " if fit.is_cut else ""
    new = f"[new] came after the request of {brief.submitted}, or was not sent with it. " if brief.submitted else ""
    new = new or "When the request was sent is not known here, so nothing is marked as new. "
    alone = "; this service has no criteria of its own here" if brief.rule and brief.rule.generic else ""
    rule = f"Criteria: {brief.rule.source}; reviewed {brief.rule.reviewed}{alone}. " if brief.rule else ""
    made = f"Assembled {brief.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC from the chart. "
    return f"{cut}{new}{rule}{made}Working paper, not part of the legal record until filed."


def strip_of(brief: Brief, *about: str) -> str:
    """Return the line above a page: what it is about, and that it is a draft where it is one."""
    return " · ".join(each for each in ("" if brief.is_ready else "DRAFT", *about) if each)


def _draft_words(brief: Brief) -> tuple[Words, ...]:
    if brief.is_ready:
        return ()
    return (Words(f"It lacks {listed(brief.lacking)}.", lead="Draft: not ready.", tone="bad"),)


def lists_of(brief: Brief, fit: Fit) -> tuple[Part, ...]:
    """Return the parts that hold one thing a line, as many as fit."""
    met = f"Criteria: {brief.met} of {len(brief.criteria)} met"
    missing = tuple(Words(each) for each in brief.page_missing[: fit.missing])
    return (
        *part_of(met, _criteria(brief, fit)),
        *part_of("Measures", _measures(brief, fit)),
        *part_of("Tried so far", _tried(brief, fit)),
        *part_of("Against the payer's alternative", bullets(brief, brief.against[: fit.against])),
        *part_of("Why now", bullets(brief, brief.why_now[: fit.why_now])),
        *part_of("Weak points", bullets(brief, brief.weak[: fit.weak])),
        *part_of("In our own words, signed", _own(brief)),
        *part_of("Get before the call", Listed(missing)),
    )


def _call(brief: Brief) -> list[str]:
    """Return when, at which number, with whom and by which references."""
    call = brief.call
    told = [call.when if call else "Not booked"]
    if call:
        told[0] += f" ({call.payer_when} at the payer)" if call.payer_when else ""
        told[0] += f", {call.who_calls}" if call.who_calls else ""
    told += [brief.phone] if brief.phone else []
    told += [f"by {brief.deadline}"] if brief.deadline else []
    named = brief.reviewer
    who = [each for each in (named.name, named.credential, named.specialty) if each] if named else []
    told += [f"reviewer {', '.join(who)}" if who else "reviewer not named"]
    told += [f"for {brief.clinician.name}"] if brief.clinician else []
    return [*told, *(f"{name} {value}" for name, value in brief.references)]


def _denied(brief: Brief, fit: Fit) -> tuple[Part, ...]:
    codes = ", ".join(each.code for each in brief.codes if each.code)
    told = [brief.payer] if brief.payer else []
    told += [f"Payer's codes: {codes}"] if codes else []
    told += [f"It cites: {'; '.join(brief.policies)}"] if brief.policies else []
    silent = Prose((Words("The payer gave no reason in words: ask for it first.", tone="bad"),))
    words = [Quoted(each.text) for each in shown_words(brief, fit)] or [silent]
    return part_of("Denied because", *words, Prose((Words(" · ".join(told)),)) if told else None)


def _answer(brief: Brief) -> Prose:
    return Prose((Words(brief.answer.text, brief.marks(brief.answer.evidence), tone="loud"),))


def _ask(brief: Brief) -> Prose:
    more = (Words(brief.fallback, lead="If not:"),) if brief.fallback else ()
    return Prose((Words(brief.ask, tone="strong"), *more))


def said(brief: Brief, sentence: Sentence) -> Words:
    """Return a sentence with the numbers of its sources."""
    return Words(sentence.text, brief.marks(sentence.evidence), fresh=brief.is_new(sentence.evidence))


def _prose(brief: Brief, sentences: Sequence[Sentence]) -> Prose:
    return Prose(tuple(said(brief, each) for each in sentences))


def bullets(brief: Brief, sentences: Sequence[Sentence]) -> Listed:
    """Return sentences one under the other."""
    return Listed(tuple(said(brief, each) for each in sentences))


def _criteria(brief: Brief, fit: Fit) -> Table:
    rows = tuple(_judged(brief, each) for each in brief.criteria[: fit.criteria])
    return Table(("Criterion", "Status", "Evidence"), (0.29, 0.15, 0.56), rows)


def _judged(brief: Brief, judged: Judged) -> tuple[Words, ...]:
    fresh = brief.is_new(judged.evidence)
    return (
        Words(judged.criterion.text),
        Words(judged.status.value, tone=_TONES[judged.status]),
        Words(judged.detail or judged.criterion.missing, brief.marks(judged.evidence), fresh=fresh),
    )


def _measures(brief: Brief, fit: Fit) -> Table:
    rows = tuple(
        (*map(Words, row[:3]), Words(row[3], row[4]), Words(_course(course)))
        for row, course in zip(brief.course_rows()[: fit.courses], brief.courses, strict=False)
    )
    heads = ("Measure", "Baseline", "Recent", "Change, time between", "Course")
    return Table(heads, (0.25, 0.18, 0.18, 0.22, 0.17), rows)


def _course(course: Course) -> str:
    """Return the values in their order, as the drawing of other papers shows them; many are told by their number."""
    readings = course.readings or (course.baseline, course.recent)
    told = [shown_value(each) for each in readings]
    if len(told) > _MOST_VALUES:
        told = [*told[:2], f"{len(told) - 4} more", *told[-2:]]
    return " → ".join(told)


def _tried(brief: Brief, fit: Fit) -> Table:
    rows = tuple((*map(Words, row[:3]), Words(row[3], row[4])) for row in brief.therapy_rows()[: fit.therapies])
    return Table(("What", "Dose", "When", "How it went, why it ended"), (0.24, 0.19, 0.26, 0.31), rows)


def _own(brief: Brief) -> Listed:
    return Listed(tuple(Words(each.text, lead=f"{each.place}.", aside=each.signature) for each in brief.own))


def sources_of(brief: Brief, sources: Sequence[Source], fit: Fit) -> Listed:
    """Return sources under their numbers, which may have gaps; without their quotes where these did not fit."""
    told = []
    for source in sources:
        more = f" and {len(source.references) - 1} more" if len(source.references) > 1 else ""
        text = f"{source.shown_days}  {source.shown_quotes}" if fit.quotes else source.shown_days
        fresh = brief.is_new(source.evidence)
        told.append(Words(text, lead=f"{source.number}.", aside=f"{source.references[0]}{more}", fresh=fresh))
    return Listed(tuple(told), bare=True)
