"""When something was, and what it is called: the two things every chart resource tells in its own elements."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from app.core.brief.facts import Evidence
from app.edges.fhir.datatypes import as_dict, as_list, codings_of, instant_of, string_of

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?$")
_NONE = re.compile(
    r"\W*(?:(?:no|none|nil|not|nka|nkda|nkfa|denie[sd]|without|never|declined|refused|deferred|cancell?ed)\b|"
    r"negative\b(?! pressure))",
    re.IGNORECASE,
)
_FAMILY = re.compile(
    r"\bfamily\b.{0,20}\b(?:history|hx|member)|\bfhx?\b|\b(?:maternal|paternal) (?:history|grand|aunt|uncle|cousin)|"
    r"\b(?:mother|father|sibling|brother|sister|parent)s?(?:'s?)? ?(?:with|has|had|history|:)|"
    r"\bin (?:the |a |an )?(?:family|mother|father|sibling|brother|sister|parent|relative)s?\b",
    re.IGNORECASE,
)
_LONGEST_LABEL = 300  # characters; what is longer is no name, and would stand on the page whole


def moment_of(value: object) -> tuple[datetime, str] | None:
    """Return (instant, day as written) of a dateTime; a year or month alone is its first moment. None: unreadable."""
    text = string_of(value)
    if text is None:
        return None
    if partial := _PARTIAL.match(text):
        try:
            return datetime(int(partial[1]), int(partial[2] or 1), 1, tzinfo=UTC), text
        except ValueError:
            return None
    instant = instant_of(text)
    return (instant, text[:10]) if instant else None


def first_moment(resource: Mapping, *paths: str) -> tuple[datetime | None, str | None, str | None]:
    """Return (instant, day, path) of the first of these elements that tells one; "period.start" goes one level down."""
    for path in paths:
        value: object = resource
        for step in path.split("."):
            value = as_dict(value).get(step)
        if found := moment_of(value):
            return (*found, path)
    return None, None, None


def quote(reference: str, path: str, day: str | None, words: object) -> Evidence:
    """Return evidence that quotes a value as it stands."""
    return Evidence(reference, path, day, str(words))


def label_of(concept: object, path: str) -> tuple[str, str] | None:
    """Return (words, path) of what a CodeableConcept is called: text, a coding's display, or bare code; cut if long."""
    concept = as_dict(concept)
    if isinstance(concept.get("text"), str) and concept["text"].strip():
        return concept["text"][:_LONGEST_LABEL], f"{path}.text"
    for key in ("display", "code"):
        for index, coding in enumerate(as_list(concept.get("coding"))):
            words = as_dict(coding).get(key)
            if isinstance(words, str) and words.strip():
                return words[:_LONGEST_LABEL], f"{path}.coding[{index}].{key}"
    return None


def statuses_of(concept: object) -> frozenset[str]:
    """Return what a status says: codes, or the words where it has none, as loose servers do; "entered-in-error"."""
    told = [each.code for each in codings_of(concept)] or [string_of(as_dict(concept).get("text"))]
    return frozenset("-".join(each.casefold().split()) for each in told if each)


def is_denied(label: str) -> bool:
    """Whether a name says that there is none of it: "No known allergies", "Not performed", "Denies"."""
    return _NONE.match(label) is not None


def is_of_family(label: str) -> bool:
    """Whether a name says that it is of the patient's family."""
    return _FAMILY.search(label) is not None
