"""
The one-page brief: what the payer said, the one sentence that answers it, the ask, and what the chart holds for both.

No sentence about the patient stands without evidence; what the chart does not say is listed as missing.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.brief.alternatives import speak_against
from app.core.brief.answer import (
    answer_denial,
    ask_for,
    in_dispute,
    is_about_patient,
    lines_in_dispute,
    reasons_said,
    service_asked,
    verbatim_of,
)
from app.core.brief.booked import booked_call, told_at
from app.core.brief.criteria import Judged, Status, judge_criteria
from app.core.brief.facts import Chart, Evidence, Fact, Problem, Remark, Sentence
from app.core.brief.hits import asked_problems
from app.core.brief.measures import choose_courses
from app.core.brief.measures import sentence_of as course_sentence
from app.core.brief.page import Brief, Rule, Service
from app.core.brief.questions import Answered, answer_questions
from app.core.brief.sending import Document, Submission, answered_when
from app.core.brief.service import service_of
from app.core.brief.since import new_since
from app.core.brief.sources import Section, Source, number_sources
from app.core.brief.story import tell_story
from app.core.brief.therapy import prior_therapies
from app.core.brief.therapy import sentence_of as therapy_sentence
from app.core.brief.words import Stance, fold, shorten, stance_of, tidy
from app.core.case import Booking
from app.core.denial import Code, Coverage, Denial, DenialLine, Routing
from app.core.detect.cited import policies_in
from app.core.people import Clinician, Patient
from app.core.rulebook.criteria import ServiceCriteria

__all__ = ["Brief", "Chart", "Evidence", "Section", "Sentence", "Service", "Source", "assemble_brief", "service_of"]

_URGENT = re.compile(
    r"\b(?:worse\w*|worsening|progress(?:ed|ing|ion|ive)|new(?! patient)|severe|unable|decline\w*|deteriorat\w*|fell|"
    r"rose|relapse\w*|recurr\w*|grew|growth|weakness|urgent|limit\w*|failed|falls?|hospitali[sz]ed|emergency)\b"
)
_CALM = re.compile(r"\b(?:improv\w+|better|stable|well|resolved|unchanged)\b")
_RECENT = timedelta(days=180)
_OLD_NOTE = timedelta(days=90)


def assemble_brief(
    *,
    denial: Denial,
    routing: Routing,
    coverage: Coverage | None,
    patient: Patient,
    clinician: Clinician | None,
    chart: Chart,
    criteria: tuple[ServiceCriteria, ...],
    now: datetime,
    deadline_at: datetime | None = None,
    documents: tuple[Document, ...] = (),
    submission: Submission | None = None,
    booking: Booking | None = None,
    payer_zone: str | None = None,
) -> Brief:
    """
    Return the brief for one denial.

    criteria: those of every service; the one that the denied lines name is used, else the generic one
    deadline_at: by when the call must happen; without it the payer's own invitation is read
    documents, submission: what of the chart could have been sent with the request, and what was; None: not known
    booking: the call that is promised, shown in the clinician's zone with the payer's beside it
    """
    lines = lines_in_dispute(denial, routing)
    rule = service_of(lines, criteria)
    service = service_asked(lines, rule)
    verbatim = verbatim_of(denial, lines)
    words = "\n".join(each.text for each in verbatim)
    diagnoses = tuple(dict.fromkeys(code for line in lines for code in line.diagnoses))
    judged = judge_criteria(rule, chart, diagnoses=diagnoses, now=now) if rule else ()
    answer, answered = answer_denial(judged, words=words, routing=routing)
    until = _until(chart, now=now)
    courses = choose_courses(chart.measures, rule.measures if rule else (), now=now)
    therapies = prior_therapies(chart, rule, until=until, now=now) if rule else ()
    ends = deadline_at or (routing.offer.deadline_at if routing.offer else None)
    weak = _weak(judged, chart, now=now)
    reason = "\n".join(reasons_said(words))
    brief = Brief(
        patient=patient,
        clinician=clinician,
        service=service,
        payer=(coverage.payer.name if coverage else None) or denial.insurer.name or "payer not named",
        references=_references(denial, lines, coverage),
        reviewer=(booking.reviewer if booking else None) or denial.reviewer,
        deadline=_shown_deadline(ends, clinician),
        lane=routing.lane.value if routing.lane else None,
        verbatim=verbatim,
        codes=_codes(denial, lines),
        answer=answer,
        answered=answered,
        ask=ask_for(service, lines, patient=patient, decision=routing.decision),
        fallback=rule.fallback if rule and answered else None,
        about=_about(chart, judged, diagnoses),
        criteria=judged,
        rule=Rule(rule.label, rule.source, rule.reviewed, rule.generic, rule.key) if rule else None,
        courses=courses,
        measures=tuple(course_sentence(each) for each in courses),
        therapies=therapies,
        tried=tuple(therapy_sentence(each) for each in therapies),
        against=speak_against(rule, chart, words=reason, diagnoses=diagnoses, now=now) if rule else (),
        why_now=_why_now(chart, weak, until=until),
        weak=weak,
        missing=_missing(judged, chart, routing=routing, has_words=bool(verbatim)),
        literature=rule.literature if rule else (),
        policies=tuple(each.value for each in policies_in(words)),
        call=booked_call(booking, zone=clinician.zone if clinician else "UTC", payer_zone=payer_zone),
        phone=(booking.number if booking else None) or (routing.offer.phone if routing.offer else None),
        made_at=now,
    )
    if is_about_patient(routing):
        disputed = in_dispute(judged, words=words)
        brief = replace(
            brief,
            story=_story(brief, disputed, asked_problems(chart, diagnoses)),
            questions=_questions(brief, rule, reason_kind=routing.reason_kind),
        )
    brief = replace(brief, sources=number_sources(brief.sections))
    cited = [one for each in brief.sources for one in each.evidence]
    sent = submission.sent if submission else None
    fresh = new_since(cited, documents, submission, answered=answered_when(denial))
    return replace(brief, fresh=fresh, submitted=sent.day if sent else None)


def _story(brief: Brief, disputed: Sequence[Judged], asked: Sequence[Problem]) -> tuple[Sentence, ...]:
    return tell_story(
        patient=brief.patient,
        service=brief.service.label,
        ask=brief.ask,
        diagnosis=_problem_sentence(asked[0]) if asked else None,
        disputed=disputed,
        judged=brief.criteria,
        courses=brief.courses,
        therapies=brief.therapies,
        against=brief.against,
        why_now=brief.why_now,
    )


def _questions(brief: Brief, rule: ServiceCriteria | None, *, reason_kind: str | None) -> tuple[Answered, ...]:
    if rule is None:
        return ()
    return answer_questions(
        rule,
        judged=brief.criteria,
        courses=brief.courses,
        therapies=brief.therapies,
        against=brief.against,
        about=brief.about,
        why_now=brief.why_now,
        reason_kinds=(reason_kind,),
    )


def _until(chart: Chart, *, now: datetime) -> datetime:
    """Return now, or a week after the chart's last fact when that is earlier: an old chart has its own present."""
    facts: tuple[Fact, ...] = chart.measures + chart.medicines + chart.procedures + chart.remarks
    latest = max((each.at for each in facts if each.at is not None and each.at <= now), default=now)
    return min(now, latest + timedelta(days=7))


def _codes(denial: Denial, lines: Sequence[DenialLine]) -> tuple[Code, ...]:
    told = [code for line in lines for code in (*line.actions, *line.reasons)]
    return tuple(dict.fromkeys([*told, *denial.actions, *denial.reasons, *denial.errors]))


def _references(denial: Denial, lines: Sequence[DenialLine], coverage: Coverage | None) -> tuple[tuple[str, str], ...]:
    numbers = [each.reference_number for each in lines if each.reference_number] + [denial.reference_number]
    found = [("Reference", each) for each in dict.fromkeys(numbers) if each]
    found += [("Authorization", denial.authorization_number)] if denial.authorization_number else []
    found += [("Member", coverage.member_id)] if coverage and coverage.member_id else []
    return tuple(found)


def _shown_deadline(ends: datetime | None, clinician: Clinician | None) -> str | None:
    if ends is None:
        return None
    return told_at(ends, clinician.zone if clinician else "UTC")


def _about(chart: Chart, judged: Sequence[Judged], diagnoses: Sequence[Code]) -> tuple[Sentence, ...]:
    """Return up to three active problems: those of the request, then those that criteria rest on, else the latest."""
    active = [each for each in chart.problems if each.active]
    used = {one for each in judged if each.status is Status.MET for one in each.evidence}
    telling = asked_problems(chart, diagnoses) + tuple(each for each in active if not used.isdisjoint(each.evidence))
    return tuple(_problem_sentence(each) for each in list(dict.fromkeys(telling or active[::-1]))[:3])


def _problem_sentence(problem: Problem) -> Sentence:
    code = next((each.code for each in problem.codes if each.system), None)
    since = f" since {problem.day}" if problem.day else ""
    return Sentence(f"{tidy(problem.label)}{f' ({code})' if code else ''}, active{since}.", problem.evidence)


def _why_now(chart: Chart, weak: Sequence[Sentence], *, until: datetime) -> tuple[Sentence, ...]:
    """
    Return up to three recent sentences of notes and reports that tell of a change: the latest document first.

    What may be held against us is no reason for haste.
    """
    held = {one for each in weak for one in each.evidence}
    recent = [each for each in chart.remarks if each.at is not None and until - _RECENT <= each.at <= until]
    telling = [each for each in recent if held.isdisjoint(each.evidence) and _tells_of_change(each)]
    telling.sort(key=lambda each: each.at or until, reverse=True)  # stable: a document keeps its own order
    once = {tidy(each.words): each for each in reversed(telling)}
    return tuple(_quoted(each) for each in list(once.values())[:-4:-1])


def _tells_of_change(remark: Remark) -> bool:
    said = fold(remark.words)
    return stance_of(said, _URGENT, heading=remark.heading) is Stance.AFFIRMED and not _CALM.search(said)


def _quoted(remark: Remark) -> Sentence:
    return Sentence(f"{tidy(remark.label)}, {remark.day}: “{shorten(tidy(remark.cite.quote), 200)}”", remark.evidence)


def _weak(judged: Sequence[Judged], chart: Chart, *, now: datetime) -> tuple[Sentence, ...]:
    """Return what a reviewer may hold against us: criteria not met, contradictions, and a chart gone quiet."""
    found = [each.sentence for each in judged if each.status is Status.NOT_MET and each.sentence]
    found += [contrary for each in judged for contrary in each.contrary]
    notes = [each for each in chart.remarks if each.at is not None and each.at <= now and not each.is_reason]
    if notes and notes[-1].at is not None and notes[-1].at < now - _OLD_NOTE:
        days = (now - notes[-1].at).days
        age = f"{days} days" if days < 730 else f"{days // 365} years"
        found.append(Sentence(f"The latest note or report is of {notes[-1].day}, {age} ago.", notes[-1].evidence))
    return tuple(found[:5])


def _missing(judged: Sequence[Judged], chart: Chart, *, routing: Routing, has_words: bool) -> tuple[str, ...]:
    found = [] if has_words else ["The payer's reason in words: ask for it before the call."]
    found += [each.criterion.missing for each in judged if each.status is Status.NOT_DOCUMENTED]
    found += [f"{each[:1].upper()}{each[1:].rstrip('.')}." for each in routing.missing]
    return tuple(dict.fromkeys([*found, *chart.left_out]))
