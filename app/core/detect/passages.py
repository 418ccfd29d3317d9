"""
A letter in passages: which of its sentences decide, which speak of an appeal or a call, which are boilerplate.

A payer's letter is mostly about what the reader may do next; words there ("submit records that support medical
necessity") must not be taken for the reason. Places are those of the text itself, so that a quote is verbatim.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from app.core.detect.words import fold_text

MAX_LETTER = 40_000  # characters; a longer text is a file of something else
_SHORT = 400  # a text without a letter's parts: every sentence may be the reason


class Role(StrEnum):
    """What a sentence of a letter is for."""

    HEAD = "head"  # "Case number: …"
    REASON = "reason"  # what was decided, and why
    CALL = "call"
    APPEAL = "appeal"
    OTHER = "other"  # instructions, definitions, disclaimers


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence or headed line at [start, end) of the text; `label` what stands before its colon, folded."""

    role: Role
    start: int
    end: int
    label: str = ""


# A sentence ends here: not after an abbreviation, a title or an initial.
_STOP = re.compile(
    r"(?<!\bno\.)(?<!\bext\.)(?<!\bdr\.)(?<!\bmr\.)(?<!\bms\.)(?<!\bmrs\.)(?<!\bref\.)(?<!\bvs\.)(?<!\bst\.)"
    r"(?<!\bsec\.)"
    r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\b[a-z]\.)(?<!\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\.)"
    r"(?<=[.!?])[ \n\t]+(?=[a-z0-9(\"'])|;[ \n]+"
)
# "Reason: …", "Status - …", "Status .... …", and in a table "Outcome      …"
_LABEL = re.compile(
    r"[ \t]*(?P<label>[a-z][a-z0-9 /&()'#.\-]{1,48}?)[ ]*(?::|[ ]-[ ]|[ ]\.{2,}[ :]|(?<=\w)\t"
    r"|(?<=[\w)])[ ]{3,}(?=[a-z0-9(]))(?=\s|$|(?<=[ \t])\S)"
)
_BULLET = re.compile(r"[ \t]*[|+]|[ \t]*(?:[-*•·▪◦–]|\(?\d{1,2}[.)]|\(?[a-z]\))[ \t]+\S")
_TURNS = (  # a heading that opens a part of the letter, and what stands in that part; the first that fits
    (
        re.compile(
            r"peer[\s-]+to[\s-]+peer|\bp2p\b|clinical discussion|(?:provider|physician|peer"
            r"|doctor)[\s-]+(?:discussion|consultation|conversation)"
            r"|discussion (?:before|with|of the)|(?:physician|doctor)[\s-]+to[\s-]+(?:physician|doctor)|(?:talk"
            r"|speak) (?:to|with) (?:a|our|the)"
        ),
        Role.CALL,
    ),
    (
        re.compile(
            r"\bappeal|grievance|\bdispute (?:rights|process|resolution)|\byour rights|\bright to"
            r"|reconsideration|external review|fair hearing"
            r"|redetermination"
            r"|if you (?:do not|don't) agree|disagree"
        ),
        Role.APPEAL,
    ),
    (
        re.compile(
            r"language (?:assistance|help)|nondiscrimination|non-discrimination|definitions?|glossary|enclos|how to\b"
            r"|what (?:you|to) (?:can )?(?:do|send|include)|next steps|contact|^(?:any )?questions|questions\?"
            r"|important (?:information"
            r"|notice)"
            r"|^cc$|^include\b|^to (?:request|submit|send|file)|instructions|disclaimer|legal notice|submit to"
            r"|mail to"
        ),
        Role.OTHER,
    ),
    (
        re.compile(
            r"reason|explanation|rationale|basis|determination|decision|denial|denied|finding|outcome|status|summary"
            r"|why|clinical|discussion|comments?|remarks?|^re\b|^subject|service|procedure|treatment|medication"
            r"|request"
            r"|drug|diagnos|criteri|policy|guideline"
        ),
        Role.REASON,
    ),
)
_FACT_LABEL = re.compile(
    r"\b(?:date|number|no\.?|id|#|npi|tin|dob|member|patient|subscriber|enrollee|beneficiary|group|provider|facility"
    r"|physician|phone|telephone|fax|address|plan|case|claim|reference|tracking|reviewer|medical director|amount"
    r"|reviewed by|policyholder|name|attention|attn|units?|type|payer|insurer|health plan|sent|via)\b|^(?:to|from)$"
)
_APPEALS = re.compile(
    r"\bappeal|grievance|\bdispute (?:rights|process|resolution|this|the|our)"
    r"|reconsideration|redetermination|external review|independent review|fair hearing"
    r"|state hearing"
    r"|department of insurance|insurance commissioner|\bombudsman|\brights? to\b|free of charge|dissatisfied"
)
_DECIDED = re.compile(
    r"\bappeal\b[^.]{0,40}\b(?:came|arrived|was (?:received|filed|sent)|too late|(?:cannot"
    r"|can't) be (?:taken|accepted))|"
    r"\bupheld|\buphold|\boverturn|(?:denied|denying) (?:your|the|this) (?:appeal"
    r"|reconsideration)|appeal (?:is |was )?denied"
)
_ANSWERS = re.compile(
    r"\b(?:appeals?|grievance|reconsideration|redetermination)s?\b[^.]{0,40}\b(?:decision|outcome|determination"
    r"|result|answer|resolution)\b"
)
_CALLS = re.compile(
    r"peer[\s-]+to[\s-]+peer|\bp2p\b|(?:physician|doctor|provider|clinician)[\s-]+to[\s-]+(?:physician|doctor"
    r"|provider)"
    r"|(?:call|phone|contact|reach) (?:our|the|a|one of our) (?:medical director|physician|doctor|reviewer|peer)"
    r"|(?:doctor|physician|provider|prescriber|clinician|practitioner) (?:\w+ ){0,3}?(?:wants?|wishes"
    r"|would like|prefers?) to"
    r" (?:talk|speak|discuss)\b"
    r"|(?:talk|speak) (?:to|with) us\b|clinical discussion"
    r"|(?:can|may|could) be reached|(?:doctors?|physicians?|directors?|reviewers?) (?:take|answer"
    r"|accept)s? (?:\w+ )?calls|peer (?:discussion|conversation)"
    r"|(?:chance|opportunity|option|offered?) (?:\w+ )?to (?:discuss|talk|speak)|clinical (?:consultation|peer)"
    r"|(?:provider|physician|clinician) (?:discussion|consultation) line"
    r"|(?:speak|talk|discuss|discussion|conversation|consult|consultation|reached)\b(?:[^.\n]"
    r"|(?<=\bdr)\.){0,80}?\b(?:with|to|by|between)\b"
    r"(?:[^.\n]|(?<=\bdr)\.){0,40}?(?<!your )(?<!own )(?<!their )(?:medical directors?|physicians?|reviewers?"
    r"|peer|pharmacists?"
    r"|psychiatrists?|our doctors?|(?:the doctors?|the clinicians?) who|reviewing clinicians?|dr\.? [a-z]+)\b"
    r"|(?:medical director|reviewer|reviewing physician|our (?:doctor|physician)"
    r"|\bdr\.? [a-z]+) [^.]{0,40}?(?:available|glad|happy|willing)"
)
# "if we deny it, we will tell you whom to call": neither a denial nor a call
_SUPPOSED = re.compile(
    r"(?:if|when|whenever|in case|in the event|should) (?:\w+ ){0,6}(?:den(?:y|ied)|denial|not (?:be )?approved"
    r"|reduced?|not granted)\b"
)
_COURTESY = re.compile(
    r"^(?:please (?:be advised|note|know)|we (?:regret|are sorry) to (?:inform|tell|advise) you"
    r"|this is to (?:inform|notify) you) (?:that\s+)?"
)
_CALL_FACT = re.compile(r"\b(?:phone|telephone|number|deadline|window|until|call|line|hours|extension|option)\b")
_OF_CALLS = re.compile(
    r"\d{3}[\-. ]\d{4}|\bcalls?\b|\bwindow\b|\bcloses?\b|\bends\b|\bopportunity\b|\bdeadline\b|\bdial\b"
    r"|\bup to\b|\brequests? (?:are|is|must|may|can|has|have)\b|\bphone|\bline\b|\buntil\b|\bwithin\b"
    r"|\bno later\b|\bavailable\b|\bschedul|\bopen\b"
)
_DEFINED = (
    r"^(?!this|that|which|it\b)[^.]{0,80}\bmeans (?:any|a|an|the|services?|health|that a|those|drugs?|care)\b"
    r"|^medically necessary (?:care|services?|treatments?)? ?(?:is|are|means?)\b"
    r"|\b(?:is|are) defined (?:as|in|by)\b|\bdefinition of\b"
)
_ASIDE = re.compile(
    r"^(?:if\b|should you|in the event|to (?:request|submit|obtain|ask|send|"
    r"speak|learn|find)\b|for (?:more|questions|further|additional|help|assistance)\b|you (?:may|can|could|might"
    r"|are entitled)\b(?! not)"
    r"|we (?:encourage|thank|appreciate)|thank you|sincerely|dear|include\b|enclosed (?:is|are|you|please)"
    r"|please (?:note|call|contact|see"
    r"|visit"
    r"|refer|review|keep|be advised|do not)|call\b|visit\b|cc:|page \d)"
    rf"|{_DEFINED}"
)
_DEFINES = re.compile(_DEFINED)
_ADVICE = re.compile(r"(?:if|to)\b|you (?:also |may|can|could|might|must|have|should|are)\b")
_DECIDING = re.compile(
    r"reason|explanation|rationale|basis|decision|why|determination|status|denial|denied|void|reject|cancel| by payer"
    r"|closed|approved|certified|outcome|result|remark|\bnotes?$|finding|verdict|comment"
)
_PLAIN_LABEL = re.compile(r"(?!the |your |this |we |our |please )(?:\S+ ){0,4}\S+$")
_WHY = re.compile(r"\bbecause\b|\bdue to\b|not medically necessary|not met\b|\bas it is\b")
_SINCE = re.compile(r"\b(?:because|since|as)\b|;")
_DISCLAIMER = re.compile(
    r"(?:do|does|did|is|was|are|were|should|must) not (?:be )?(?:mean|imply|impl(?:y|ies)|constitute|represent"
    r"|intended|"
    r"construed|taken|based (?:up)?on|a (?:guarantee|statement|finding|decision|question|clinical|determination"
    r"|judge?ment|reflection|"
    r"medical)|related to|reflect|about|decid\w*|made on|a question)|no (?:opinion|judge?ment|review|determination"
    r"|decision)"
    r"[^.]{0,30}\b(?:medical necessity|clinical)|(?:medical necessity|clinical \w+) (?:was|were|has"
    r"|have) not (?:been )?"
    r"(?:review|evaluat|consider|assess|address|reach)|not (?:a )?guarantee|guarantee of payment"
    r"|payment is subject to"
)


def passages_in(text: str) -> tuple[Passage, ...]:
    """Return the sentences of a letter in order, each with its role; the first MAX_LETTER characters are read."""
    folded = fold_text(text[:MAX_LETTER])
    short = len(folded.strip()) <= _SHORT
    found: list[Passage] = []
    part = Role.REASON
    for start, end in _blocks(folded, text, short=short):
        label = _label_of(folded, start, end)
        turned = _turn(label) if label else _heading(folded, start, end)
        if short and turned is not Role.REASON:  # a bare text has sentences, no parts
            turned = None
        of_call = part is Role.CALL and label and _CALL_FACT.search(label)
        if (
            label
            and not turned
            and _is_fact(label)
            and not of_call
            and not (short and _is_said(label, folded[start:end]))
        ):
            found.append(Passage(Role.HEAD, start, end, label))
            continue
        part = turned or part
        found += _sentences(folded, start, end, part=part, label=label, short=short)
    if short and found and not any(each.role is Role.REASON for each in found):  # then it is all that is said
        return tuple(
            each if _DEFINES.search(folded, each.start, each.end) else replace(each, role=Role.REASON) for each in found
        )
    return tuple(found)


def _blocks(folded: str, text: str, *, short: bool) -> Iterator[tuple[int, int]]:
    """Yield the paragraphs, with lines that were only wrapped joined and headed or listed lines apart."""
    start = place = 0
    for line in folded.splitlines(keepends=True):
        open_block = place > start
        before = folded[max(start, place - 80) : place].rstrip()
        ends = not line.strip() or _BULLET.match(line) or _LABEL.match(line) or before.endswith((":", ".", "!", "?"))
        # a line shorter than a column was ended on purpose, unless the next goes on in lower case
        short_line = open_block and place - (folded.rfind("\n", start, place - 1) + 1 or start) < 50
        ended = short_line and not short and not text[place : place + 1].islower()
        if open_block and (ends or ended):
            if folded[start:place].strip():
                yield start, place
            start = place
        place += len(line)
    if folded[start:place].strip():
        yield start, place


def _label_of(folded: str, start: int, end: int) -> str:
    found = _LABEL.match(folded, start, min(end, start + 60))
    return found["label"].strip() if found else ""


def _is_fact(label: str) -> bool:
    plain = _FACT_LABEL.search(label) and _PLAIN_LABEL.match(label)
    return bool(plain) and not _DECIDING.search(label) and "appeal" not in label


def _is_said(label: str, line: str) -> bool:
    """Whether a bare text's "label" is a part of what it says: "Not a plan benefit - see page 6"."""
    return ":" not in line[: len(label) + 3] or len(label.split()) > 3


def _turn(label: str) -> Role | None:
    """Return the part of the letter that a label opens, None for one that only names a fact."""
    if _CALLS.search(label):
        return Role.CALL
    if _is_fact(label):
        return None
    if _DECIDED.search(label) or _ANSWERS.search(label):
        return Role.REASON
    return next((role for pattern, role in _TURNS if pattern.search(label)), None)


def _heading(folded: str, start: int, end: int) -> Role | None:
    """Return the part that a line alone opens, as "YOUR RIGHTS"; None for a line that is a sentence."""
    line = folded[start:end].strip()
    if len(line) > 70 or line.endswith((".", ",", ";", "!")) or len(line.split()) > 9:
        return None
    turned = next((role for pattern, role in _TURNS if pattern.search(line)), None)
    if turned is Role.APPEAL and _ANSWERS.search(line):
        return Role.REASON
    return turned if line.endswith(":") or turned in (Role.APPEAL, Role.OTHER, Role.CALL) else None


def _sentences(folded: str, start: int, end: int, *, part: Role, label: str, short: bool) -> Iterator[Passage]:
    cuts = [start, *(found.end() for found in _STOP.finditer(folded, start, end)), end]
    before = Role.OTHER
    for left, right in pairwise(cuts):
        words = folded[left:right]
        body = words.strip()
        if not body:
            continue
        inner = left + len(words) - len(words.lstrip())
        role = before = _following(before, body, _role_of(body, part, short=short), short=short)
        yield Passage(role, inner, inner + len(body), label)


def _following(before: Role, body: str, role: Role, *, short: bool) -> Role:
    """Return the role of a sentence behind another of its paragraph: a call's number, an appeal's small print."""
    if before is Role.REASON and role is Role.APPEAL and not _APPEALS.search(body):  # "We uphold it. The plan …"
        return before
    if before is Role.APPEAL and role is Role.CALL and not _CALLS.search(body):
        return before
    if short or role not in (Role.OTHER, Role.REASON) or _WHY.search(body) or _DECIDED.search(body):
        return role
    if before is Role.CALL:
        return before if _OF_CALLS.search(body) else role
    return before if before is Role.APPEAL else role


def _role_of(body: str, part: Role, *, short: bool) -> Role:
    if _SUPPOSED.match(body):
        return Role.OTHER
    body = _COURTESY.sub("", body)
    if _DECIDED.search(body):
        return Role.REASON
    if _CALLS.search(body):
        return Role.REASON if _WHY.search(body) else Role.CALL
    if (said := _DISCLAIMER.search(body)) is not None:  # "it was not reviewed, since the service is excluded"
        return Role.REASON if short or _SINCE.search(body, said.end()) else Role.OTHER
    if part is Role.CALL and _APPEALS.search(body):
        return Role.APPEAL
    if part in (Role.APPEAL, Role.OTHER, Role.CALL):
        return part
    if _APPEALS.search(body):
        return Role.REASON if short and not _ADVICE.match(body) else Role.APPEAL
    return Role.OTHER if _ASIDE.search(body) else Role.REASON
