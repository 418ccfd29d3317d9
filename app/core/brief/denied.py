"""
What of a sentence speaks of a thing without saying that it is so: lists of denials, answers, doubts, others' illnesses.

Beside the signs of words.py: how charts write "no" (Fever: no; (-) fever; fever denied; yet to begin), how they leave
something open (possible, at risk of, monitor for, cannot be ruled out, ordered), and of whom else they speak. Each
looks at the words right before and right after the thing meant, in one clause, folded to lower case.
errs: towards "not said": what is only possible never becomes a fact, and a denial never an affirmation
"""

import re

# Words are possessive: no text is tried in more than one way.
_WORDS = r"(?:[\w/'-]++ ?){1,4}"
_VERB = r"(?:is|are|was|were|has|had|have|with|reports?|endorses|shows?|admits|states|complains|but|however)"
_HAD = (
    r"(?:started|begun|done|reported|noted|endorsed|attended|tried|taken|given|initiated|had|received|obtained|"
    r"performed|undertaken)"
)
_NO_BEFORE = re.compile(
    # "denies chills, night sweats, weight loss and fever", however long, with no verb between
    rf"\b(?:denie[sd]|neg(?:ative)? for|no (?:evidence|signs?|history|complaints?) of)\b(?:(?!\b{_VERB}\b)[^.;:])*"
    r"(?:,|/|\band\b|\bor\b) ?(?:any |new |recent )?$|"
    # "no cough, rash and fever"; "no weight loss, fever or chills", where weight loss is a sign and no effect
    rf"\b(?:no|without) {_WORDS}(?:, {_WORDS})+,? ?(?:and|or) $|"
    rf"\bno weight loss(?:, {_WORDS})*(?:, ?(?:or |and )?| or )$|"
    r"\(-\) ?$|"
    r"\b(?:yet to|unable to|has not|have not|did not|never) (?:begin|begun|start|started|try|tried|attend|attended|do|"
    r"done|perform|afford|access|obtain|get|participate in|go to) (?:\S+ ){0,3}$|"
    r"\b(?:not a candidate|ineligible|no access|never went) (?:for|to) (?:\S+ ){0,2}$"
)
_NO_AFTER = re.compile(
    rf"^(?:(?:,|/| and| or) ?{_WORDS}){{0,4}} ?(?:[:=]|- |– )\s*(?:no?|none|denie[sd]|neg(?:ative)?|absent)\s*"
    r"(?=$|[,.;)/]|\(?-)|"
    r"^ (?:no|none)\s*(?=$|[,.;)])|"
    r"^ (?:(?:is|are|was|were|has been|have been) )?(?:denied\b|declined\b|refused\b|cancel\w+|withheld\b|deferred\b|"
    rf"(?:never|not(?: yet| been)*) {_HAD}\b|no longer (?:present|reported|noted|an? (?:issue|problem|concern))\b)|"
    r"^ (?:did|has|have) not (?:start|started|begin|begun|attend|attended|happen|happened|occur|occurred|take place)\b|"
    r"^ ?\(-\)|"
    # "snoring, gasping and choking were all negative"; each character is looked at once
    r"^(?=,|/| and | or )(?:(?!\b(?:is|was|has|had|have|with|positive|but)\b)[^.;:]){0,120}?"
    r"\b(?:were|are) (?:all |both )?(?:negative|denied)\b"
)
_OPEN_BEFORE = re.compile(
    r"(?:\b(?:possibl[ey]|suspect(?:ed|s)?|suspicion (?:of|for)|question of|questionable|"
    r"concern(?:s|ing|ed)? (?:for|about)|(?:cannot|can't|could not|couldn't|to|please|unable to) (?:rule out|exclude)|"
    r"r/o|(?:at )?risk (?:of|for|factors? for)|"
    r"(?:monitor\w*|watch\w*|screen\w*|evaluat\w+|assess\w*|check\w*|look\w*|work-?up|surveillance|test\w*) for|"
    r"(?:call|return|come back|seek care|notify us|report)\b[^.;]*\b(?:if|for|with)|in case of|unless|whether|"
    r"educat\w+ (?:on|about)|counsel\w+ (?:on|about|regarding)|signs and symptoms of|precautions for|"
    r"defer(?:red|ring)?|needs|advised?|encouraged?|recommends?|referral (?:placed |made |sent |given )?(?:to|for)|"
    r"trial of|candidate for|prevent(?:ion of|ing|s)?|prophylaxis (?:for|against)|resolved)\b(?: [\w/'-]++){0,3}|"
    r"\?|\bnon-?) ?$"
)
_OPEN_AFTER = re.compile(
    r"^ ?\?|^ (?:(?:is|are|was|were|has been|have been|may be|being|remains) )?(?:possible|suspected|"
    r"questionable|precautions?|cannot be|can't be|could not be|not (?:been )?(?:excluded|ruled out)|"
    r"prevention|prophylaxis|risk\b|(?:fully |completely |since |now )*(?:resolved|subsided|abated)|"
    r"(?:recommended|advised|ordered|planned|requested|pending|scheduled|discussed|encouraged|offered|suggested|"
    r"indicated|considered)\b)|"
    r"^ (?:has|have) (?:fully |completely |since |now )*(?:resolved|subsided|abated)\b|"
    r"^ (?:referral|order|script) (?:placed|sent|made|given)"
)
_WELL_DONE = re.compile(
    r"\b(?:completed|attended|finished|underwent|received|failed|helped|tried|stopped|sessions|visits)\b"
)
_OTHERS = (
    r"(?:wife|husband|spouse|partner|son|daughter|child|children|baby|cousin|niece|nephew|roommate|coworker|neighbou?r)"
)
_OF_OTHERS = re.compile(
    rf"\b{_OTHERS}s? (?:(?:has|had|have) (?!\w+(?:ed|en|ld|rd|id)\b|been\b|to\b)|with\b|is having\b|was diagnosed\b|"
    r"diagnosed\b|tested\b|(?:is|was) (?:sick|ill)\b|recently had\b)|"
    rf"\b(?:in|of|by|to) (?:her|his|their|the|a) {_OTHERS}\b"
)


_ADVICE = re.compile(
    r"\W*(?:please |pt to |patient to |to )?(?:return|go|come back|call|seek|report)\b[^.;]*"
    r"\b(?:to (?:the )?(?:ed|er|emergency\w*|hospital)|if|should|immediately|911)\b"
)


def says_no(before: str, after: str) -> bool:
    """Whether the words around a thing deny it; before, after: of its clause."""
    return bool(_NO_BEFORE.search(before) or _NO_AFTER.match(after))


def leaves_open(before: str, after: str) -> bool:
    """Whether they speak of it as possible, feared, sought, advised or past; what is then told as done is not open."""
    if _WELL_DONE.search(after):
        return False
    return bool(_OPEN_BEFORE.search(before) or _OPEN_AFTER.match(after))


def is_advice(sentence: str) -> bool:
    """Whether it tells for what to come back or to call: signs that are feared, and not there."""
    return _ADVICE.match(sentence) is not None


def is_of_others(sentence: str) -> bool:
    """Whether it tells of somebody around the patient."""
    return _OF_OTHERS.search(sentence) is not None
