"""
What a letter cites: reason codes, services, diagnoses, policies, numbers; each verbatim, with where it stands.

A number is read only beside the word that says what it is: five digits are a procedure or a postal code. The member's
own numbers are never read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.core.denial import Code
from app.core.rulebook.denials import DenialRules

T = TypeVar("T")

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
_MOST = 40  # of one kind, in one letter

_CARC = re.compile(
    r"\b(?:CO|PR|OA|PI|CR)[ \-]?(?P<group>[1-9]\d{0,2}|[AB]\d{1,2})\b(?![.\d]|-\d)"
    r"|\bCARC\b[ :#\-]*(?:code[ :#]*)?(?P<named>[1-9]\d{0,2}|[ABP]\d{1,2})\b"
    r"|\b(?i:claim adjustment reason codes?|adjustment reason codes?)[ :#\-]*(?P<long>[1-9]\d{0,2}|[ABP]\d{1,2})\b"
)
_RARC = re.compile(
    r"\b(?:RARC|(?i:remark codes?|remittance advice remark codes?))[ :#\-]*(?P<code>(?:MA|M|N)\d{1,3})\b"
)
_X12 = re.compile(r"\b(?i:X12|HCR0?3|886)(?: 886)? ?(?i:reason|decision)?(?i: code)?[ :#]*(?P<code>[0O][A-Z0-9])\b")
_PROCEDURE = r"(?:\d{4}[0-9FTU]|[A-EGHJ-MP-V]\d{4})"
_SERVICE = re.compile(
    rf"\b(?i:CPT|HCPCS|procedures?|services?|service codes?|billing)(?:®)?(?i:[ /]+(?:HCPCS|CPT))?"
    rf"(?i: codes?)?(?: ?\(s\))?[ :#\-\t]*\n?[ \t]*\(?(?P<list>{_PROCEDURE}\b(?:(?:,? (?i:and|&|or) "
    rf"|[,;/] ?){_PROCEDURE}\b){{0,20}})"
)
# "Service: lumbar MRI, 72148": five digits on a line that names a service, or in brackets behind one
_ON_LINE = re.compile(
    rf"(?im)^[ \t]*(?:\w+ )?(?:services?|svcs?|procedures?|requests?|requested|request for|items?|tests?"
    rf"|exams?|stud(?:y|ies)"
    rf"|treatments?|codes?|level requested"
    rf"|cpt|what was asked for)(?: (?:requested|codes?|denied|\(s\)))*[ \t]*(?::|\.{{2,}}|-"
    rf"|[ \t]{{2,}})[^\n]{{0,90}}?(?<![\w.\-/])"
    rf"(?P<list>{_PROCEDURE}\b(?:(?:,? (?i:and|&|or) |[,;/] ?){_PROCEDURE}\b){{0,20}})(?!-?\d)"
)
_BRACKETED = re.compile(rf"(?<![A-Z]{{2}} )[\[(](?P<list>{_PROCEDURE}(?:, ?{_PROCEDURE}){{0,8}})[\])]")
_BILLED = re.compile(
    rf"(?m)^[ \t]*\d{{1,2}}/\d{{1,2}}/\d{{2,4}}[ \t]+(?P<list>{_PROCEDURE})[ \t]+(?:\w{{2}}[ \t]+)?[\d,]+\.\d\d"
)
# a line that begins with a code, in the part that says what was asked for
_LISTED = re.compile(
    rf"(?is)\b(?:request(?:ed)?|following|services?|procedures?)\b[^.]{{0,120}}?:\s*\n[ \t]*"
    rf"(?P<list>(?-i:{_PROCEDURE}))[ \t]{{2,}}(?=[a-z])"
)
_HCPCS = re.compile(r"(?<![\w.\-])(?P<list>[A-CEGHJ-MP-V]\d{4})(?![\w.\-]*\d)")
_CODE = re.compile(_PROCEDURE)
_ICD = r"[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?"
_DIAGNOSIS = re.compile(
    rf"(?<![\w.\-/])[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{{1,4}}(?![\w\-])"
    rf"|(?i:\bICD-?10(?:-CM)?|\bdiagnos[ie]s(?: codes?)?(?: of)?|\bdx)(?: ?\(s\))?[ :#]*(?P<code>{_ICD})(?![\w\-])"
    rf"|(?<=and )(?P<next>[A-TV-Z]\d[0-9A-Z])(?= \()"
    rf"|^[ \t]*(?i:codes?)[ \t]*:[^\n]{{0,60}}?[;,] ?(?P<listed>{_ICD})[ \t]*$",
    re.MULTILINE,
)
_POLICY = re.compile(
    r"\b(?P<kind>(?i:(?:(?:medical|clinical|coverage|corporate|payment|reimbursement|drug|pharmacy"
    r"|utilization management"
    r"|step therapy|local|national|site of (?:care|service)) ){0,3}"
    r"(?:policy|policies|guidelines?|bulletin|coverage determination|criteria|protocol)(?: bulletin| guidelines?)?)"
    r"|LCD|NCD|LCA)[ ]*(?:\((?:LCD|NCD|CPB)\)[ ]*)?(?P<mark>(?i:number|no\.?|nr\.?|id)?[ ]*[:#]?)[ ]*"
    r"(?P<number>(?=[A-Z0-9.\-_/]{0,24}\d)[A-Z0-9][A-Z0-9.\-_/]{1,24}[A-Z0-9]|L\d{5}|\d{3,4})"
    r"(?P<section>[ ,(]*(?i:section|sec\.|§)[ ]*[0-9A-Za-z.()\-]{1,12})?"
)
# "Guideline applied: Spine Imaging SI-2", or on the line below
_NAMED_POLICY = re.compile(
    r"(?im)^[ \t]*(?:\d\.[ \t]*)?(?:(?:source of (?:the )?)?(?:screening |review |clinical )?criteri(?:a|on)"
    r"|guidelines?|(?:medical|clinical|coverage) polic(?:y|ies)"
    r"|polic(?:y|ies) (?=applied|used|consulted|cited)|plan provision|the rule that we used"
    r"|what we looked at)(?:[ ]?(?:applied|used|consulted|cited|in use))?"
    r"[ \t]*(?::|\.{2,}|[ \t]{3,}|\n\s*|[ \t]+(?=used were))[ \t]*(?P<name>(?-i:[A-Z])[^\n;]{3,80}?)(?=\.?[ \t]*$"
    r"|\.[ ]|, (?:19|20)\d\d)"
)
_A_NAME = re.compile(r"\d|^(?:[A-Z][\w\-]*,? ?(?:of |and |the )?){2,}$")
_SOURCE = re.compile(
    r"\b(?:InterQual|Milliman|MCG|NCCN|ASAM|LOCUS)\b(?:®|\(R\))?(?: [A-Z][\w®]+){0,3}(?: (?:19|20)\d\d)?"
)
_NUMBER = re.compile(
    r"\b(?P<kind>(?i:case|claim|reference|ref|tracking|authori[sz]ation|auth|pre-?cert(?:ification)?|certification"
    r"|request|service request|confirmation|determination|intake|event|inquiry|notice|review|appeal|file|control"
    r"|ura|utn|tcn))"
    r"(?:[ /]+(?i:reference|ref|request|tracking|case|control|file|id))?[ ]*\.?[ ]*(?P<mark>(?i:numbers?|no\.?|nr\.?|id"
    r"|#))?[ ]*[:#.]*[ \t]*"
    r"(?P<number>(?:[A-Z]{2,4} )?(?=[A-Z0-9\-/]{0,24}\d)[A-Z0-9][A-Z0-9\-/]{3,29}(?: \d{3,6}(?:"
    r" \d{3,6})?(?![\w/.\-]))?)(?![\w])"
)
# "our request ZX-90817", "the request (Q-77120)": a number by its own shape
_SHAPED = re.compile(
    r"\b(?P<kind>(?i:case|claim|reference|request|authori[sz]ation|file|review))[ ]+\(?"
    r"(?P<number>(?=[A-Z0-9\-]{0,24}\d)[A-Z]{1,6}-?[A-Z0-9]{0,8}-?\d[A-Z0-9\-]{2,24}|\d{4,8}-[A-Z0-9\-]{1,16})\b"
    r"|(?im:^[ \t]*re(?:garding)?:?[ ]+(?P<about>request|case|claim|reference)[ ]+(?P<digits>\d{5,14})\b)"
)
_CODE_SHAPE = re.compile(rf"{_PROCEDURE}$|{_ICD}$")
_DATE = re.compile(r"\d{1,4}[/\-]\d{1,2}[/\-]\d{1,4}$")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """
    One field of a letter: its value, how sure, and the words it rests on at [start, end) of the text.

    how: verbatim (it stands there) | derived (worked out from what stands there)
    """

    value: T
    how: str
    start: int
    end: int
    words: str


def quoted(text: str, start: int, end: int, value: T, *, how: str = "verbatim") -> Found[T]:
    """Return a field that rests on text[start:end]."""
    return Found(value, how, start, end, text[start:end])


def codes_in(text: str, rules: DenialRules) -> tuple[Found[Code], ...]:
    """Return the reason codes that the text names together with their list (CARC with its group, RARC, X12 886)."""
    return _once(_codes(text, {each.key: each.url for each in rules.lists}))


def _codes(text: str, lists: dict[str, str]) -> Iterator[Found[Code]]:
    for key, pattern in (("carc", _CARC), ("rarc", _RARC), ("x12-886", _X12)):
        for found in pattern.finditer(text) if key in lists else ():
            code = next(value for value in found.groupdict().values() if value)
            yield quoted(text, found.start(), found.end(), Code(lists[key], code))


def services_in(text: str) -> tuple[Found[Code], ...]:
    """Return the procedure codes: after the word that names them, or of a shape that nothing else has (HCPCS)."""
    return _once(_services(text))


def _services(text: str) -> Iterator[Found[Code]]:
    for pattern in (_SERVICE, _ON_LINE, _LISTED, _BRACKETED, _BILLED, _HCPCS):
        for found in pattern.finditer(text):
            for code in _CODE.finditer(found["list"]):
                start = found.start("list") + code.start()
                system = CPT if code[0][0].isdigit() else HCPCS
                yield quoted(text, start, start + len(code[0]), Code(system, code[0]))


def diagnoses_in(text: str) -> tuple[Found[Code], ...]:
    """Return the ICD-10 codes: those with a point, and those after the word that names them."""
    return _once(_diagnoses(text))


def _diagnoses(text: str) -> Iterator[Found[Code]]:
    for found in _DIAGNOSIS.finditer(text):
        group = next((name for name in ("code", "next", "listed") if found[name]), 0)
        if group == "next" and not re.search(r"(?i)diagnos|icd", text[max(0, found.start() - 200) : found.start()]):
            continue
        yield quoted(text, found.start(group), found.end(group), Code(ICD10, found[group]))


def policies_in(text: str) -> tuple[Found[str], ...]:
    """Return the policies and criteria sets that the text cites, as it cites them."""
    cited = [found for found in _POLICY.finditer(text) if not _is_members(found)]
    ends = [found.start() + len(found[0].rstrip(".,(")) for found in cited]
    spans = zip((found.start() for found in cited), ends, strict=True)
    named = [quoted(text, start, end, " ".join(text[start:end].split())) for start, end in spans]
    bought = [quoted(text, found.start(), found.end(), " ".join(found[0].split())) for found in _SOURCE.finditer(text)]
    labelled = [
        quoted(text, found.start("name"), found.end("name"), " ".join(found["name"].split()))
        for found in _NAMED_POLICY.finditer(text)
        if _A_NAME.search(found["name"])
    ]
    apart = [each for each in (*bought, *labelled) if not any(_overlap(each, other) for other in named)]
    return _once(sorted((*named, *apart), key=lambda each: each.start))


def _overlap(each: Found[str], other: Found[str]) -> bool:
    return each.start < other.end and other.start < each.end


def _is_members(found: re.Match[str]) -> bool:
    """Whether a "policy number" is the member's insurance policy rather than a clinical one."""
    return found["kind"].lower() in ("policy", "policies") and bool(found["mark"].strip())


def numbers_in(text: str) -> tuple[Found[tuple[str, str]], ...]:
    """Return the numbers to quote on the phone as (kind, number): case, claim, reference, authorization, …"""
    return _once(_numbers(text))


def _numbers(text: str) -> Iterator[Found[tuple[str, str]]]:
    for found in _NUMBER.finditer(text):
        if _DATE.match(found["number"]) or not (found["mark"] or ":" in found[0] or "#" in found[0]):
            continue
        if _CODE_SHAPE.match(found["number"]) and not found["mark"]:
            continue
        kind = found["kind"].lower()
        known = {"auth": "authorization", "authorisation": "authorization", "ref": "reference"}.get(kind, kind)
        yield quoted(text, found.start("number"), found.end("number"), (known, found["number"]))
    for found in _SHAPED.finditer(text):
        kind, name = ("kind", "number") if found["kind"] else ("about", "digits")
        if not _CODE_SHAPE.match(found[name]) and not _DATE.match(found[name]):
            yield quoted(text, found.start(name), found.end(name), (found[kind].lower(), found[name]))


def _once(found: Iterable[Found[T]]) -> tuple[Found[T], ...]:
    """Return each value once, where it stands first."""
    first: dict[T, Found[T]] = {}
    for each in found:
        first.setdefault(each.value, each)
        if len(first) == _MOST:
            break
    return tuple(first.values())
