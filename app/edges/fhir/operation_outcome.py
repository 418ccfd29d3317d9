"""
OperationOutcome: why a server refused, in words that are safe to show.

A server's diagnostics may quote the patient; only element paths and vendors' numbers are taken over, and issue codes in
our words.
source: https://hl7.org/fhir/R4/operationoutcome.html; Epic's numbers as published for its public sandbox
"""

import re
from typing import Any

from app.edges.fhir.datatypes import as_dict, as_list, codings_of, dicts_of, string_of

# Break-the-glass (4130, 4131, 4134) is a policy: never retried, never gone around. 4135: the day's quota is used up.
_NUMBERS = {"4130": "denied", "4131": "denied", "4134": "denied", "4135": "tomorrow", "59141": "duplicate"}
# What an issue's code says, for people.
_WORDS = {
    "invalid": "it is not as it should be",
    "structure": "its form is not as it should be",
    "required": "something that is needed is missing",
    "value": "a value is not accepted there",
    "invariant": "two parts of it do not go together",
    "security": "access is not given",
    "login": "nobody is signed in there",
    "unknown": "it is not known who asks",
    "expired": "the session there has ended",
    "forbidden": "this user or program may not do it",
    "suppressed": "a part is withheld",
    "processing": "it could not be processed there",
    "not-supported": "this is not done there",
    "duplicate": "it stands there already",
    "multiple-matches": "it stands there several times",
    "not-found": "something that it names is not there",
    "deleted": "something that it names was removed",
    "too-long": "it is too long",
    "code-invalid": "a code in it is not known there",
    "extension": "an addition in it is not known there",
    "too-costly": "it is too much at once",
    "business-rule": "a rule of theirs stands against it",
    "conflict": "it conflicts with what stands there",
    "transient": "a passing problem",
    "lock-error": "somebody there has it open",
    "no-store": "it could not be kept there",
    "exception": "a fault of theirs",
    "timeout": "it took too long there",
    "incomplete": "not all of it could be read there",
    "throttled": "they are asked too often",
    "informational": "a remark without a reason",
}
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9.\[\]]{0,80}")
_SHOWN = 3


def explain_outcome(resource: dict[str, Any]) -> tuple[str, str | None]:
    """
    Return (words, meaning): words such as "something that is needed is missing: Appointment.participant", or "".

    meaning: "denied", "tomorrow", "duplicate"; "unsupported" where all that is wrong is that it is not supported;
    "visit" where it speaks of the encounter; "too_many" where a search found more than is given; None where nothing
    tells more than the HTTP status
    """
    if resource.get("resourceType") != "OperationOutcome":
        return "", None
    words: list[str] = []
    meaning = None
    for issue in dicts_of(resource.get("issue")):
        numbers = [code.code for code in codings_of(issue.get("details")) if code.code and code.code.isdecimal()]
        meaning = meaning or next((_NUMBERS[each] for each in numbers if each in _NUMBERS), None)
        words.append(_issue_words(issue, numbers))
    if meaning is None and _is_unsupported(resource):
        meaning = "unsupported"
    if meaning is None and any(string_of(each.get("code")) == "too-costly" for each in dicts_of(resource.get("issue"))):
        meaning = "too_many"
    if meaning is None and _is_of_visit(resource):
        meaning = "visit"
    shown = [each for each in dict.fromkeys(words) if each][:_SHOWN]
    return "; ".join(shown), meaning


def _is_unsupported(resource: dict[str, Any]) -> bool:
    """Whether every error in it is that something is not supported,."""
    errors = [each for each in dicts_of(resource.get("issue")) if string_of(each.get("severity")) in ("error", "fatal")]
    return bool(errors) and all(string_of(each.get("code")) == "not-supported" for each in errors)


def _is_of_visit(resource: dict[str, Any]) -> bool:
    """Whether an error in it speaks of the encounter; its words are read for that one word, and not kept."""
    for issue in dicts_of(resource.get("issue")):
        details = as_dict(issue.get("details"))
        told = [issue.get("diagnostics"), details.get("text"), *as_list(issue.get("expression"))]
        told += [*as_list(issue.get("location")), *(each.get("display") for each in dicts_of(details.get("coding")))]
        words = " ".join(each for each in told if isinstance(each, str))
        if string_of(issue.get("severity")) in ("error", "fatal") and "encounter" in words.lower():
            return True
    return False


def _issue_words(issue: dict[str, Any], numbers: list[str]) -> str:
    code = string_of(issue.get("code"))
    parts = [_WORDS[code]] if code in _WORDS else []
    parts += [f"no. {each}" for each in numbers if len(each) <= 8]
    where = [string_of(each) for each in (*as_list(issue.get("expression")), *as_list(issue.get("location")))]
    paths = [each for each in where if each and _PATH.fullmatch(each)]
    return ", ".join(parts) + (f": {paths[0]}" if paths and parts else "")


def warns_of_more(resource: dict[str, Any]) -> bool:
    """Whether an outcome inside a searchset says that what came is not all (warning or error, hidden, masked)."""
    return any(
        string_of(issue.get("severity")) in ("warning", "error", "fatal")
        and string_of(issue.get("code")) != "not-supported"  # a parameter that is ignored takes nothing away
        and "4101" not in {code.code for code in codings_of(issue.get("details"))}  # Epic's "nothing found" is no loss
        for issue in dicts_of(resource.get("issue"))
    )
