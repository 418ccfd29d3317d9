"""
Forfeiture guards: what an act would lose by the payer's rule, said before it is done.

A guard decides nothing for the user: it names what is lost, by which rule, and how sure that is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.payers import Evidence, PayerRule
from app.core.rulebook.words import count_words, speaker_words

MEDICARE_ADVANTAGE = "medicare_advantage"


class RiskyAct(StrEnum):
    """Acts that may burn the right to a call."""

    FILE_APPEAL = "file_appeal"
    SEND_NEW_INFORMATION = "send_new_information"
    SECOND_REQUEST = "second_request"
    MISSED_WINDOW = "missed_window"
    WRONG_CREDENTIAL = "wrong_credential"
    WAIT_FOR_WRITTEN = "wait_for_written"


class Severity(StrEnum):
    """How sure the loss is."""

    LOSES = "loses"
    MAY_LOSE = "may_lose"
    ASK_FIRST = "ask_first"  # unknown: ask the payer before doing it


@dataclass(frozen=True, slots=True)
class Standing:
    """
    What of the case decides what is lost; None is what is not known.

    credential: of who would speak: physician, covering_physician, resident, pa, np, doctoral_degree, medical_director,
    licensed_clinician, rn, staff
    pended: the payer has not decided; calls_held, calls_missed: how many of this denial's
    """

    line_of_business: str | None = None
    pended: bool = False
    calls_held: int = 0
    calls_missed: int = 0
    credential: str | None = None
    window_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forfeit:
    """
    One loss: a sentence for the user, the rule's key (None: no rule is known) and where it was read.

    known: whether that rule says so; where it is silent the source is that of our own caution
    """

    act: RiskyAct
    sentence: str
    severity: Severity
    rule: str | None
    source: str
    verified_on: date
    grade: str
    known: bool = True


def what_is_lost(
    act: RiskyAct | str, *, standing: Standing, rule: PayerRule | None, calendar: BusinessCalendar, now: datetime
) -> tuple[Forfeit, ...]:
    """
    Return what this act would lose, the surest first; () where the rule says that nothing is.

    rule: None for a payer nobody knows: then everything is to be asked first
    now: to tell whether the window is over
    source: facts C and C.1; app/rules/payers
    """
    act = RiskyAct(act)
    found = [_unknown(act)] if rule is None else _GUARDS[act](standing, rule, now)
    forfeits = [_forfeit(act, each, rule, calendar) for each in found]
    return tuple(sorted(forfeits, key=lambda each: list(Severity).index(each.severity)))


@dataclass(frozen=True, slots=True)
class _Loss:
    severity: Severity
    sentence: str
    value: str | None = None  # the field of the rule that says so; None: the rule is silent


def _forfeit(act: RiskyAct, loss: _Loss, rule: PayerRule | None, calendar: BusinessCalendar) -> Forfeit:
    cautious = calendar.cautious
    found = Evidence(cautious.source, cautious.verified_on, cautious.grade)
    if rule is not None and loss.value is not None:
        found = rule.evidence_of(loss.value)
    key, known = (rule.key if rule is not None else None), rule is not None and loss.value is not None
    return Forfeit(act, loss.sentence, loss.severity, key, found.source, found.verified_on, found.grade, known)


_UNKNOWN = {
    RiskyAct.FILE_APPEAL: "Whether an appeal ends the right to a call is not known: hold the call first, or ask.",
    RiskyAct.SEND_NEW_INFORMATION: "Whether new information may come before the call is not known: ask first.",
    RiskyAct.SECOND_REQUEST: "How many calls this payer holds for one denial is not known: ask.",
    RiskyAct.MISSED_WINDOW: "What a missed call costs is not known: ask at once for another time.",
    RiskyAct.WRONG_CREDENTIAL: "Who may speak is not known: send a physician, or ask.",
    RiskyAct.WAIT_FOR_WRITTEN: "Whether the time runs already is not known: count from the call, and ask.",
}


def _unknown(act: RiskyAct) -> _Loss:
    return _Loss(Severity.ASK_FIRST, _UNKNOWN[act])


def _file_appeal(standing: Standing, rule: PayerRule, _now: datetime) -> list[_Loss]:
    if standing.pended:
        said = "Nothing is decided yet, so there is nothing to appeal: the call comes first."
        return [_Loss(Severity.MAY_LOSE, said)]
    if rule.lane == "pre_denial":
        return []  # the call is over; the appeal is what is left
    if rule.blocked_by_appeal:
        return [_Loss(Severity.LOSES, f"{rule.payer} holds no call once an appeal is filed.", "blocked_by_appeal")]
    if rule.blocked_by_appeal is None:
        return [_unknown(RiskyAct.FILE_APPEAL)]
    return []


def _send_new_information(standing: Standing, rule: PayerRule, _now: datetime) -> list[_Loss]:
    known = rule.new_information
    if known is None:
        return [_unknown(RiskyAct.SEND_NEW_INFORMATION)]
    if known == "cancels_p2p" and not standing.pended:
        said = f"{rule.payer} takes anything new after the denial as a first-level appeal, and cancels the call."
        return [_Loss(Severity.LOSES, said, "new_information")]
    if known == "as_appeal" and not standing.pended:
        said = f"{rule.payer} takes new information as an appeal only"
        if rule.blocked_by_appeal:
            return [_Loss(Severity.LOSES, f"{said}, and holds no call once an appeal is filed.", "new_information")]
        return [_Loss(Severity.MAY_LOSE, f"{said}: it may end the right to a call.", "new_information")]
    return _too_late(standing, rule, "new information is heard in a reconsideration only")


def _too_late(standing: Standing, rule: PayerRule, instead: str) -> list[_Loss]:
    line = standing.line_of_business
    if standing.pended or line is None or line not in rule.post_denial_informational_for:
        return []
    said = f"{rule.payer}: after the denial a call changes nothing for this plan; {instead}."
    return [_Loss(Severity.MAY_LOSE, said, "post_denial_informational_for")]


def _second_request(standing: Standing, rule: PayerRule, _now: datetime) -> list[_Loss]:
    if standing.calls_held == 0 and standing.calls_missed == 0:
        return []
    if standing.calls_missed > 1 and rule.leaves_grace:
        said = f"{rule.payer} gives one more time after a missed call, and that was missed too: appeal."
        return [_Loss(Severity.LOSES, said, "missed_call")]
    used = standing.calls_held + (standing.calls_missed if rule.missed_call == "counts_as_held" else 0)
    if rule.calls_max is not None:
        if used < rule.calls_max:
            return []
        most = f"{rule.calls_max} call{'s' if rule.calls_max > 1 else ''}"
        said = f"{rule.payer} holds {most} for one denial: another request is refused."
        return [_Loss(Severity.LOSES, said, "calls_max")]
    if used == 0:
        return []
    return [_unknown(RiskyAct.SECOND_REQUEST)]


def _missed_window(standing: Standing, rule: PayerRule, now: datetime) -> list[_Loss]:
    if standing.window_ends_at is not None and standing.window_ends_at <= now:
        said = "The time for the call is over: the appeal is what is left."
        return [_Loss(Severity.LOSES, said, "windows" if rule.windows else None)]
    missed = rule.missed_call
    if missed == "counts_as_held":
        tries = f" after {rule.attempts_by_payer} tries" if rule.attempts_by_payer else ""
        said = f"{rule.payer} counts a call at which nobody was reached as held{tries}."
        return [_Loss(Severity.LOSES, said, "missed_call")]
    if missed == "payer_decides":
        return [_Loss(Severity.LOSES, f"{rule.payer} decides when no call was held in its time.", "missed_call")]
    if rule.leaves_grace and standing.calls_missed:
        said = f"{rule.payer} gave one more time after the first missed call: a second ends the right to a call."
        return [_Loss(Severity.LOSES, said, "missed_call")]
    if missed is not None:
        left = count_words(rule.missed_call_business_days or 1, "business_days")
        said = f"After a missed call {rule.payer} leaves {left}; then the right to a call ends."
        return [_Loss(Severity.MAY_LOSE, said, "missed_call")]
    return [_unknown(RiskyAct.MISSED_WINDOW)]


# Which of a rule's speakers a credential is. Doctors are all of them, unless the payer names a role that they are not.
_IS = {
    "physician": {"physician", "covering_physician", "doctoral_degree", "licensed_clinician", "provider"},
    "covering_physician": {"covering_physician", "doctoral_degree", "licensed_clinician", "provider"},
    "medical_director": {"medical_director", "licensed_clinician", "doctoral_degree", "provider"},
    "resident": {"resident", "licensed_clinician"},
    "doctoral_degree": {"doctoral_degree", "licensed_clinician", "provider"},
    "np": {"np", "licensed_clinician", "provider"},
    "pa": {"pa", "licensed_clinician", "provider"},
    "licensed_clinician": {"licensed_clinician"},
    "rn": {"licensed_clinician"},
    "staff": set(),
}
_DOCTORS = {"physician", "covering_physician", "medical_director"}
CREDENTIALS = tuple(_IS)


def minds_who_speaks(rule: PayerRule | None) -> bool:
    """Whether the payer is known to turn callers away, so that who speaks must be known before a time is booked."""
    return rule is not None and bool(
        rule.speakers_refused or (rule.who_may_speak and "provider" not in rule.who_may_speak)
    )


def _wrong_credential(standing: Standing, rule: PayerRule, _now: datetime) -> list[_Loss]:
    who = standing.credential
    if who in rule.speakers_refused:
        said = f"{rule.payer} turns this caller away; the time goes on."
        return [_Loss(Severity.LOSES, said, "speakers_refused")]
    if not rule.who_may_speak or who is None or who not in _IS:
        return [] if who == "physician" else [_unknown(RiskyAct.WRONG_CREDENTIAL)]
    if _IS[who] & set(rule.who_may_speak):
        return []
    said = f"{rule.payer} names who may speak: {speaker_words(rule.who_may_speak)}."
    if who in _DOCTORS or ("provider" in rule.who_may_speak and who != "staff"):
        return [_Loss(Severity.ASK_FIRST, f"{said} Ask whether it takes this caller.", "who_may_speak")]
    return [_Loss(Severity.LOSES, f"{said} Another caller is turned away, and the time goes on.", "who_may_speak")]


def _wait_for_written(standing: Standing, rule: PayerRule, _now: datetime) -> list[_Loss]:
    if rule.lane == "pre_denial":
        if not standing.pended:
            return []  # the call is over already
        said = f"{rule.payer} holds the call before it decides only: when the written notice comes, it is too late."
        return [_Loss(Severity.LOSES, said, "lane")]
    if rule.verbal_notice_counts:
        said = f"{rule.payer}'s time runs from the notice by telephone: waiting for the letter uses it up."
        return [_Loss(Severity.LOSES, said, "verbal_notice_counts")]
    if any(each.anchor in ("denial_posted", "letter_date") for each in rule.windows):
        said = f"{rule.payer}'s time runs from the denial, not from when its letter comes: waiting uses it up."
        return [_Loss(Severity.MAY_LOSE, said, "windows")]
    if rule.verbal_notice_counts is False:
        return []
    return [_unknown(RiskyAct.WAIT_FOR_WRITTEN)]


_GUARDS: dict[RiskyAct, Callable[[Standing, PayerRule, datetime], list[_Loss]]] = {
    RiskyAct.FILE_APPEAL: _file_appeal,
    RiskyAct.SEND_NEW_INFORMATION: _send_new_information,
    RiskyAct.SECOND_REQUEST: _second_request,
    RiskyAct.MISSED_WINDOW: _missed_window,
    RiskyAct.WRONG_CREDENTIAL: _wrong_credential,
    RiskyAct.WAIT_FOR_WRITTEN: _wait_for_written,
}
