"""The site's own policies: listed, read, put in, put in anew, retired."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.core.people import Act
from app.core.rulebook.edits import RuleRefused
from app.core.rulebook.policies import (
    MOST_DOCUMENTS,
    NoSuchPolicy,
    Policy,
    PolicyMoved,
    PolicyVersion,
    documents,
    in_force,
)
from app.core.rulebook.policy_form import Form, read_day, read_policy_form, read_why
from app.flow.cases import demand
from app.flow.ports import Ports
from app.flow.rules import site_day


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One document. latest: its newest version; holds: the one in force today; aside: why that is not used."""

    latest: PolicyVersion
    holds: PolicyVersion | None
    aside: str | None

    @property
    def state(self) -> str:
        """In force, from a day to come, retired, or not used."""
        if self.aside:
            return "not used"
        if self.holds:
            return "in force"
        return "retired" if self.latest.is_retired else "not yet"


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A document: its versions, the newest first, and one of them read. seen: the newest one's number."""

    row: PolicyRow
    versions: tuple[PolicyVersion, ...]
    shown: Policy
    services: Mapping[str, str]

    @property
    def seen(self) -> int:
        """What a form gives back."""
        return self.versions[0].version


def policy_list(ports: Ports, *, now: datetime) -> tuple[PolicyRow, ...]:
    """Return every document, by title; retired ones last."""
    demand(ports, Act.SEE_RULES, now=now)
    day = site_day(ports, now)
    rows = [_row(ports, each, day) for each in documents(ports.policies.versions(ports.tenant)).values()]
    return tuple(sorted(rows, key=lambda each: (each.state == "retired", each.latest.title.casefold())))


def policy_page(ports: Ports, policy_id: str, *, version: int | None = None, now: datetime) -> PolicyPage:
    """Return a document with one of its versions read: the one asked for, else the one in force, else the newest."""
    demand(ports, Act.SEE_RULES, now=now)
    versions = _versions(ports, policy_id)
    row = _row(ports, versions, site_day(ports, now))
    told = [each for each in versions if not each.is_retired]
    wanted = next((each for each in told if each.version == version), None) if version else row.holds or told[-1]
    if wanted is None:
        raise NoSuchPolicy("There is no such version of this policy.")
    return PolicyPage(row, versions[::-1], ports.policies.read(ports.tenant, wanted), service_labels(ports))


def text_of(ports: Ports, policy_id: str, version: int, *, now: datetime) -> str:
    """Return what was put in, to be put in anew."""
    demand(ports, Act.EDIT_RULES, now=now)
    return ports.policies.text(ports.tenant, policy_id, version)


def service_labels(ports: Ports) -> dict[str, str]:
    """Return the services that a policy may be for: labels by key, in the order of labels."""
    known = (each for each in ports.rules.criteria if not each.generic)
    return {each.key: each.label for each in sorted(known, key=lambda one: one.label.casefold())}


def add_policy(ports: Ports, form: Form, file: tuple[str, bytes] | None, *, now: datetime) -> PolicyVersion:
    """Put a policy in; raises RuleRefused naming the field."""
    demand(ports, Act.EDIT_RULES, now=now)
    if len(documents(ports.policies.versions(ports.tenant))) >= MOST_DOCUMENTS:
        raise RuleRefused("title", f"There are {MOST_DOCUMENTS} policies here; put a new version of one of them in.")
    return _keep(ports, ports.ids.new_id(), 1, form, file, now=now)


def replace_policy(
    ports: Ports, policy_id: str, form: Form, file: tuple[str, bytes] | None, *, seen: int, now: datetime
) -> PolicyVersion:
    """Put a newer version in; the older ones still hold for their days. Raises RuleRefused, PolicyMoved."""
    demand(ports, Act.EDIT_RULES, now=now)
    newest = _unmoved(ports, policy_id, seen)
    return _keep(ports, policy_id, newest.version + 1, form, file, now=now)


def retire_policy(ports: Ports, policy_id: str, form: Form, *, seen: int, now: datetime) -> PolicyVersion:
    """Let nothing of a policy hold from a day on; its words stay in its history. Raises RuleRefused, PolicyMoved."""
    demand(ports, Act.EDIT_RULES, now=now)
    newest = _unmoved(ports, policy_id, seen)
    day = read_day(form, "until", today=site_day(ports, now))
    gone = PolicyVersion(
        id=policy_id,
        version=newest.version + 1,
        title=newest.title,
        payer=newest.payer,
        services=newest.services,
        codes=newest.codes,
        number=newest.number,
        source=newest.source,
        effective=day,
        form=newest.form,
        why=read_why(form),
        by=ports.user.key,
        by_name=ports.user.name,
        at=now,
        is_retired=True,
    )
    ports.policies.keep(ports.tenant, gone, "")
    return gone


def _keep(
    ports: Ports, policy_id: str, number: int, form: Form, file: tuple[str, bytes] | None, *, now: datetime
) -> PolicyVersion:
    """Keep a version once its text was read; criteria are for their own service, whatever was ticked."""
    told = read_policy_form(form, file, services=service_labels(ports).keys(), today=site_day(ports, now))
    version = PolicyVersion(
        id=policy_id,
        version=number,
        title=told.title,
        payer=told.payer,
        services=told.services,
        codes=told.codes,
        number=told.number,
        source=told.source,
        effective=told.effective,
        form=told.form,
        why=told.why,
        by=ports.user.key,
        by_name=ports.user.name,
        at=now,
    )
    try:
        version = _checked(ports, version, told.text)
    except RuleRefused as error:
        raise RuleRefused("file" if error.field == "text" and file and file[0] else error.field, error.say) from error
    ports.policies.keep(ports.tenant, version, told.text)
    return version


def _checked(ports: Ports, version: PolicyVersion, text: str) -> PolicyVersion:
    """Return a version as its text makes it; raises RuleRefused where the text cannot be kept."""
    read = ports.policies.tried(version, text)
    if read.criteria is not None:
        return replace(version, services=(read.criteria.key,), has_criteria=True)
    if not version.services and not version.codes:
        raise RuleRefused("services", "Tick the services that it is for, or give their codes.")
    if not any(each.paragraphs for each in read.sections):
        raise RuleRefused("text", "Nothing was found in it that could be quoted.")
    return version


def _versions(ports: Ports, policy_id: str) -> tuple[PolicyVersion, ...]:
    found = documents(ports.policies.versions(ports.tenant)).get(policy_id)
    if found is None:
        raise NoSuchPolicy()
    return found


def _unmoved(ports: Ports, policy_id: str, seen: int) -> PolicyVersion:
    newest = _versions(ports, policy_id)[-1]
    if newest.version != seen:
        raise PolicyMoved()
    return newest


def _row(ports: Ports, versions: tuple[PolicyVersion, ...], day: date) -> PolicyRow:
    holds = in_force(versions, day)
    # Only criteria may come not to fit: looking at them alone spares the list every other text.
    aside = ports.policies.read(ports.tenant, holds).aside if holds and holds.has_criteria else None
    return PolicyRow(versions[-1], holds, aside)
