"""
Denial texts and letters that nobody read while writing cues: ours, labelled, in two halves.

Half "a" is for whoever works on app/rules/denials.toml and app/core/detect; half "b" is only ever measured. A short
text belongs to a half by a hash of its words, a letter by a hash of its layout, so that no half knows the other's form.
"""

import hashlib
import string
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent / "data" / "readings"
ROUTES = {  # what a right answer may do with a text of a kind (../shared/data/texts says the same in its own words)
    "clinical": ("p2p", "ask_reason"),
    "experimental": ("p2p", "ask_reason", "human"),
    "benefit": ("benefit_exception", "human", "appeal", "network_exception", "retro_authorization"),
    "administrative": ("resubmit", "new_request", "retro_authorization", "appeal", "closed", "human"),
    "documents": ("additional_information", "human"),
    "eligibility": ("resubmit", "new_request", "benefit_exception", "appeal", "human"),
    "network": ("network_exception", "resubmit", "new_request", "appeal", "human"),
    "payment": ("none", "closed", "appeal", "resubmit", "human"),
    "pending": ("wait", "additional_information", "human"),
    "not_needed": ("none", "closed", "human"),
    "none": ("ask_reason", "human"),
    "not_a_denial": ("none", "closed", "human"),
}
APPEAL_DAYS = {
    "ma_notice": 65,
    "medicaid_notice": 60,
    "ppo_provider": 180,
    "imaging_vendor": 180,
    "fax_form": 60,
    "tx_review_agent": 180,
    "pbm_drug": 65,
    "two_services": 180,
    "erisa_tpa": 180,
    "plain_paragraph": 180,
    "behavioral": 180,
}
LINES_OF_BUSINESS = {
    "ma_notice": "medicare_advantage",
    "intent_to_deny": "medicare_advantage",
    "medicaid_notice": "medicaid",
    "erisa_tpa": "commercial",
}
NO_CALL = ("benefit", "eligibility")  # a call never changes these


@dataclass(frozen=True, slots=True)
class Reading:
    """A text and what a right reading of it says; kinds: all that are defensible, the best first."""

    name: str
    text: str
    kinds: tuple[str, ...]
    routes: tuple[str, ...]
    half: str
    family: str
    facts: dict

    @property
    def no_call(self) -> bool:
        """Whether a confident "p2p" for it would break the law that no exclusion goes to a call."""
        return all(kind in NO_CALL for kind in self.kinds)


def half_of(words: str) -> str:
    """Return "a" or "b" by a hash."""
    return "ab"[hashlib.sha256(words.encode()).digest()[0] % 2]


def short_readings(file: str = "short.txt") -> tuple[Reading, ...]:
    """Return the short texts of a file, in its order."""
    found, family = [], ""
    for line in (HERE / file).read_text("utf-8").splitlines():
        family = line[3:] if line.startswith("## ") else family
        if line and not line.startswith("#"):
            kinds, _, text = line.partition(" | ")
            named = tuple(kinds.split("/"))
            name = f"{file.removesuffix('.txt')}-{len(found) + 1:03}"
            found.append(Reading(name, text, named, _routes(named), half_of(text), family, {}))
    return tuple(found)


def letter_readings(file: str = "letters.toml") -> tuple[Reading, ...]:
    """Return the whole letters of a file."""
    told = tomllib.loads((HERE / file).read_text("utf-8"))["letter"]
    return tuple(_letter(facts, f"{file.removesuffix('.toml')}-{at:02}") for at, facts in enumerate(told, 1))


def _letter(facts: dict, name: str) -> Reading:
    layout, kinds = facts["layout"], tuple(facts["kind"].split("/"))
    text = string.Template((HERE / "layouts" / f"{layout}.txt").read_text("utf-8")).substitute(facts)
    routes = tuple(facts.get("routes", _routes(kinds)))
    return Reading(f"{name}-{layout}", text, kinds, routes, half_of(layout), layout, facts)


def _routes(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(route for kind in kinds for route in ROUTES[kind]))


def appeal_by(reading: Reading) -> date | None:
    """Return the last day of the appeal that a letter tells, counted from its own day; None: it tells none."""
    if "appeal_by" in reading.facts:
        return reading.facts["appeal_by"]
    days, day = APPEAL_DAYS.get(reading.family), reading.facts.get("day")
    return day + timedelta(days=days) if days and day else None
