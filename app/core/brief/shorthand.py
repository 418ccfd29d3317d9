"""The abbreviations of clinical notes, spelled out for searching; what is quoted stays as it was written."""

import re

from app.core.brief.words import fold

# What stands for one thing only, however it is written.
_ANY_CASE = {
    "w/": "with ",
    "w/o": "without",
    "s/p": "status post",
    "h/o": "history of",
    "r/o": "rule out",
    "c/o": "complains of",
    "d/t": "due to",
    "f/u": "follow-up",
    "hx": "history",
    "fx": "fracture",
    "dx": "diagnosis",
    "tx": "treatment",
    "sx": "symptoms",
    "bx": "biopsy",
    "rxn": "reaction",
    "fxn": "function",
    "fcn": "function",
    "wk": "weeks",
    "wks": "weeks",
    "mo": "months",
    "mos": "months",
    "yr": "years",
    "yrs": "years",
    "bilat": "bilateral",
    "eval": "evaluation",
    "neg": "negative",
    "nl": "normal",
    "abnl": "abnormal",
    "adenoca": "adenocarcinoma",
    "mets": "metastases",
    "chemort": "chemoradiation",
    "esi": "epidural steroid injection",
    "tfesi": "epidural steroid injection",
    "cath": "catheter",
}
# What is a word, a name or another thing in small letters.
_CAPITALS = {
    "CP": "chest pain",
    "DOE": "dyspnea on exertion",
    "SOB": "shortness of breath",
    "PTP": "pretest probability",
    "OA": "arthritis",
    "DJD": "degenerative joint disease",
    "DDD": "degenerative disc disease",
    "LBP": "low back pain",
    "HTN": "hypertension",
    "HLD": "hyperlipidemia",
    "CHF": "congestive heart failure",
    "AE": "adverse effects",
    "AEs": "adverse effects",
    "SCS": "spinal cord stimulator",
    "LN": "lymph node",
    "LNs": "lymph nodes",
    "JLT": "joint line tenderness",
    "MJLT": "joint line tenderness",
    "ESS": "epworth",
    "EGD": "endoscopy",
}
# What depends on the words beside it: PE is the physical examination too, and HEP B an infection.
_BESIDE = (
    (re.compile(r"(?<=rule out )PE\b|(?<=for )PE\b|(?<=acute )PE\b"), "pulmonary embolism"),
    (re.compile(r"\bHEP\b(?! ?[ABC]\b)"), "home exercise program"),
    (re.compile(r"\bpsych (?=evaluation\b)", re.IGNORECASE), "psychological "),
)
_TOKEN = re.compile(r"\bw/(?!o\b)|(?<![\w/])[A-Za-z]+(?:/[A-Za-z]+)?(?![\w/])")


def hear(words: str) -> tuple[str, ...]:
    """Return a sentence folded for searching: with its abbreviations spelled out, then as written where it differs."""
    return tuple(dict.fromkeys((fold(spell_out(words)), fold(words))))


def spell_out(text: str) -> str:
    """
    Return a sentence with its abbreviations spelled out ("R/O PE" as "rule out pulmonary embolism").

    errs: towards leaving one alone; "PT" stays, as it is the patient as often as the therapy
    """
    text = _TOKEN.sub(_spelled, text)
    for pattern, words in _BESIDE:
        text = pattern.sub(words, text)
    return text


def _spelled(found: re.Match[str]) -> str:
    token = found[0]
    return _CAPITALS.get(token) or _ANY_CASE.get(token.lower(), token)
