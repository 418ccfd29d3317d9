"""Who asked for the service, as a letter names them: a suggestion for the person who chooses the clinician."""

import re

from app.core.detect.cited import Found, quoted

_HEAD = 3_000  # characters in which a letter says about whom and for whom it is written
# The one who orders knows the patient; a servicing or rendering provider may be a hospital.
_LABELS = (
    r"ordering (?:provider|physician|clinician|practitioner)",
    r"(?:requesting|requested by|requestor|referring|referred by|prescribing|prescriber|treating|attending)"
    r"(?: (?:provider|physician|clinician|practitioner|prescriber|doctor))?",
    r"(?:your )?(?:provider|physician|doctor|practitioner)(?: name|'s name)?",
)
_NAME = r"(?:Dr\.?|Doctor)?[ \t]*(?P<name>[A-Z][\w'’\-]+\.?(?:,? [A-Z][\w'’\-]*\.?){1,5}?)"
_DEGREE = r"M\.?D|D\.?O|N\.?P|P\.?A(?:-C)?|D\.?P\.?M|D\.?D\.?S|D\.?M\.?D|F\.?A\.?C\.?[A-Z]|R\.?N|DPT|PharmD"
_DEGREES = rf"(?:,?[ \t]+(?:{_DEGREE})\.?){{0,3}}"
_ORGANISATION = re.compile(
    r"(?i)\b(?:clinic|hospital|health|medical|center|centre|group|associates|care|services?|institute|university"
    r"|surgery|imaging|orthopa?edics?|physicians|partners|llc|inc|pllc|p\.c\.)\b"
)


def provider_of(text: str) -> Found[str] | None:
    """Return the person whom the letter labels as the one who asked; None for an organisation, or nobody."""
    for label in _LABELS:
        pattern = re.compile(rf"(?im)^[ \t]*(?:{label})[ \t]*:[ \t]*(?-i:{_NAME}{_DEGREES})[ \t]*$")
        for found in pattern.finditer(text[:_HEAD]):
            name = " ".join(found["name"].split()).rstrip(",.")
            if not _ORGANISATION.search(name):
                return quoted(text, found.start("name"), found.end("name"), name)
    return None
