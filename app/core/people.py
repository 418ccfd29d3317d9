"""Who acts in a case, and who may do what."""

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person is to Parley; from the issuer's `roles` map, else its `default_role`."""

    CLINICIAN = "clinician"
    DELEGATE = "delegate"
    COORDINATOR = "coordinator"
    MANAGER = "manager"


class Act(StrEnum):
    """Things a role may or may not do."""

    SEE_CASE = "see_case"
    SEE_WORKLIST = "see_worklist"
    CAPTURE_WINDOWS = "capture_windows"
    BOOK = "book"
    LOG_ATTEMPT = "log_attempt"
    TAKE_CALL = "take_call"
    RECORD_OUTCOME = "record_outcome"
    OWN = "own"
    SEE_LEARN = "see_learn"
    TAKE_IN = "take_in"
    TAKE_ACT = "take_act"
    SEE_INBOX = "see_inbox"
    ASK_PAYER = "ask_payer"
    SEE_RULES = "see_rules"
    EDIT_RULES = "edit_rules"
    CHOOSE_CLINICIAN = "choose_clinician"
    SET_REMINDERS = "set_reminders"
    CONNECT_CALENDAR = "connect_calendar"
    DOWNLOAD_FORM = "download_form"
    PUBLISH = "publish"
    DRAFT_SENTENCE = "draft_sentence"
    SIGN_SENTENCE = "sign_sentence"
    ADD_HELD = "add_held"


_OFFICE = {
    Act.SEE_CASE, Act.SEE_WORKLIST, Act.CAPTURE_WINDOWS, Act.BOOK, Act.LOG_ATTEMPT, Act.TAKE_CALL, Act.OWN, Act.TAKE_IN,
    Act.TAKE_ACT,    Act.SEE_INBOX, Act.ASK_PAYER, Act.SEE_RULES, Act.CHOOSE_CLINICIAN, Act.SET_REMINDERS,
    Act.CONNECT_CALENDAR, Act.DOWNLOAD_FORM, Act.DRAFT_SENTENCE,
}  # fmt: skip
MAY: dict[Role, frozenset[Act]] = {
    # The rule book is the office's: who speaks on the calls does not change what is known of the payers, nor who of
    # their colleagues payers are told of.
    Role.CLINICIAN: frozenset(Act) - {Act.EDIT_RULES, Act.PUBLISH},
    # What stands on a brief without evidence is a clinician's word; the office may only write it down for them. What is
    # sensitive is a clinician's to use.
    Role.COORDINATOR: frozenset(Act) - {Act.SIGN_SENTENCE, Act.ADD_HELD},
    Role.MANAGER: frozenset(Act) - {Act.SIGN_SENTENCE, Act.ADD_HELD},
    # A delegate books, moves and joins the preamble; the result of the call is told by who was on it.
    Role.DELEGATE: frozenset(_OFFICE),
}


def may(role: Role, act: Act) -> bool:
    """Whether this role may do this act."""
    return act in MAY[role]


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in person: `key` is "issuer-slug|subject", unique; `reference` their fhirUser, relative, or None."""

    key: str
    name: str
    role: Role
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """Whom the case is about. `reference` "Patient/ID"; birth_date as the EHR wrote it (YYYY, YYYY-MM or full)."""

    reference: str
    name: str
    birth_date: str | None = None
    sex: str | None = None
    mrn: str | None = None


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Local hours on one weekday: day MO..SU, start < end, in the clinician's zone."""

    day: str
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Clinician:
    """Who takes the call on our side. `reference` "Practitioner/ID"; zone an IANA name."""

    reference: str
    name: str
    zone: str
    hours: tuple[WorkingHours, ...] = ()
    specialty: str | None = None
    npi: str | None = None
    credential: str | None = None  # physician | pa | np | …: rulebook.guards.CREDENTIALS; None where nobody said


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The payer's clinician; every field as told, None when not told. withheld: asked, and would not say the rest."""

    name: str | None = None
    credential: str | None = None
    specialty: str | None = None
    npi: str | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as a source names it: payer, plan, vendor. identifiers: (system, value) pairs."""

    name: str | None = None
    reference: str | None = None
    identifiers: tuple[tuple[str | None, str], ...] = ()


# Whom a call reached, as the log keeps it and as it is said: of the payer's side when we call, of ours when it calls us
# (source 004: an associate, a nurse practitioner or an assistant may answer for the clinician).
PAYERS_SIDE = {
    "reviewer": "the reviewer",
    "physician": "a medical director or physician of the payer",
    "nurse": "a nurse",
    "staff": "a scheduler or other staff",
}
OUR_SIDE = {
    "clinician": "our clinician",
    "associate": "an associate physician",
    "np": "a nurse practitioner",
    "pa": "a physician assistant",
    "ma": "a medical assistant",
    "nurse": "a nurse of ours",
    "front_desk": "our front desk",
}
NOBODY = {"voicemail": "voicemail", "nobody": "nobody"}
# A call counts as held where these spoke: a clinician of ours, and who reviews for the payer. Until 2026-12 an entry of
# the payer's call named whom of the payer's side we spoke with.
SPEAK_FOR_PAYER = frozenset({"reviewer", "physician"})
SPEAK_FOR_US = frozenset({"clinician", "associate", "np", "pa"})


def whom_reached(direction: str, reached: str) -> str:
    """Return in words whom a call reached: the payer's people when we called, ours when the payer did."""
    sides = (OUR_SIDE, PAYERS_SIDE) if direction == "theirs" else (PAYERS_SIDE, OUR_SIDE)
    return next((side[reached] for side in (*sides, NOBODY) if reached in side), reached.replace("_", " "))


def specialty_match(ours: str | None, theirs: str | None) -> bool | None:
    """
    Whether both specialties are told and the same, however they are spelled; None where that is not known.

    errs: towards not known, since another specialty stands on the payer's record and in an appeal: one that says no
    more than a part of the other ("cardiology", "interventional cardiology") is neither the same nor another
    """
    mine, other = _fields(ours), _fields(theirs)
    if not mine or not other:
        return None
    return True if mine == other else None if mine <= other or other <= mine else False


# What a specialty is also called on the telephone; told as its fields are.
_ALSO = {
    "ent": "otolaryngology", "otorhinolaryngology": "otolaryngology", "obgyn": "obstetrics gynecology",
    "ob": "obstetrics", "gyn": "gynecology", "gi": "gastroenterology", "heme": "hematology", "onc": "oncology",
    "ortho": "orthopedics", "cardiovascular": "cardiology", "cardiac": "cardiology",
    "neurosurgery": "neurology surgery", "neurosurgeon": "neurology surgery", "peds": "pediatrics",
    "psych": "psychiatry", "physiatry": "rehabilitation", "pmr": "rehabilitation",
    "anesthesia": "anesthesiology", "fp": "family", "nephro": "nephrology",
    "neuro": "neurology", "rheum": "rheumatology", "derm": "dermatology", "uro": "urology", "pulm": "pulmonology",
    "pulmonary": "pulmonology", "endo": "endocrinology", "surgeon": "surgery", "surgical": "surgery",
}  # fmt: skip
# Words that name no field, and what every orthopedist does anyway.
_SAYS_NOTHING = frozenset(
    "and of the in dr doctor md do physician specialist specialty board certified medicine medical practice disease"
    " diseases management care service services department dept physical".split()
)
# Who does it, what it is and how it is called are one field: oncologist, oncology, oncological.
_ENDING = re.compile(
    r"(?<=olog)(?:y|ists?|ic(?:al)?)$|(?<=iatr)(?:y|ists?|ics?|icians?)$|(?:ery|icians?|ists?|ics?|s|y)$"
)


def _fields(specialty: str | None) -> frozenset[str]:
    """Return the fields that a specialty names, by their stems; none for words that name no field."""
    # Both spellings are on letters: orthopaedic, orthopedic. "OB/GYN" and "PM&R" are one word to who says them.
    plain = (specialty or "").lower().replace("ae", "e").replace("oe", "e").replace("pm&r", "pmr")
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    told = [each for word in words for each in _ALSO.get(word, word).split() if each not in _SAYS_NOTHING]
    if not all(each.isascii() and each.isalpha() for each in told):
        return frozenset()  # a code, or another script: it cannot be held against words
    stems = frozenset(_ENDING.sub("", each) for each in told)
    return stems - {"surg"} if "orthoped" in stems else stems
