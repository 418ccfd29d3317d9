"""
The rule book: app/rules read into core's types.

app/rules is data that people edit; whatever is undated, unsourced, unknown or contradictory in it is refused at start,
naming file and line, before any patient is. Three layers: the shipped files, a site's own folder, the edits that a
site made on the page. May import app.core, app.errors, app.flow.ports and msgspec.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.core.denial import Coverage, Denial
from app.core.rulebook.calls import CallRules
from app.core.rulebook.clocks import BusinessCalendar
from app.core.rulebook.criteria import ServiceCriteria
from app.core.rulebook.denials import DenialRules
from app.core.rulebook.duties import Duty
from app.core.rulebook.edits import CALLS, EditKind, RuleEdit
from app.core.rulebook.follows import Follows
from app.core.rulebook.matching import Case, match_payer, rule_called
from app.core.rulebook.payers import PayerRule
from app.core.rulebook.recording import ConsentRules
from app.edges.rulebook.calls import CallFiles, call_rules, lay_on_calls, load_call_files, told_call, with_call_edit
from app.edges.rulebook.clocks import load_calendar
from app.edges.rulebook.criteria import load_criteria, load_systems
from app.edges.rulebook.denials import load_denial_rules
from app.edges.rulebook.duties import load_duties
from app.edges.rulebook.edits import Files, lay_on, said_shape, told_values, with_edit
from app.edges.rulebook.follows import load_follows
from app.edges.rulebook.payers import load_payer_files
from app.edges.rulebook.reading import RuleFile
from app.edges.rulebook.recording import load_consent_rules
from app.edges.rulebook.shapes import RuleShape, rule_of_shape


@dataclass(frozen=True, slots=True)
class RuleBook:
    """
    All rules; stands as flow.ports.Rules.

    beneath: the files without the site's edits. edits: those laid on, oldest first; aside: the ones that do not fit
    systems: the URLs that each code system goes by. calls_beneath, call_files: of the call rules likewise
    """

    denials: DenialRules
    criteria: tuple[ServiceCriteria, ...]
    payers: tuple[PayerRule, ...]
    calendar: BusinessCalendar
    follows: Follows
    beneath: tuple[RuleFile[RuleShape], ...] = ()
    files: Files = field(default_factory=dict)
    edits: tuple[RuleEdit, ...] = ()
    aside: Mapping[int, str] = field(default_factory=dict)
    systems: Mapping[str, frozenset[str]] = field(default_factory=dict)
    calls: CallRules = field(default_factory=dict)
    calls_beneath: CallFiles = field(default_factory=dict)
    call_files: CallFiles = field(default_factory=dict)
    duties: tuple[Duty, ...] = ()
    recording: ConsentRules = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, overlay: Path | None = None) -> "RuleBook":
        """Return the rules of a folder laid out like app/rules, with a site's own over them; raises Misconfigured."""
        calendar = load_calendar(folder / "clocks.toml")
        files = load_payer_files(folder / "payers", overlay=overlay)
        calls = load_call_files(folder / "calls.toml", overlay)
        return cls(
            denials=load_denial_rules(folder / "denials.toml"),
            criteria=load_criteria(folder / "criteria"),
            payers=tuple(rule_of_shape(each.value, closed=calendar.closed) for each in files),
            calendar=calendar,
            follows=load_follows(folder / "follows.toml"),
            beneath=files,
            files={each.value.key: each for each in files},
            systems=load_systems(folder / "criteria"),
            calls=call_rules(calls),
            calls_beneath=calls,
            call_files=calls,
            duties=load_duties(folder / "duties.toml"),
            recording=load_consent_rules(folder / "recording.toml"),
        )

    @property
    def version(self) -> int:
        """The number of the latest edit, 0 for none."""
        return self.edits[-1].number if self.edits else 0

    def edited(self, edits: Iterable[RuleEdit]) -> "RuleBook":
        """Return the book with these edits over the files, in the place of any that it has."""
        laid = tuple(edits)
        files, aside = lay_on(self.beneath, (each for each in laid if not each.rule.startswith(CALLS)))
        calls, odd = lay_on_calls(self.calls_beneath, (each for each in laid if each.rule.startswith(CALLS)))
        called = {"calls": call_rules(calls), "call_files": calls}
        return replace(self, payers=self._rules(files), files=files, edits=laid, aside={**aside, **odd}, **called)

    def at(self, version: int) -> "RuleBook":
        """Return the book as it was when this edit was the latest."""
        return self if version >= self.version else self.edited(each for each in self.edits if each.number <= version)

    def tried(self, edit: RuleEdit) -> "RuleBook":
        """Return the book with one more edit; raises Unfit when it contradicts itself or another rule."""
        if edit.rule.startswith(CALLS):
            calls = with_call_edit(self.call_files, edit, beneath=self.calls_beneath)
            return replace(self, calls=call_rules(calls), call_files=calls, edits=(*self.edits, edit))
        files = with_edit(self.files, edit, shipped={each.value.key: each for each in self.beneath})
        return replace(self, payers=self._rules(files), files=files, edits=(*self.edits, edit))

    def payer_rule(
        self, coverage: Coverage, denial: Denial, *, setting: str | None = None, reason: str | None = None
    ) -> PayerRule | None:
        """Return the rule of the payer behind this answer, None when it is not surely known."""
        return match_payer(self.payers, coverage, denial, setting=setting, reason=reason)

    def payer_called(self, word: str, case: Case) -> PayerRule | None:
        """Return the rule that a person names by key or payer, None where it is not for this case's plan."""
        return rule_called(self.payers, word, case)

    def payer_by_key(self, key: str | None) -> PayerRule | None:
        """Return the rule of this key, None when there is none any more."""
        return next((each for each in self.payers if each.key == key), None)

    def told(self, key: str) -> Mapping[str, Any]:
        """Return what a rule says, by field, as the rule files write it; {} where there is no such rule."""
        if (call := key.removeprefix(CALLS)) != key:
            return told_call(self.call_files[call].value) if call in self.call_files else {}
        return told_values(self.files[key].value) if key in self.files else {}

    def saying(self, edit: RuleEdit, *, before: bool = False) -> PayerRule:
        """Return a rule that says the edit's values alone, or those that stood before it: to be put into words."""
        values = edit.before if before else edit.values
        names = set(values) - {"payer"} if edit.kind is EditKind.ADD else values
        return rule_of_shape(said_shape({name: values[name] for name in names}), closed=self.calendar.closed)

    def is_added(self, key: str) -> bool:
        """Whether a payer was added on the page, so that it can be taken out again."""
        return key in self.files and all(each.value.key != key for each in self.beneath)

    def _rules(self, files: Files) -> tuple[PayerRule, ...]:
        """Return the rules; those whose file was not touched are the same objects as before."""
        old = {each.key: each for each in self.payers}
        return tuple(
            old[key]
            if key in old and self.files.get(key) is file
            else rule_of_shape(file.value, closed=self.calendar.closed)
            for key, file in files.items()
        )
