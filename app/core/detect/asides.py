"""
Which words of a text speak of something else than this answer: what is conceded, disclaimed, feared or long past.

"Although your doctor finds it medically necessary, your plan excludes it" gives one reason, not two; "we did not look
at medical necessity, since it is excluded" too; "if a request is denied you may appeal" decides nothing.
"""

import re
from collections.abc import Collection, Iterable

from app.core.rulebook.index import Index, found_in
from app.core.rulebook.needs import Expression, words_of

_BLANK = "\x00"  # no letter, no blank and no stop: nothing is read across it
_END = r"[^,;:.!?\n]{0,160}"  # a clause, at most
_GRAMMAR = tuple(
    Expression(each)
    for each in (
        # conceded
        r"\b(?:al)?though\b" + _END,
        r"\beven (?:if|when|though|where)\b" + _END,
        r"\b(?:regardless|irrespective) of\b" + _END,
        r"\b(?:despite|in spite of|notwithstanding|no matter|whether or not)\b" + _END,
        r"(?:^|(?<=[.!?\n] ))while\b" + _END,
        # disclaimed: what the decision is not about, up to the reason that it is about
        r"\b(?:is|was|are|were) not (?:\w+ly |only |made |denied |decided |issued )?(?:based (?:up)?on|about"
        r"|because of|due to|related to|a (?:matter|question"
        r"|judge?ment|decision|finding|determination|statement|reflection) (?:on|of|about|as to|that))\b"
        r"(?:(?!\b(?:because|since|but)\b)[^,;:.!?\n]){0,160}",
        r"\b(?:medical necessity|clinical \w+|medical need)(?: \w+){0,3} (?:was|were|has|have"
        r"|is) not (?:been )?(?:\w+ )?"
        r"(?:consider|review|evaluat|assess|address|reach|decid|judg|examin|look|question|disput|in dispute)\w*",
        r"\b(?:no|without) (?:\w+ ){0,2}?(?:determination|decision|opinion|judge?ment|review|finding)s? (?:of|on"
        r"|about|as to)\b"
        r"(?:(?!\b(?:because|since|as|but)\b)[^,;:.!?\n]){0,100}",
        r"\b(?:do|did|have|has|had|was|were) not (?:\w+ ){0,2}?(?:look|consider|review|evaluat|assess|examin"
        r"|address)(?:e?d|e)? (?:at|whether|if"
        r"|(?:the )?(?:medical|clinical))\b(?:(?!\b(?:because|since|as|but)\b)[^,;:.!?\n]){0,100}",
        r"\bnot (?:\w+ ){0,2}?(?:look|consider|review|evaluat|assess|examin"
        r"|address)\w*[^,;:.!?\n]{0,60}?\b(?:medical(?:ly)? necess\w+|clinical\w*)",
        r"\bno clinical (?:review|decision|determination|judge?ment)(?: \w+){0,4}",
        r"\bnot (?:say(?! yes| why)|claim|suggest|imply|mean|disput|question|deny|doubt|argu)(?:s|e|es|ed|ing|ying)?\b"
        + _END,
        r"\bnothing to do with\b" + _END,
        r"\bnot (?:being )?denied (?:for|because|due|as|on)\b" + _END,
        # named only to say which denial it is none of
        r"\bnot an? (?:\w+ ){1,4}?(?:denial|exclusion|decision|issue|matter|question)\b",
        # said of every approval and every plan
        r"\b(?:about|regarding|concerning|against|re) (?:the|our|your|this|a|any) (?:\w+ )?(?:denial"
        r"|adverse \w+)\b[^.;!?\n]{0,120}",
        r"\bsubject to\b[^.;!?\n]{0,200}",
        r"\b(?:half|most|many|some|all|percent) of (?:our|the|all|your) denials\b[^.;!?\n]{0,160}",
        # said of all services, not of this one
        r"\b(?:(?:do|does|will|can)(?: not|not) (?:\w+ )?(?:cover|pay(?: for)?)|excludes?|not (?:for"
        r"|covered are)) (?:any )?(?:services?|items"
        r"|care|treatments?|procedures|drugs|supplies|charges)(?:(?: or| and|,) \w+){0,2} (?:that"
        r"|which)\b[^.;:!?\n]{0,200}",
        r"\b(?:paid|rewarded|incentives?|compensated|bonus)(?: \w+){0,4} (?:deny|denial|denying)\w*",
        r"\b(?:days|hours|weeks|months)\)? (?:of|from|after|following) (?:\w+ ){0,4}?(?:denial|adverse"
        r"|determination|decision)\b",
        # feared or foreseen: of no request in particular
        r"(?:^|(?<=[.!?\n] )|(?<=\n))(?:if|should (?:you|we|the)|in the event|in case) (?!you had"
        r"|we had)[^.!?\n]{0,240}",
        r"\b(?:if|unless|whenever|in case|in the event|should (?:you|we|the|your|it"
        r"|this))\b[^,;:.!?\n]{0,80}?\b(?:den(?:y|ied|ies|ial)|reject\w*"
        r"|refus\w+|declin\w+|not (?:\w+ )?(?:approv|certif|authori[sz])\w*)",
        r"\b(?:after|following|for|against|about|of|avoid|prevent|with|any|each|every|future|causes of) (?:a |an "
        r"|any |each |every )?"
        r"(?:\w+ )?(?<!the )(?<!this )(?<!your )(?<!our )(?:denials|(?<=\ba )denial|(?<=\ban )adverse \w+"
        r"|(?<=\bany )denial)\b",
        r"\b(?:common|usual|frequent|typical|top|main) (?:causes?|reasons?) (?:of|for) \w+",
        r"\b(?:will|would|may|might|could|can|shall) (?:\w+ )?be (?:\w+ )?(?:denied|rejected|refused"
        r"|declined)\b(?! (?:if|unless|when))",
    )
)
# long past: what was first denied is approved now
_BEFORE = re.compile(
    r"\b(?:previously|may have (?:been )?(?:told|heard)|initially|originally|formerly|(?:at|was|were) first"
    r"|first (?:denied|decision|request)"
    r"|earlier)\b[^.;!?\n]{0,160}"
)
_NOW = re.compile(
    r"\bnow\b|\bas of today it\b|\bthat has changed\b|\b(?:the|this) new (?:one|request)\b|\bthis time\b"
    r"|\bsince then\b|\b(?:has|have) since\b"
)
_UNDONE = re.compile(r"\boverturn|\brevers(?:ed|ing)|\bapprov(?:ed?|es|ing)\b|\bauthori[sz]ed\b|\brescind")
_STILL = re.compile(
    r"\bupheld|\buphold|\bstands\b|\bmaintain|\bagain\b|\bnot (?:\w+ )?(?:approv|authori[sz]|revers|overturn|chang)"
)


_INDEX, _PAST = Index((*_GRAMMAR, Expression(_BEFORE.pattern))), len(_GRAMMAR)


def blank_asides(folded: str, words: Collection[str] | None = None) -> str:
    """
    Return folded text with its asides blanked out, character for character, so that places stay; itself without any.

    words: words_of it, where they are known
    """
    kept, waiting = folded, _INDEX.tried(set(words_of(folded)) if words is None else words)
    if _PAST in waiting and _is_past(kept):
        kept = _blanked(kept, _BEFORE.finditer(kept))
        waiting = _INDEX.tried(set(words_of(kept)))
    while waiting and (number := next(iter(waiting))) != _PAST:
        before, kept = kept, _blanked(kept, found_in(kept, _GRAMMAR[number].regex, waiting.pop(number)))
        if kept is not before:  # half a word may be left, which is another
            waiting = {each: begins for each, begins in _INDEX.tried(set(words_of(kept))).items() if each > number}
    return kept


def _is_past(folded: str) -> bool:
    """Whether what a text tells of earlier is over: undone since, or answered anew."""
    today = _BEFORE.sub("", folded)
    return (_UNDONE.search(today) is not None and not _STILL.search(folded)) or _NOW.search(today) is not None


def _blanked(text: str, spans: Iterable[re.Match[str]]) -> str:
    for found in spans:
        text = text[: found.start()] + _BLANK * (found.end() - found.start()) + text[found.end() :]
    return text
