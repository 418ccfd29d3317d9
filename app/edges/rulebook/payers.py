"""
Reads app/rules/payers: one file per payer and programme; refuses the undated, the unsourced and the contradictory.

A site's own folder may add payers and put single values in the place of shipped ones (edges.rulebook.overlay).
"""

import datetime
import re
from collections.abc import Iterable, Sequence, Set
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.core.interval import WEEKDAYS
from app.core.rulebook.matching import plain_name
from app.core.rulebook.payers import PayerRule
from app.edges.rulebook.overlay import overlaid
from app.edges.rulebook.reading import RuleFile, read_rules
from app.edges.rulebook.shapes import VALUES, RuleShape, rule_of_shape

_AFTER_DENIAL = ("denial_posted", "letter_date", "notice_received", "verbal_notice")
_SPANLESS = ("appeal_period", "until_decision")
# As payers print them, with letters for digits and extensions: "1-800-88-CIGNA", "732-744-6304 ext. 2".
_PHONE = re.compile(r"(?=(?:\D*\d){3})\+?[-0-9A-Za-z(). #,]{7,40}")
_COUNTS = (
    "windows_to_offer_min",
    "attempts_by_payer",
    "missed_call_business_days",
    "calls_max",
    "lead_minutes",
    "appeal_days",
)


def load_payer_rules(
    folder: Path, *, closed: Set[datetime.date] = frozenset(), overlay: Path | None = None
) -> tuple[PayerRule, ...]:
    """
    Return the rules of every TOML file in `folder`, by key; with those that a site's `overlay` adds or changes.

    closed: dates on which no payer works (federal holidays); a payer's own are added. Raises Misconfigured, naming
    file, line and place, for anything undated, unsourced, unknown, or in contradiction with itself or another file.
    """
    files = load_payer_files(folder, overlay=overlay)
    return tuple(rule_of_shape(file.value, closed=closed) for file in files)


def load_payer_files(folder: Path, *, overlay: Path | None = None) -> tuple[RuleFile[RuleShape], ...]:
    """Return the same files as load_payer_rules, checked, before they are rules."""
    files = [read_rules(path, RuleShape) for path in sorted(folder.glob("*.toml"))]
    if overlay is not None:
        files = overlaid(files, overlay)
    for file in files:
        check_rule(file)
    for one, other in combinations(files, 2):
        check_pair(one, other)
    check_vendors(files)
    return tuple(files)


def check_rule(file: RuleFile[RuleShape]) -> None:
    """Refuse what one file says wrongly or against itself."""
    rule = file.value
    if rule.key != file.path.stem and not file.is_overlay:
        raise file.refuse("key", f"must be the file's name, {file.path.stem}")
    _check_sources(file)
    if not all(map(plain_name, (rule.payer, *rule.names))):
        raise file.refuse("names", "a name without a letter matches nobody")
    for index, state in enumerate(rule.states):
        if not re.fullmatch("[A-Z]{2}", state):
            raise file.refuse(f"states[{index}]", "must be two capital letters")
    for index, each in enumerate(rule.identifiers):
        if not each.system or not each.value:
            raise file.refuse(f"identifiers[{index}]", "an identifier needs a system and a value")
    _check_ways(file)
    for name in _COUNTS:
        told = getattr(rule, name)
        if told is not None and told < 1:
            raise file.refuse(name, "must be at least 1; leave it out where it is not known")
    _check_sense(file)
    _check_windows(file)
    _check_hours(file)


def _check_ways(file: RuleFile[RuleShape]) -> None:
    phone, portal = file.value.phone, file.value.portal
    if phone is not None and not _PHONE.fullmatch(phone):
        raise file.refuse("phone", "is no telephone number")
    if portal is not None and not _is_portal(portal):
        raise file.refuse("portal", "must be an https address, without a name or password in it")


def _is_portal(address: str) -> bool:
    """Whether a link to it may be shown: over TLS, to a host that has a name, and to nothing that hides in it."""
    try:
        parts = urlsplit(address)
        named = re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", parts.hostname or "")
        return (
            parts.scheme == "https"
            and bool(named)
            and "@" not in parts.netloc
            and re.fullmatch(r"[!-~]+", address) is not None
        )
    except ValueError:  # "https://[" is no address
        return False


def _check_sources(file: RuleFile[RuleShape]) -> None:
    rule = file.value
    if not file.is_overlay and not rule.source.startswith(("https://", "http://")):
        raise file.refuse("source", "must be the address where the rule can be read")
    if not rule.source.strip():
        raise file.refuse("source", "must say where the rule was read")
    for name, each in rule.evidence.items():
        if name not in VALUES:
            raise file.refuse(f"evidence.{name}", "is no value of a payer's rule")
        if getattr(rule, name) in (None, "", []) and each.why is None:
            raise file.refuse(f"evidence.{name}", f"is for a value that is not told: {name}")
        if not each.source.strip() or (not file.is_overlay and not each.source.startswith(("https://", "http://"))):
            raise file.refuse(f"evidence.{name}.source", "must be the address where the value can be read")


def _check_sense(file: RuleFile[RuleShape]) -> None:
    rule = file.value
    if rule.effective and rule.until and rule.until <= rule.effective:
        raise file.refuse("until", "must be after effective: the rule would end before it starts")
    if both := set(rule.who_may_speak) & set(rule.speakers_refused):
        raise file.refuse("speakers_refused", f"contradicts who_may_speak: {min(both)}")
    if rule.lane == "pre_denial" and rule.blocked_by_appeal:
        raise file.refuse("blocked_by_appeal", "contradicts lane: before a denial there is no appeal")
    if (rule.missed_call in ("call_back", "one_more_day")) != (rule.missed_call_business_days is not None):
        raise file.refuse(
            "missed_call_business_days", "belongs to missed_call call_back or one_more_day, and only there"
        )
    if rule.vendor and rule.vendors:
        raise file.refuse("vendors", "contradicts vendor: who decides for others does not delegate here")
    if rule.for_payers and not rule.vendor:
        raise file.refuse("for_payers", "is for vendors only")


def _check_windows(file: RuleFile[RuleShape]) -> None:
    seen: set[tuple[str, str]] = set()
    lane = file.value.lane
    for index, window in enumerate(file.value.windows):
        place = f"windows[{index}]"
        if (window.amount == 0) != (window.unit in _SPANLESS) or window.amount < 0:
            problem = "must be 0 for an appeal_period or until_decision, and more for every other unit"
            raise file.refuse(f"{place}.amount", f"{problem}: the window would end before it starts")
        if (window.setting, window.anchor) in seen:
            raise file.refuse(place, f"contradicts an earlier window: {window.setting} from {window.anchor} twice")
        seen.add((window.setting, window.anchor))
        before = window.anchor == "plan_outreach"
        if window.unit in _SPANLESS and before != (window.unit == "until_decision"):
            raise file.refuse(
                f"{place}.anchor", f"contradicts unit: {window.unit} runs on the other side of the denial"
            )
        if lane == "pre_denial" and window.anchor in _AFTER_DENIAL:
            raise file.refuse(f"{place}.anchor", "contradicts lane: before a denial nothing is counted from it")
        if lane == "post_denial" and before:
            raise file.refuse(f"{place}.anchor", "contradicts lane: after a denial nothing is counted from outreach")


def _check_hours(file: RuleFile[RuleShape]) -> None:
    hours = file.value.hours
    if hours is None:
        return
    try:
        ZoneInfo(hours.zone)
    except (KeyError, ValueError, OSError) as error:
        raise file.refuse("hours.zone", "is no IANA time zone") from error
    if hours.opens >= hours.closes:
        raise file.refuse("hours.closes", "must be after opens")
    if not hours.days or len(set(hours.days)) != len(hours.days):
        raise file.refuse("hours.days", f"must name weekdays once each, of {' '.join(WEEKDAYS)}")


def check_pair(one: RuleFile[RuleShape], other: RuleFile[RuleShape]) -> None:
    """Refuse two files that would both be the rule of one answer."""
    left, right = one.value, other.value
    if left.key == right.key:
        raise other.refuse("key", f"contradicts {one.path.name}: {right.key} twice")
    if left.services != right.services or left.report != right.report or not _same_days(left, right):
        return
    for name in ("states", "lines_of_business", "funding", "settings", "reasons", "for_payers"):
        if not _both(getattr(left, name), getattr(right, name)):
            return
    ids = {(each.system, each.value) for each in left.identifiers}
    if any((each.system, each.value) in ids for each in right.identifiers):
        raise other.refuse("identifiers", f"contradicts {one.path.name}: the same identifier for the same plans")
    names = {plain_name(name) for name in (left.payer, *left.names)}
    shared = [name for name in (right.payer, *right.names) if plain_name(name) in names]
    if shared:
        raise other.refuse("names", f"contradicts {one.path.name}: {shared[0]} for the same plans")


def _both(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether two lists are for the same: both for any, or one value in both. One for any only is the general rule."""
    return bool(set(left) & set(right)) if left and right else not left and not right


def _same_days(left: RuleShape, right: RuleShape) -> bool:
    """Whether some day falls under both rules."""
    first, last = datetime.date.min, datetime.date.max
    return max(left.effective or first, right.effective or first) < min(left.until or last, right.until or last)


def check_vendors(files: Iterable[RuleFile[RuleShape]]) -> None:
    """Refuse a key that is nobody's, in `vendors` and `for_payers`."""
    files = list(files)
    vendors = {each.value.key for each in files if each.value.vendor}
    payers = {each.value.key for each in files} - vendors
    for file in files:
        for place, keys, known in (
            ("vendors", file.value.vendors, vendors),
            ("for_payers", file.value.for_payers, payers),
        ):
            for index, key in enumerate(keys):
                if key not in known:
                    raise file.refuse(f"{place}[{index}]", f"there is no such rule: {key}")
