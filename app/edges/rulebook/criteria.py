"""
Reads app/rules/criteria/*.toml into core's ServiceCriteria; refuses the undated, the unsourced and the unknown.

Every refusal is a Misconfigured that names the file, the line and the place in it, as "criteria[2].needs[0].kind".
"""

import datetime
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.core.rulebook.criteria import (
    Alternative,
    Citation,
    CodeSet,
    Criterion,
    Need,
    ReviewQuestion,
    ServiceCriteria,
    WantedMeasure,
    plain_code,
)
from app.edges.rulebook.reading import RuleFile, read_rules
from app.errors import Misconfigured

SYSTEMS = "systems.toml"
KINDS = frozenset(
    "diagnosis problem measure finding medicine procedure visit report order note document allergy".split()
)
TELLS = frozenset("therapies measures why_now alternatives problems".split())
GRADES = ("guideline", "systematic review", "randomized trial", "cohort", "case series", "label", "policy")
_PLAIN = (
    *("kind", "at_least", "at_most", "rises_by", "falls_by", "ever", "days", "count", "within_days", "ended"),
    *("explained", "planned", "of_family", "contrary", "one_sided", "begun_days", "apart_days"),
)
_BY_ITSELF = {"diagnosis", "document"}
_FOLDED_LINE = re.compile(r"\n\s*")
_Codes = dict[str, list[str]]


class _Need(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    codes: _Codes = {}
    cues: str = ""
    also: str = ""
    says: str = ""
    against: str = ""
    units: list[str] = []
    at_least: float | None = None
    at_most: float | None = None
    rises_by: float | None = None
    falls_by: float | None = None
    ever: bool = False
    days: int | None = None
    count: int | None = None
    within_days: int | None = None
    ended: bool | None = None
    explained: bool = False
    planned: bool = False
    of_family: bool = False
    contrary: bool = False
    one_sided: bool = False
    begun_days: int | None = None
    apart_days: int | None = None
    together: list["_Need"] = []


class _Criterion(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    text: str
    short: str
    missing: str
    needs: list[_Need]
    asked: str = ""
    answers: bool = True


class _Measure(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    codes: _Codes = {}
    cues: str = ""
    worse: str | None = None


class _Tried(msgspec.Struct, forbid_unknown_fields=True):
    codes: _Codes = {}
    cues: str = ""


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    text: str
    missing: str
    rests_on: list[str] = []
    tells: list[str] = []
    kinds: list[str] = []


class _Alternative(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    label: str
    against: list[_Need]
    asked: str = ""


class _Citation(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    sentence: str
    grade: str
    year: int
    pmid: str | None = None
    doi: str | None = None
    url: str | None = None
    contrary: bool = False
    checked: datetime.date | None = None


class ServiceShape(msgspec.Struct, forbid_unknown_fields=True):
    """One file, as it is written."""

    key: str
    label: str
    source: str
    reviewed: datetime.date
    criteria: list[_Criterion]
    codes: _Codes = {}
    cues: str = ""
    diagnoses: _Codes = {}
    measures: list[_Measure] = []
    tried: _Tried = msgspec.field(default_factory=_Tried)
    fallbacks: list[str] = []
    questions: list[_Question] = []
    counters: list[_Question] = []
    alternatives: list[_Alternative] = []
    literature: list[_Citation] = []
    generic: bool = False


class _Systems(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    reviewed: datetime.date
    systems: dict[str, list[str]]


def load_systems(folder: Path) -> dict[str, frozenset[str]]:
    """Return the URLs that each code system goes by; raises Misconfigured."""
    told = read_rules(folder / SYSTEMS, _Systems).value.systems
    return {name: frozenset(urls) for name, urls in told.items()}


def load_criteria(folder: Path) -> tuple[ServiceCriteria, ...]:
    """
    Return the criteria of every file in the folder, by key; the generic ones last.

    folder: app/rules/criteria, with systems.toml giving the URLs each code system goes by
    raises: Misconfigured naming the file and the place in it
    """
    systems = load_systems(folder)
    paths = [path for path in sorted(folder.glob("*.toml")) if path.name != SYSTEMS]
    files = (read_rules(path, ServiceShape) for path in paths)
    found = [read_service(each, CriteriaReader(each, systems)) for each in files]
    keys = [each.key for each in found]
    if doubled := sorted({each for each in keys if keys.count(each) > 1}):
        raise Misconfigured(folder.name, f"two files have the key {doubled[0]}")
    return tuple(sorted(found, key=lambda one: (one.generic, one.key)))


class CriteriaReader:
    """Turns the parts of one file into core's types, knowing where in the file it is."""

    def __init__(self, file: RuleFile[Any], systems: Mapping[str, frozenset[str]]) -> None:
        self.refuse, self.systems = file.refuse, systems

    def words(self, text: str, place: str) -> str:
        """Return a text without blanks around it; refuses an empty one."""
        if not text.strip():
            raise self.refuse(place, "empty")
        return text.strip()

    def pattern(self, text: str, place: str) -> re.Pattern[str] | None:
        """Return the pattern that a cue is, None for an empty one; it begins at a word."""
        if not text:
            return None
        try:
            return re.compile(rf"\b(?:{_FOLDED_LINE.sub('', text)})")
        except re.error as error:
            raise self.refuse(place, f"not a regular expression ({error})") from error

    def codes(self, told: _Codes, place: str) -> tuple[CodeSet, ...]:
        """Return the codes by system; refuses a system that nobody knows."""
        for name in told:
            if name not in self.systems:
                raise self.refuse(f"{place}.{name}", f"no such code system in {SYSTEMS}")
        return tuple(
            CodeSet(
                self.systems[name],
                frozenset(plain_code(each) for each in codes if not each.endswith("*")),
                tuple(plain_code(each[:-1]) for each in codes if each.endswith("*")),
            )
            for name, codes in told.items()
        )

    def need(self, told: _Need, place: str) -> Need:
        """Return one kind of fact; refuses one that no fact could be told by."""
        if told.kind not in KINDS:
            raise self.refuse(f"{place}.kind", f"{told.kind} is none of {', '.join(sorted(KINDS))}")
        if told.kind not in _BY_ITSELF and not told.codes and not told.cues and not told.explained:
            raise self.refuse(place, "neither codes nor cues say which facts are meant")
        if told.kind == "measure" and (told.at_least is not None or told.at_most is not None) and not told.units:
            raise self.refuse(place, "a bound without units")
        patterns = {
            each: self.pattern(getattr(told, each), f"{place}.{each}") for each in ("cues", "also", "says", "against")
        }
        if told.kind != "note" and (told.planned or told.of_family or told.one_sided):
            raise self.refuse(place, "planned, of_family and one_sided are heard in notes only")
        if told.begun_days is not None and told.kind != "medicine":
            raise self.refuse(f"{place}.begun_days", "only a medicine begins")
        if told.apart_days is not None and told.kind not in ("procedure", "visit", "report"):
            raise self.refuse(f"{place}.apart_days", "only what was done has a time since")
        return Need(
            codes=self.codes(told.codes, f"{place}.codes"),
            units=frozenset(told.units),
            together=tuple(self.need(each, f"{place}.together[{n}]") for n, each in enumerate(told.together)),
            **patterns,
            **{each: getattr(told, each) for each in _PLAIN},
        )

    def criterion(self, told: _Criterion, place: str) -> Criterion:
        """Return a criterion; refuses one that nothing could satisfy."""
        if not told.needs:
            raise self.refuse(f"{place}.needs", "no fact could ever satisfy it")
        return Criterion(
            key=self.words(told.key, f"{place}.key"),
            text=self.words(told.text, f"{place}.text"),
            short=self.words(told.short, f"{place}.short"),
            missing=self.words(told.missing, f"{place}.missing"),
            needs=tuple(self.need(each, f"{place}.needs[{index}]") for index, each in enumerate(told.needs)),
            asked=self.pattern(told.asked, f"{place}.asked"),
            answers=told.answers,
        )

    def measure(self, told: _Measure, place: str) -> WantedMeasure:
        """Return a measure."""
        if told.worse not in (None, "higher", "lower"):
            raise self.refuse(f"{place}.worse", "neither higher nor lower")
        codes = self.codes(told.codes, f"{place}.codes")
        cues = self.pattern(told.cues, f"{place}.cues")
        return WantedMeasure(label=told.label, codes=codes, cues=cues, worse=told.worse)

    def question(self, told: _Question, place: str, *, keys: list[str], counters: bool) -> ReviewQuestion:
        """Return a question; refuses one that nothing of the chart would answer."""
        for index, each in enumerate(told.rests_on):
            if each not in keys:
                raise self.refuse(f"{place}.rests_on[{index}]", "no criterion of this file has that key")
        for index, each in enumerate(told.tells):
            if each not in TELLS:
                raise self.refuse(f"{place}.tells[{index}]", f"none of {', '.join(sorted(TELLS))}")
        if not told.rests_on and not told.tells:
            raise self.refuse(place, "nothing of the chart would ever answer it")
        return ReviewQuestion(
            key=self.words(told.key, f"{place}.key"),
            text=self.words(told.text, f"{place}.text"),
            missing=self.words(told.missing, f"{place}.missing"),
            rests_on=tuple(told.rests_on),
            tells=tuple(told.tells),
            kinds=frozenset(told.kinds),
            counters=counters,
        )

    def alternative(self, told: _Alternative, place: str) -> Alternative:
        """Return an alternative; refuses one that nothing could speak against."""
        if not told.against:
            raise self.refuse(f"{place}.against", "no fact could ever speak against it")
        return Alternative(
            key=self.words(told.key, f"{place}.key"),
            label=self.words(told.label, f"{place}.label"),
            against=tuple(self.need(each, f"{place}.against[{index}]") for index, each in enumerate(told.against)),
            asked=self.pattern(told.asked, f"{place}.asked"),
        )

    def citation(self, told: _Citation, place: str) -> Citation:
        """Return a publication; refuses one that nothing leads to."""
        if told.grade not in GRADES:
            raise self.refuse(f"{place}.grade", f"none of {', '.join(GRADES)}")
        if not (told.pmid or told.doi or told.url):
            raise self.refuse(place, "neither pmid nor doi nor url leads to it")
        if told.pmid is not None and not told.pmid.isdecimal():
            raise self.refuse(f"{place}.pmid", "not a number")
        self.words(told.title, f"{place}.title")
        self.words(told.sentence, f"{place}.sentence")
        return Citation(**msgspec.structs.asdict(told))


def read_service(
    file: RuleFile[ServiceShape], read: CriteriaReader, *, beneath: Collection[str] | None = None
) -> ServiceCriteria:
    """
    Return a file's service; raises what the reader refuses with.

    beneath: keys of the criteria over which this file's are laid; None where it stands alone
    """
    told = file.value
    if beneath is None and not told.generic and not told.codes and not told.cues:
        raise read.refuse("codes", "nothing says which services are meant")
    keys = [each.key for each in told.criteria]
    if (not keys and not beneath) or len(set(keys)) < len(keys):
        raise read.refuse("criteria", "none, or two with one key")
    keys += list(beneath or ())
    return ServiceCriteria(
        key=read.words(told.key, "key"),
        label=read.words(told.label, "label"),
        source=read.words(told.source, "source"),
        reviewed=told.reviewed,
        criteria=tuple(read.criterion(each, f"criteria[{index}]") for index, each in enumerate(told.criteria)),
        codes=read.codes(told.codes, "codes"),
        cues=read.pattern(told.cues, "cues"),
        diagnoses=read.codes(told.diagnoses, "diagnoses"),
        measures=tuple(read.measure(each, f"measures[{index}]") for index, each in enumerate(told.measures)),
        therapy_codes=read.codes(told.tried.codes, "tried.codes"),
        therapy_cues=read.pattern(told.tried.cues, "tried.cues"),
        fallbacks=tuple(read.words(each, f"fallbacks[{index}]") for index, each in enumerate(told.fallbacks)),
        questions=_questions(told, read, keys),
        alternatives=tuple(read.alternative(each, f"alternatives[{n}]") for n, each in enumerate(told.alternatives)),
        literature=tuple(read.citation(each, f"literature[{n}]") for n, each in enumerate(told.literature)),
        generic=told.generic,
    )


def _questions(told: ServiceShape, read: CriteriaReader, keys: list[str]) -> tuple[ReviewQuestion, ...]:
    """Return the questions, then what is held against us; each key once."""
    asked = [read.question(each, f"questions[{n}]", keys=keys, counters=False) for n, each in enumerate(told.questions)]
    held = [read.question(each, f"counters[{n}]", keys=keys, counters=True) for n, each in enumerate(told.counters)]
    names = [each.key for each in (*asked, *held)]
    if len(set(names)) < len(names):
        raise read.refuse("questions", "two with one key")
    return (*asked, *held)
