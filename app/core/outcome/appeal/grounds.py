"""What stands behind the letter of an appeal: criteria, chart, call, contacts, policy, literature, sources."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from app.core.acts import CALL
from app.core.brief.criteria import Judged
from app.core.brief.facts import Sentence
from app.core.brief.packet_parts import citation_words
from app.core.brief.paper import Block, Listed, Part, Prose, Quoted, Table, Words, part_of
from app.core.brief.payers_copy import cited_of
from app.core.brief.sources import Source
from app.core.call import attempt_sentence
from app.core.case import Outcome
from app.core.outcome.appeal import Appeal
from app.core.outcome.appeal.shown import Shown, enclosed
from app.core.outcome.filing import filed_words
from app.core.outcome.form import HELD, SAID, topic_of
from app.core.people import specialty_match

NO_CALL = "No call was held."


def grounds_of(appeal: Appeal, shown: Shown) -> tuple[Part, ...]:
    """Return the parts behind the letter, in the order in which a reviewer needs them."""
    return (
        *part_of("Criteria in dispute, and what the chart shows", _criteria(appeal, shown)),
        *part_of("Diagnoses", _sentences(shown, shown.about)),
        *part_of("Tried so far", _tried(appeal, shown)),
        *part_of("Measures", _measures(appeal, shown)),
        *part_of("Against the payer's alternative", _sentences(shown, shown.against)),
        *part_of("Why now", _sentences(shown, shown.why_now)),
        *part_of("In the clinician's own words, signed", _own(appeal)),
        *part_of("The peer-to-peer call, and what was decided on it", *_calls(appeal)),
        *part_of("Contacts with the payer", *_contacts(appeal)),
        *part_of("The policy in its own words", *_excerpts(appeal)),
        *part_of("Guidelines and literature", Listed(tuple(citation_words(each) for each in shown.literature))),
        *part_of("Sources in the chart", _sources(appeal, shown), small=True),
    )


def _criteria(appeal: Appeal, shown: Shown) -> Table:
    rows = tuple(_criterion(appeal, shown, each) for each in shown.criteria)
    return Table(("Criterion", "What the chart shows", "Where"), (0.28, 0.46, 0.26), rows)


def _criterion(appeal: Appeal, shown: Shown, judged: Judged) -> tuple[Words, ...]:
    titles = {each.reference: each.title for each in appeal.packet.documents}
    where = dict.fromkeys(
        ", ".join(one for one in (each.title or "chart entry", each.shown_days) if one)
        for each in cited_of(judged.evidence, titles)
    )
    detail = f"{judged.detail[:1].upper()}{judged.detail[1:]}"
    return (
        Words(judged.criterion.text),
        Words(detail, shown.marks(judged.evidence), tone="strong"),
        Words("; ".join(where) or "chart entry"),
    )


def _sentences(shown: Shown, sentences: tuple[Sentence, ...]) -> Listed:
    return Listed(tuple(Words(each.text, shown.marks(each.evidence)) for each in sentences))


def _tried(appeal: Appeal, shown: Shown) -> Table:
    told = appeal.brief.therapy_rows()
    rows = tuple(
        (*map(Words, told[n][:3]), Words(told[n][3], shown.marks(each.evidence))) for n, each in shown.therapies
    )
    return Table(("What", "Dose", "When", "How it went, why it ended"), (0.24, 0.19, 0.26, 0.31), rows)


def _measures(appeal: Appeal, shown: Shown) -> Table:
    told = appeal.brief.course_rows()
    rows = tuple((*map(Words, told[n][:3]), Words(told[n][3], shown.marks(each.evidence))) for n, each in shown.courses)
    return Table(("Measure", "Baseline", "Recent", "Change, time between"), (0.30, 0.22, 0.22, 0.26), rows)


def _own(appeal: Appeal) -> Listed:
    return Listed(tuple(Words(each.text, aside=each.signature) for each in appeal.own if each.place != "Answer"))


def _calls(appeal: Appeal) -> Iterator[Block]:
    """Yield what each call and each earlier appeal came to, the oldest first."""
    calls = [each for each in appeal.outcomes if each.result != "withdrawn"]
    if not any(each.way == CALL and each.result in HELD for each in calls):
        yield Prose((Words(NO_CALL, tone="strong"),))
    for each in calls:
        yield Listed(tuple(words for words in _told(appeal, each) if words.text))
        for stated in (each.reviewer_reason, each.told.reviewer_reason if each.told else None):
            if stated:
                yield Prose((Words(stated, lead="The reviewer's stated reason:"),))


def _told(appeal: Appeal, outcome: Outcome) -> Iterator[Words]:
    """Yield an outcome field by field; our own notes on it stay here."""
    zone = ZoneInfo(appeal.zone)
    how = "in writing" if outcome.final else "told on the phone, the written notice is awaited"
    why = f" because: {outcome.not_held_reason.replace('_', ' ')}" if outcome.not_held_reason else ""
    said = f"{SAID[outcome.result]}{why}" if why or outcome.result not in HELD else f"{SAID[outcome.result]} ({how})"
    yield Words(said, lead=f"{topic_of(outcome.way)}:")
    filing = next((each.filing for each in appeal.case.acts if each.id == outcome.answers), None)
    yield Words(filed_words(filing) if filing else "", lead="Filed:")
    yield Words(f"{outcome.held_at.astimezone(zone):%Y-%m-%d %H:%M %Z}" if outcome.held_at else "", lead="Held:")
    if outcome.told is not None and outcome.told.result != outcome.result:
        yield Words(SAID[outcome.told.result], lead="Told on the phone before the letter:", tone="strong")
    yield Words(_reviewer(appeal, outcome), lead="For the payer:")
    yield Words(outcome.criterion or "", lead="Criterion that the reviewer named:")
    yield Words(outcome.new_information or "", lead="Told on the call and not in the request:")
    yield Words(outcome.next_step or "", lead="Agreed:")
    yield Words(outcome.reference_number or "", lead="The payer's reference:")


def _reviewer(appeal: Appeal, outcome: Outcome) -> str:
    reviewer, ours = outcome.reviewer, appeal.case.clinician
    told = [each for each in (reviewer.name, reviewer.credential, reviewer.specialty) if each] if reviewer else []
    if not told:
        return "not disclosed" if outcome.result in HELD and outcome.way == CALL else ""
    match = specialty_match(ours.specialty if ours else None, reviewer.specialty if reviewer else None)
    return f"{', '.join(told)} ({_MATCH[match]})"


_MATCH = {True: "same specialty", False: "other specialty", None: "specialty match not known"}


def _contacts(appeal: Appeal) -> tuple[Block, ...]:
    """Return every try as its standard sentence; calls that the payer missed are counted first."""
    contacts = appeal.packet.contacts
    missed = [each for each in contacts if each.result == "payer_no_show"]
    days = ", ".join(f"{each.at.astimezone(ZoneInfo(appeal.zone)):%Y-%m-%d}" for each in missed)
    many = f"{len(missed)} booked call{'' if len(missed) == 1 else 's'}"
    count = Prose((Words(f"The payer did not keep {many}: {days}.", tone="strong"),) if missed else ())
    return count, Listed(tuple(Words(attempt_sentence(each, zone=appeal.zone)) for each in contacts))


def _excerpts(appeal: Appeal) -> tuple[Block, ...]:
    told = []
    for each in appeal.packet.policy.excerpts:
        where = (each.title, each.section, f"in force {each.effective}", each.source)
        told.append(Quoted(each.quote, by=" · ".join(one for one in where if one)))
    return tuple(told)


def _sources(appeal: Appeal, shown: Shown) -> Listed:
    return Listed(tuple(_source(appeal, each) for each in shown.sources), bare=True)


def _source(appeal: Appeal, source: Source) -> Words:
    titles = {each.reference: f"{each.title}, enclosure {n}" for n, each in enumerate(enclosed(appeal), start=2)}
    named = list(dict.fromkeys(titles.get(each, "chart entry") for each in source.references))
    text = " ".join(each for each in (source.shown_days, source.shown_quotes) if each)
    return Words(text, lead=f"{source.number}.", aside="; ".join(named), number=source.number)
