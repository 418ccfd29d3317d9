"""Who wrote a letter and when: payer, line of business, reviewer, day; each with the words it rests on."""

import re
from datetime import date

from app.core.detect.cited import Found, quoted
from app.core.detect.passages import Passage, Role
from app.core.detect.until import first_day_in
from app.core.detect.words import fold_text
from app.core.people import Reviewer

_HEAD = 1_500  # characters in which a letter says who it is from
_DAY_LABEL = re.compile(
    r"^(?:date|date ?/ ?time\b.*|date and time\b.*|notice date|notification date|today's date|letter date"
    r"|decision date|determination date|statement date|mailed|issued|dated|sent"
    r"|date (?:of|sent"
    r"|mailed|issued)\b.*)$"
)
_NOT_THE_LETTERS = re.compile(
    r"service|birth|admi|request|received|discharge|surgery|hearing|injury|start|end|effective|due|term|paid"
    r"|expir|denial"
)
# behind the label on a line of several, or at the end of a heading
_BESIDE = re.compile(
    r"(?P<what>\w+ )?\b(?:date[ds]?(?: (?:sent|mailed|issued|of (?:this |the )?(?:letter|notice"
    r"|determination|decision)))?"
    r"|sent|mailed|issued|(?:determination|decision) made)(?: on)?[ \t.]*:?[ \t]*$"
)
_WEEKDAY = re.compile(r"^\s*(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]?[ \t]+")
_ALONE = re.compile(r"[ \t]*[a-z0-9 ,./\-]{6,24}[ \t]*$")
_TITLE = re.compile(
    r"notice|determination|letter|denial|denied|decision|dear|important|re:|department|p\.?o\.? box|\d|page"
    r"|explanation|summary|review|request|appeal|authori[sz]ation|@|www|confidential"
)
_ORGANISATION = re.compile(
    r"\b(?:health|healthcare|insurance|assurance|plans?|blue|cross|shield|medicare|medicaid|hmo|ppo|care|benefits?"
    r"|administrators?|medical management|managed|mutual|life|choice|partners|network|llc|inc|advantage|senior"
    r"|trust|fund|rx"
    r"|pharmacy services|alliance|health trust|company|services)\b|healthcare$|care$"
)
_PROGRAMME = re.compile(
    r"(?:(?:medicare|medicaid|advantage|part|[abcd]|plan|program|health|state|prior|authorization)\W*)+"
)
_SAYS = re.compile(
    r"(?:^|[.\n]\s*)(?P<name>(?!We\b|The\b|Our\b|This\b|Your\b|It\b|Dr\b)[A-Z][\w&'’.\-]*(?: (?:of|and|the|&"
    r"|[A-Z][\w&'’.\-]*)){0,6})"
    r"(?:,? on behalf of [^.]{2,60}?,?)? (?:has|have) (?:denied|reviewed|determined|completed|received|decided"
    r"|issued|not approved|approved|a request|your request|got)\b"
)
_LABELLED = re.compile(
    r"(?im)^[ \t]*(?P<label>payer|insurer|health plan|plan name|plan|from|insurance company"
    r"|carrier)[ \t]*(?::|\.{3,})[ \t]*(?P<name>(?!hmo\b|ppo\b|pos\b|epo\b)[^\n:@(]{3,60}?)(?:[ \t]*(?:$|[ \t]{2}|\())"
)
_CLOSING = re.compile(
    r"(?im)^[ \t]*(?:sincerely|regards|with regards|very truly yours|yours truly|respectfully|thank you)[,.]?[ \t]*$"
)
_LINES = (
    (
        re.compile(r"medicare[\s\-]+advantage|medicare part c\b|\bma-?pd\b|\bd-?snp\b|organization determination"),
        "medicare_advantage",
    ),
    (re.compile(r"\bmedicaid\b|medi-cal\b"), "medicaid"),
    (re.compile(r"marketplace plan|health insurance marketplace|\bqhp\b|affordable care act plan"), "marketplace"),
    (
        re.compile(r"\bcommercial (?:plan|ppo|hmo|member|line)|employer[\s\-]sponsored|group health plan|\berisa\b"),
        "commercial",
    ),
)
_CREDENTIAL = (
    r"(?:M\.?D\.?|D\.?O\.?|Pharm\.?\s?D\.?|R\.?Ph\.?|R\.?N\.?|N\.?P\.?|PA-C|P\.?A\.?|D\.?C\.?|DPT|Ph\.?D\.?|DDS|DMD"
    r"|MBBS)"
)
_NAME = rf"(?:Dr\.? |DR\.? )?(?P<name>[A-Z][\w'’\-]*\.?(?: (?!{_CREDENTIAL}(?!\w))[A-Z][\w'’\-]*\.?){{1,3}})"
_HONOURS = r"(?:,? (?:FACS|FACP|FACC|FAAP|FACEP|MPH|MBA|MHA|BCBA-D|CPC|CCM)\b)*"
_SPECIALTY = (
    r"(?P<specialty>(?i:(?:a |an )?(?:licensed |practicing )*(?:board[- ]certified (?:in )?)?)"
    r"[A-Za-z][A-Za-z &/\-]{3,40})"
)
_SIGNED = re.compile(
    rf"(?i:(?:reviewed|decided|determined|denied|made|signed|conducted|rendered|issued|read|carried out|completed"
    rf"|performed) by(?: our| the"
    rf"| a)?(?: physician| medical director| clinical)?(?: reviewer)?"
    rf"|(?:md |physician |clinical |peer )?reviewer(?: name)?|physician advisor|(?:associate |chief )?medical director"
    rf"|reviewing (?:physician|clinician|pharmacist))[ \t]*[:,]?[ \t]*"
    rf"{_NAME}(?:,? +(?P<credential>{_CREDENTIAL})(?![\w]){_HONOURS})?(?:,[ ]*{_SPECIALTY}"
    rf"|[ ]*\({_SPECIALTY.replace('specialty', 'within')}\))?"
)
# "Lyle Crane, MD, child psychiatry, made the decision"
_ACTING = re.compile(
    rf"(?m)(?:^|(?<=[.] )){_NAME},? +(?P<credential>{_CREDENTIAL})(?!\w){_HONOURS}(?:, {_SPECIALTY})?,? (?:made"
    rf"|reviewed|decided|conducted|performed|upheld)\b"
)
_OF_FIELD = re.compile(
    r"(?im)^[ \t]*(?:\d\.[ \t]*)?(?:professional )?specialty of (?:the |our )?(?:physician )?reviewer[ \t]*(?::"
    r"|\n)[ \t]*(?P<specialty>[a-z][a-z &/\-]{3,40})"
)
_BLOCK = re.compile(
    rf"(?m)^[ \t]*{_NAME},? +(?P<credential>{_CREDENTIAL})[ \t]*(?:,[ \t]*"
    rf"(?P<specialty>[A-Za-z][A-Za-z &/\-]{{3,40}}))?\n"
    r"[ \t]*(?i:[a-z ,]{0,40}\b(?:medical director|physician reviewer|clinical reviewer|pharmacist reviewer"
    r"|reviewer)\b)"
)
_UNNAMED = re.compile(
    r"(?i:reviewed by|decision was made by|determination was made by|denied by) (?:a|an"
    r"|our) (?P<specialty>(?i:(?:licensed |board[- ]certified |practicing )*)"
    r"(?P<field>[a-z][a-z &/\-]{3,50}?))(?=[.,;\n]| who\b| with\b| and\b| on\b| using\b| in\b)"
)


def day_of(text: str, passages: tuple[Passage, ...]) -> Found[date] | None:
    """Return the day that the letter names as its own: labelled so, or alone on a line of its head."""
    for each in passages:
        if each.role is Role.HEAD and _DAY_LABEL.match(each.label) and not _NOT_THE_LETTERS.search(each.label):
            line = text[each.start : each.end].partition("\n")[0]
            if (found := first_day_in(line)) is not None:
                return quoted(text, each.start + found[1], each.start + found[2], found[0])
    place = 0
    for line in text[:_HEAD].splitlines(keepends=True):
        found = first_day_in(line) if _ALONE.match(_WEEKDAY.sub("", fold_text(line)).rstrip("\r\n")) else None
        if found is not None and found[2] - found[1] >= len(_WEEKDAY.sub("", fold_text(line)).strip()) - 1:
            return quoted(text, place + found[1], place + found[2], found[0])
        place += len(line)
    return _day_beside(text[:_HEAD])


def _day_beside(head: str) -> Found[date] | None:
    """Return the day that stands behind "date" or "sent" on a line with other things, or ends a heading."""
    place = 0
    for line in head.splitlines(keepends=True):
        folded = fold_text(line)
        found = first_day_in(line)
        if found is not None:
            before = folded[: found[1]]
            label = _BESIDE.search(before)
            apart = before.endswith("   ") or "\t" in before[-3:]
            ends = (
                (apart or before.rstrip().endswith(("-", "|", "day,")))
                and not folded[found[2] :].strip()
                and len(line) < 80
            )
            if (label and not _NOT_THE_LETTERS.search(label["what"] or "")) or (
                ends and not _NOT_THE_LETTERS.search(before)
            ):
                return quoted(head, place + found[1], place + found[2], found[0])
        place += len(line)
    return None


def payer_of(text: str) -> Found[str] | None:
    """Return who the letter says it is from; an organisation's name at its very top is only derived."""
    for found in _LABELLED.finditer(text[:_HEAD]):
        if found["label"].lower() not in ("from", "plan") or _ORGANISATION.search(fold_text(found["name"])):
            return quoted(text, found.start("name"), found.end("name"), found["name"])
    place = 0
    for line in text[:400].splitlines(keepends=True)[:4]:
        name, folded = line.strip(), fold_text(line).strip()
        if 3 < len(name) <= 60 and ":" not in name and not _TITLE.search(folded) and not name.endswith((".", ",")):
            if _ORGANISATION.search(folded) and len(name.split()) <= 8 and not _PROGRAMME.fullmatch(folded):
                start = place + line.index(name)
                return quoted(text, start, start + len(name), name, how="derived")
        place += len(line)
    if (found := _signed_for(text)) is not None:
        return found
    if found := _SAYS.search(text[: 2 * _HEAD]):
        return quoted(text, found.start("name"), found.end("name"), found["name"], how="derived")
    return None


def _signed_for(text: str) -> Found[str] | None:
    """Return the organisation in whose name a letter is signed, None where nobody signs or a person only."""
    closing = _CLOSING.search(text)
    place = closing.end() if closing else len(text)
    for line in text[place:].splitlines(keepends=True)[:8]:
        name, folded = line.strip(), fold_text(line).strip()
        if (
            3 < len(name) <= 60
            and _ORGANISATION.search(folded)
            and not _TITLE.search(folded)
            and len(name.split()) <= 6
        ):
            start = place + line.index(name)
            return quoted(text, start, start + len(name), name, how="derived")
        place += len(line)
    return None


def line_of_business_of(text: str) -> Found[str] | None:
    """Return the line of business that the letter's own words give away, None when none or two do."""
    folded = fold_text(text[: 4 * _HEAD])
    found = [(name, hit) for pattern, name in _LINES if (hit := pattern.search(folded))]
    if len(found) != 1:
        return None
    name, hit = found[0]
    return quoted(text, hit.start(), hit.end(), name, how="derived")


def reviewer_of(text: str) -> Found[Reviewer] | None:
    """Return the payer's clinician as the letter names or describes them; the reader's own doctor is never taken."""
    for pattern in (_SIGNED, _BLOCK, _ACTING):
        for found in pattern.finditer(text):
            told = found.groupdict()
            if told["credential"] or found[0].rstrip().endswith(told["name"]) or told["specialty"]:
                reviewer = Reviewer(told["name"], told["credential"], _field(told["specialty"] or told.get("within")))
                return quoted(text, found.start(), found.end(), reviewer)
    if found := _OF_FIELD.search(text) or _UNNAMED.search(text):
        reviewer = Reviewer(specialty=_plain(found["specialty"]))
        return quoted(text, found.start(), found.end(), reviewer)
    return None


def _field(words: str | None) -> str | None:
    """Return a specialty without its article; None where the words go on about something else."""
    plain = _plain(words)
    plain = re.sub(r"(?i)^an? ", "", plain) if plain else None
    return None if plain and re.match(r"(?i)(?:who|which|on|at|and|of|the|made|for|in)\b", plain) else plain


def _plain(words: str | None) -> str | None:
    return " ".join(words.split()) or None if words else None
