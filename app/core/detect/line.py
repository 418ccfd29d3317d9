"""Where one line goes: what was decided, then why, by codes and by words, exclusions before clinical reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.denial import Code, Decision, Denial, DenialLine, Offer, Path, Quote
from app.core.detect.decide import Verdict, cite_rule, decide_line, known_rules
from app.core.detect.leaning import Leaning, leaning_of, silent_sentences, speaks_of_exclusion
from app.core.detect.words import Said, fold_text, is_english, notices_in, reasons_in
from app.core.rulebook.denials import CodeRule, DenialRules

CLINICAL = frozenset({"clinical", "experimental"})
_EXCLUSIONS = ("eligibility", "network", "benefit", "administrative")
_FIRST = (*_EXCLUSIONS, "documents")  # of several reasons, the first of these decides where to go; payment last
_CANNOT = {
    "benefit": "a matter of the benefit, which a talk between clinicians cannot change",
    "eligibility": "a matter of eligibility, which a talk between clinicians cannot change",
    "network": "a matter of the network, which a talk between clinicians cannot change",
    "administrative": "an administrative matter, which a talk between clinicians cannot change",
    "payment": "a matter of payment, not of the service",
    "documents": "about missing documents: sending them may beat a call",
}
_TERSE = 60  # words
_CAN = "a clinical judgement, which a peer-to-peer call can change"


@dataclass(frozen=True, slots=True)
class Routed:
    """A line's way. `label`: the reason in a few words; `missing`: what would settle it."""

    sequence: int
    decision: Decision
    route: Path
    codes: tuple[Code, ...]
    because: tuple[str, ...]
    label: str
    reason_kind: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a reason leads."""

    route: Path
    because: tuple[str, ...]
    label: str
    reason_kind: str
    missing: tuple[str, ...] = ()


def route_line(
    line: DenialLine,
    denial: Denial,
    *,
    inherits: bool,
    own: tuple[Said, ...],
    common: tuple[Said, ...],
    loose: tuple[Quote, ...],
    offer: Offer | None,
    rules: DenialRules,
) -> Routed:
    """
    Return where one line goes and why.

    inherits: see decide_line. own: the cues in the words that speak of this line
    loose: the words that speak of no line in particular; common: the cues in them
    offer: the payer's invitation to a call, where there is one
    """
    spoken_of = any(said.cue.says != "offer" for said in common)
    bare = None if spoken_of else _leaning_of_bare(denial, loose, rules)
    verdict = decide_line(line, denial, inherits=inherits, words=common + own, leaning=bare, rules=rules)
    reasons = line.reasons + (denial.reasons if inherits else ())
    known = tuple(rule for rule in known_rules(reasons, rules) if rule.kind != "remark")
    said = reasons_in(own + common)
    spoken = bool(own or common) and not notices_in((*own, *common))
    way = _way_of(verdict, known, said, reasons, line, denial, offer, rules, spoken=spoken)
    if not known:
        way = _weighed(way, (*line.notes, *loose), bare, verdict.decision, rules, said=said)
    if verdict.decision is Decision.APPROVED and (against := _adverse(known)) is not None:
        verdict = Verdict(Decision.CONFLICT, (f"{verdict.because[0]} But it carries {cite_rule(against)}.",))
        way = _Way(Path.HUMAN, (), "codes contradict each other", "none")
    return Routed(
        sequence=line.sequence,
        decision=verdict.decision,
        route=way.route,
        codes=line.actions + line.added + line.categories + reasons,
        because=verdict.because + way.because,
        label=way.label,
        reason_kind=way.reason_kind,
        missing=way.missing,
    )


def _way_of(
    verdict: Verdict,
    known: tuple[CodeRule, ...],
    said: tuple[Said, ...],
    reasons: tuple[Code, ...],
    line: DenialLine,
    denial: Denial,
    offer: Offer | None,
    rules: DenialRules,
    *,
    spoken: bool,
) -> _Way:
    decision = verdict.decision
    if decision is Decision.DENIED:
        return _way_of_denied(verdict, known, said, reasons, line, rules)
    if decision is Decision.PENDED:
        return _way_of_pended(known, said, denial, offer)
    if decision is Decision.PARTIAL and denial.in_words and said:
        return _way_of_words(said, known)
    if decision in (Decision.PARTIAL, Decision.MODIFIED):
        say = "A person compares what was asked with what was granted; a call or an appeal can ask for the difference."
        return _Way(Path.REVIEW_MODIFIED, (say, *_told(known, said)), "approved with changes", "clinical")
    if decision is Decision.APPROVED:
        label = "no authorization needed" if _is_not_needed(verdict) else "approved"
        return _Way(Path.NONE, (), label, "not_needed" if _is_not_needed(verdict) else "not_a_denial")
    if decision is Decision.CANCELLED:
        say = "Send a new request if the service is still needed."
        if denial.in_words and said:
            return _Way(Path.CLOSED, (say, *_quoted(said)), said[0].cue.label, said[0].cue.reason_kind)
        return _Way(Path.CLOSED, (say,), "cancelled", "not_a_denial")
    if verdict.said is not None and verdict.said.cue.says == "notice":
        return _Way(Path.HUMAN, (), "not a denial?", "not_a_denial", ("whether this is a payer's answer at all",))
    missing = ("the payer's decision on this line",)
    if denial.in_words and not spoken and _is_readable(denial, rules):
        return _Way(Path.HUMAN, (), "not a denial?", "not_a_denial", ("whether this is a payer's answer at all",))
    # "the drug is approved, but not from this pharmacy": what speaks against it names the kind
    doubted = denial.in_words and verdict.said is not None and verdict.said.cue.decision is Decision.APPROVED
    kind = min((each.cue.reason_kind for each in said), key=_rank, default="none") if doubted else "none"
    return _Way(Path.HUMAN, _told(known, said), "decision not readable", kind, missing)


def _weighed(
    way: _Way,
    quotes: tuple[Quote, ...],
    bare: Leaning | None,
    decision: Decision,
    rules: DenialRules,
    *,
    said: tuple[Said, ...],
) -> _Way:
    """Return a way found in words only, with what the words besides speak of: as a suggestion, or as a doubt."""
    if not said and way.reason_kind in ("none", "not_a_denial") and decision is not Decision.APPROVED:
        denied = decision is Decision.DENIED
        leaning = bare or (leaning_of(quotes, rules, decided=True) if denied else None)
        return _leant(way, leaning) if leaning is not None else way
    if decision is Decision.DENIED and said and (meant := _meant_by_not_covered(quotes, said, rules)) is not None:
        return _leant(way, meant)
    if way.route is Path.P2P and decision is not Decision.PENDED:
        doubt = speaks_of_exclusion(quotes, rules, said)
        return _doubted(way, doubt) if doubt is not None else way
    return way


def _meant_by_not_covered(quotes: tuple[Quote, ...], said: tuple[Said, ...], rules: DenialRules) -> Leaning | None:
    """Return the clinical reason that a letter's other sentences speak of where it only says "we cannot cover it"."""
    if not all(each.cue.weak and each.cue.reason_kind == "benefit" for each in said):
        return None
    rest = [part for quote in quotes for part in silent_sentences(quote, said)]
    leaning = leaning_of(rest, rules, decided=True)
    return leaning if leaning is not None and leaning.strong and leaning.reason_kind in CLINICAL else None


def _leaning_of_bare(denial: Denial, loose: tuple[Quote, ...], rules: DenialRules) -> Leaning | None:
    """Return what a text of a few words, as codes are described, leans towards; a longer one has to give a reason."""
    terse = denial.in_words and not denial.identifiers and sum(len(each.text.split()) for each in loose) <= _TERSE
    return leaning_of(loose, rules, decided=False) if terse else None


def _leant(way: _Way, leaning: Leaning) -> _Way:
    """Return the way with what its words lean towards as a suggestion; nobody is sent to a call by it."""
    kind = leaning.reason_kind
    named = ", ".join(f'"{word}"' for word in leaning.words[:4])
    say = f"No words give the reason outright; they speak of {named}: it reads like {kind.replace('_', ' ')}."
    route = Path.ASK_REASON if kind in CLINICAL and leaning.strong else Path.HUMAN
    return _Way(route, (say, *way.because), f"reads like {kind}, not said", kind, way.missing)


def _doubted(way: _Way, doubt: Leaning) -> _Way:
    """Return a clinical way as a question for a person: no exclusion is sent to a call with confidence."""
    named = ", ".join(f'"{word}"' for word in doubt.words[:3])
    say = f"But the payer also speaks of {named}, which a call cannot change."
    missing = ("whether the plan excludes the service or the payer finds it unnecessary",)
    return _Way(Path.HUMAN, (*way.because, say), way.label, way.reason_kind, missing)


def _is_readable(denial: Denial, rules: DenialRules) -> bool:
    return all(is_english(fold_text(note.text), rules) for note in denial.notes)


def _is_not_needed(verdict: Verdict) -> bool:
    kinds = {rule.reason_kind for rule in verdict.rules} | ({verdict.said.cue.reason_kind} if verdict.said else set())
    return "not_needed" in kinds


def _way_of_pended(known: tuple[CodeRule, ...], said: tuple[Said, ...], denial: Denial, offer: Offer | None) -> _Way:
    told = _told(known, said)
    if offer is not None:
        say = "It is not denied yet and the payer invites a call: the one call that can change any plan's decision."
        return _Way(Path.P2P, (say, *told), "pended, peer-to-peer invited", "pending")
    wanted = {rule.reason_kind for rule in known} | {each.cue.reason_kind for each in said}
    if denial.information_requested or "documents" in wanted:
        say = "The payer asks for information before it decides."
        return _Way(Path.ADDITIONAL_INFORMATION, (*told, say), "pended, information requested", "documents")
    say = "No decision yet: watch it, and ask for a peer-to-peer before it is denied."
    return _Way(Path.WAIT, (*told, say), "pended", "pending")


def _way_of_denied(
    verdict: Verdict,
    known: tuple[CodeRule, ...],
    said: tuple[Said, ...],
    reasons: tuple[Code, ...],
    line: DenialLine,
    rules: DenialRules,
) -> _Way:
    if any(rule.route is Path.APPEAL for rule in verdict.rules):
        return _Way(Path.APPEAL, ("An earlier decision was upheld: the next step is an appeal.",), "upheld", "none")
    clinical = [rule for rule in known if rule.kind == "clinical"]
    excluded = [rule for rule in known if rule.kind == "administrative"]
    if excluded:
        return _way_of_excluded(excluded, clinical, said)
    if clinical:
        return _way_of_clinical(clinical, said)
    if said:
        return _way_of_words(said, known)
    if known:
        rule = known[0]
        say = f"{cite_rule(rule)}: this code alone cannot tell. {_note(rule)}".rstrip()
        missing = ("the payer's reason in words",) if rule.route is Path.HUMAN else ()
        return _Way(rule.route, (say,), rule.label, rule.reason_kind, missing)
    return _way_of_silence(reasons, line, rules)


def _way_of_excluded(excluded: list[CodeRule], clinical: list[CodeRule], said: tuple[Said, ...]) -> _Way:
    rule = min(excluded, key=lambda each: _rank(each.reason_kind))
    say = f"{cite_rule(rule)}: {_CANNOT.get(rule.reason_kind, _CANNOT['administrative'])}."
    against = [each for each in said if each.cue.reason_kind in CLINICAL]
    if rule.may_be_clinical and (clinical or against):
        other = cite_rule(clinical[0]) if clinical else f'"{against[0].words}"'
        ask = f"But the payer also says {other}: some payers call a service not covered because it is not necessary."
        missing = ("whether the plan excludes the service or the payer finds it unnecessary",)
        return _Way(Path.HUMAN, (say, ask), "not covered or not necessary?", "benefit", missing)
    spoken = (f"{cite_rule(clinical[0])} stands beside it and does not help.",) if clinical else ()
    note = (_note(rule),) if rule.note else ()
    return _Way(rule.route, (say, *spoken, *note), rule.label, rule.reason_kind)


def _way_of_clinical(clinical: list[CodeRule], said: tuple[Said, ...]) -> _Way:
    rule = next((each for each in clinical if each.reason_kind == "experimental"), clinical[0])
    against = [each for each in said if each.cue.reason_kind in ("benefit", "eligibility", "network")]
    against = [each for each in against if not each.cue.weak]
    say = f"{cite_rule(rule)}: {_CAN}."
    if against:
        other = f'But the payer wrote "{against[0].words}" ({against[0].quote.path}): {against[0].cue.label}.'
        missing = ("whether the plan excludes the service or the payer finds it unnecessary",)
        return _Way(Path.HUMAN, (say, other), f"{rule.label}, or {against[0].cue.label}?", rule.reason_kind, missing)
    first = next((each.cue for each in said if each.cue.reason_kind in CLINICAL), None)
    spoken = (
        first if first is not None and first.reason_kind == "experimental" else rule
    )  # literature is asked for then
    return _Way(Path.P2P, (say, *_quoted(said)), spoken.label, spoken.reason_kind)


def _way_of_words(said: tuple[Said, ...], known: tuple[CodeRule, ...]) -> _Way:
    coded = tuple(f"{cite_rule(rule)}: this code alone cannot tell." for rule in known[:1])
    clinical = [each for each in said if each.cue.reason_kind in CLINICAL]
    excluded = [each for each in said if each.cue.reason_kind in _EXCLUSIONS]
    if clinical and excluded:
        say = f'The payer wrote both "{clinical[0].words}" and "{excluded[0].words}".'
        missing = ("which of the payer's two reasons decides",)
        leading = next(each for each in said if each in (clinical[0], excluded[0]))
        return _Way(Path.HUMAN, (*coded, say), "clinical or not? two reasons", leading.cue.reason_kind, missing)
    first = min(said, key=lambda each: _rank(each.cue.reason_kind))
    if clinical:
        first = next((each for each in clinical if each.cue.reason_kind == "experimental"), clinical[0])
    kind = first.cue.reason_kind
    meaning = _CAN if kind in CLINICAL else _CANNOT.get(kind, "not clear")
    say = f'The payer wrote "{first.words}" ({first.quote.path}), {first.cue.label}: {meaning}.'
    return _Way(first.cue.route or Path.HUMAN, (*coded, say), first.cue.label, kind)


def _way_of_silence(reasons: tuple[Code, ...], line: DenialLine, rules: DenialRules) -> _Way:
    unknown = [code for code in reasons if code.code]
    if unknown:
        say = f"Its reason {_named(unknown[0], rules)}."
    elif line.notes:
        say = "Its words give no reason that we can read."
    else:
        say = "It gives no reason."
    missing = ("the payer's reason for the denial",)
    ask = "Ask the payer for the reason; the window may already run."
    return _Way(Path.ASK_REASON, (say, ask), "denied, no readable reason", "none", missing)


def _named(code: Code, rules: DenialRules) -> str:
    if code.system is None:
        return f"code {code.code} names no code system, so it is not read"
    known = rules.list_of(code)
    return f"code {code.code} is not known to us ({known.name if known else code.system})"


def _adverse(known: Sequence[CodeRule]) -> CodeRule | None:
    """Return a reason that no approval can carry, None when there is none."""
    return next(
        (each for each in known if each.kind in ("clinical", "administrative") and each.reason_kind != "payment"), None
    )


def _told(known: tuple[CodeRule, ...], said: tuple[Said, ...]) -> tuple[str, ...]:
    return tuple(f"Reason: {cite_rule(rule)}." for rule in known[:2]) + _quoted(said)


def _quoted(said: tuple[Said, ...]) -> tuple[str, ...]:
    return tuple(f'The payer wrote "{each.words}" ({each.quote.path}).' for each in said[:1])


def _note(rule: CodeRule) -> str:
    return f"Rule: {rule.note}." if rule.note else ""


def _rank(reason_kind: str) -> int:
    return _FIRST.index(reason_kind) if reason_kind in _FIRST else len(_FIRST)
