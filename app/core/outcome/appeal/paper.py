"""The appeal as a paper: a letter with signature and enclosures, and on the sheets behind it what it rests on."""

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from app.core.brief.held import notices_for
from app.core.brief.paper import Block, Listed, Paper, Prose, Quoted, Table, Words, part_of
from app.core.brief.words import listed, number
from app.core.denial import Code, DenialLine
from app.core.outcome.appeal import Appeal
from app.core.outcome.appeal.choice import GROUNDS, LEVELS
from app.core.outcome.appeal.gate import LACKS, lacking_of
from app.core.outcome.appeal.grounds import grounds_of
from app.core.outcome.appeal.lines import told_lines
from app.core.outcome.appeal.shown import Shown, enclosed, shown_evidence, shown_of
from app.core.outcome.filing import WAYS
from app.core.outcome.form import disputed_lines

NO_ADDRESS = "Address not known: look at the notice."
TO = "Send to"
NO_PAYER = "The payer is not named."
NO_WORDS = "The payer gave no reason in words."
NO_ANSWER = "No answer yet."
NO_DEADLINE = "Until when it may be filed is not known yet."
NO_SIGNER = "The treating clinician"
SIGN = "Signature: ______________________________   Date: ______________"


def appeal_paper(appeal: Appeal) -> Paper:
    """Return the whole packet; marked as a draft on every page while it lacks what it cannot go out without."""
    shown = shown_of(appeal)
    letter = (
        *part_of("Protected by law", _notices(appeal)),
        *part_of("Lines appealed", _lines(appeal)),
        *part_of("We ask", _ask(appeal)),
        *part_of("Expedited review", *_expedited(appeal)),
        *part_of("Denied because", *_denied(appeal)),
        *part_of("Our answer", *_answer(appeal, shown)),
        *part_of("Signature", *_signature(appeal)),
        *part_of("Enclosures", _enclosures(appeal)),
    )
    behind = grounds_of(appeal, shown)
    return Paper(
        kind=f"Appeal: {appeal.brief.service.title}",
        heading="Appeal of a denied prior authorization",
        strip=" · ".join(each for each in _strip(appeal) if each),
        head=_head(appeal),
        parts=(*letter, *(replace(each, starts_page=not n) for n, each in enumerate(behind))),
        foot=_foot(appeal),
        made_at=appeal.made_at,
    )


def _foot(appeal: Appeal) -> str:
    of = f" of case {appeal.case.number}" if appeal.case.number else ""
    return f"Made {appeal.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC from the record{of}."


def _strip(appeal: Appeal) -> list[str]:
    patient = appeal.brief.patient
    born = f"born {patient.birth_date}" if patient.birth_date else ""
    numbers = [f"{name} {value}" for name, value in appeal.brief.references]
    return ["DRAFT" if lacking_of(appeal) else "", "Appeal", patient.name, born, *numbers]


def _head(appeal: Appeal) -> tuple[Words, ...]:
    """Return whom it goes to, from whom, and whom and which answer it is about."""
    brief, coverage, zone = appeal.brief, appeal.case.coverage, ZoneInfo(appeal.zone)
    patient = brief.patient
    lacks = [LACKS[each.key] for each in lacking_of(appeal)]
    draft = (Words(f"It lacks {listed(lacks)}.", lead="Draft: not ready.", tone="bad"),) if lacks else ()
    born = f", born {patient.birth_date}" if patient.birth_date else ""
    numbers = [f"{name} {value}" for name, value in brief.references]
    told = (
        Words(f"{appeal.payer}, appeals" if appeal.payer else NO_PAYER, lead="To:"),
        *(Words(each.to, lead=f"{WAYS.get(each.way, TO)}:") for each in appeal.addresses),
        *(() if appeal.addresses else (Words(NO_ADDRESS, tone="open"),)),
        Words(_signer(appeal), lead="From:"),
        Words(f"{appeal.made_at.astimezone(zone):%Y-%m-%d}", lead="Date:"),
        Words(f"{patient.name}{born}", lead="Member:"),
        Words(" · ".join(numbers), lead="Numbers:"),
        Words(coverage.plan or "", lead="Plan:"),
        Words(_denied_on(appeal), lead="Notice of denial of:"),
    )
    return (*draft, *(each for each in told if each.text))


def _denied_on(appeal: Appeal) -> str:
    """Return the day of the denial as its writer wrote it, else the payer's day of it; "" where it has none."""
    denial = appeal.case.denial
    day = denial.created_on
    if day is None and denial.created_at is not None:
        day = denial.created_at.astimezone(ZoneInfo(appeal.zone)).date()
    return day.isoformat() if day else ""


def _signer(appeal: Appeal) -> str:
    clinician = appeal.brief.clinician
    if clinician is None:
        return ""
    told = [clinician.name, clinician.specialty or "", f"NPI {clinician.npi}" if clinician.npi else ""]
    return ", ".join(each for each in told if each)


def _notices(appeal: Appeal) -> Listed:
    told = notices_for(appeal.brief.cares, shown_evidence(appeal))
    return Listed(tuple(Words(each, tone="strong") for each in told))


def _lines(appeal: Appeal) -> Table:
    lines = [each for each in appeal.case.denial.lines if not appeal.lines or each.sequence in appeal.lines]
    heads = ("Service", "Diagnoses", "Asked", "What the payer decided")
    return Table(heads, (0.42, 0.22, 0.10, 0.26), tuple(_line(appeal, each) for each in lines))


def _line(appeal: Appeal, line: DenialLine) -> tuple[Words, ...]:
    label = line.service_label or appeal.brief.service.title
    code = line.service.code if line.service and line.service.code and line.service.code not in label else ""
    return (
        Words(
            label, aside=", ".join(each for each in (f"line {line.sequence}" if line.sequence else "", code) if each)
        ),
        Words(_codes(line.diagnoses) or _codes(each for one in appeal.case.denial.lines for each in one.diagnoses)),
        Words(number(line.quantity_requested) if line.quantity_requested else ""),
        Words(_became(appeal, line)),
    )


def _codes(codes) -> str:
    told: list[Code] = list(codes)
    return ", ".join(dict.fromkeys(each.code for each in told if each.code))


def _became(appeal: Appeal, line: DenialLine) -> str:
    told = told_lines(appeal.case).get(line.sequence)
    if told is None:
        routed = next((each for each in appeal.case.routing.lines if each.sequence == line.sequence), None)
        return (routed.decision.value if routed else appeal.case.routing.decision.value).replace("_", " ")
    many = f": {number(told.quantity)}" if told.quantity is not None else ""
    more = f", {told.change}" if told.change else ""
    return f"{told.result}{many}{more}"


def _ask(appeal: Appeal) -> Prose:
    deadline = appeal.deadline
    until = f"It may be filed until {deadline.shown}." if deadline else NO_DEADLINE
    why = f"{deadline.rule} {deadline.source}" if deadline else ""
    whole = len(appeal.lines) == len(disputed_lines(appeal.case))
    some = "" if whole else "Only the lines above are appealed."
    told = (
        Words(appeal.brief.ask, tone="strong"),
        Words(f"{LEVELS[appeal.level]}."),
        Words(some),
        Words(until, aside=why, tone="" if deadline and deadline.sure else "open"),
    )
    return Prose(tuple(each for each in told if each.text))


def _expedited(appeal: Appeal) -> tuple[Block, ...]:
    expedited = appeal.choice.expedited
    if expedited is None:
        return ()
    return Prose((Words(GROUNDS, tone="strong"),)), Prose((Words(expedited.why, aside=expedited.signature),))


def _denied(appeal: Appeal) -> tuple[Block, ...]:
    brief = appeal.brief
    words = [Quoted(each.text) for each in brief.verbatim] or [Prose((Words(NO_WORDS, tone="open"),))]
    told = [f"Payer's codes: {', '.join(each.code for each in brief.codes if each.code)}"] if brief.codes else []
    told += [f"It cites: {'; '.join(brief.policies)}"] if brief.policies else []
    return *words, Prose((Words(" · ".join(told)),) if told else ())


def _answer(appeal: Appeal, shown: Shown) -> tuple[Block, ...]:
    answer = tuple(Words(each.text, shown.marks(each.evidence), tone="strong") for each in shown.answer)
    own = tuple(Prose((Words(each.text, aside=each.signature),)) for each in appeal.own if each.place == "Answer")
    silent = () if answer or own else (Prose((Words(NO_ANSWER, tone="open"),)),)
    return Prose(answer), *own, *silent


def _signature(appeal: Appeal) -> tuple[Block, ...]:
    return Prose((Words(SIGN),)), Prose((Words(_signer(appeal) or NO_SIGNER),))


def _enclosures(appeal: Appeal) -> Listed:
    """Return what is to be laid beside it, numbered: the notice, and the documents that its sources stand in."""
    reference = appeal.case.denial.reference_number
    about = (_denied_on(appeal), f"reference {reference}" if reference else "")
    told = [("The notice of denial", about)]
    told += [(each.title, (each.day or "", "not signed yet" if each.draft else "")) for each in enclosed(appeal)]
    return Listed(
        tuple(
            Words(title, lead=f"{n}.", aside=", ".join(each for each in more if each))
            for n, (title, more) in enumerate(told, start=1)
        ),
        bare=True,
    )
