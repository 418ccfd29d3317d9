"""An EHR that we trust: where it is, what it takes, and the hours of its clinicians."""

import re
from datetime import time

from app.core.people import Role
from app.core.rulebook.recording import PLACES
from app.errors import Misconfigured
from app.settings.checks.choices import (
    APPOINTMENTS,
    CHOICES,
    FORM,
    HOST,
    LOINC,
    NOTE_KINDS,
    RESOURCES,
    SLOT_TYPE,
    WEEKDAYS,
)
from app.settings.checks.plain import check_url, check_zone
from app.settings.smart import CallHabits, ClinicianRecord, Hours, Issuer, Profile, Publishing


def check_issuer(place: str, issuer: Issuer, *, allow_loopback: bool) -> None:
    """Check one EHR, whose place is "smart-config.json issuers[0]"; raises Misconfigured for the first fault."""
    if not issuer.slug or not all(c.isascii() and (c.islower() or c.isdigit() or c == "-") for c in issuer.slug):
        raise Misconfigured(f"{place}.slug", "use lower-case letters, digits and hyphens")
    if not issuer.client_id:
        raise Misconfigured(f"{place}.client_id", "is empty")
    if issuer.fhir_base.endswith("/"):
        raise Misconfigured(f"{place}.fhir_base", "must not end with a slash")
    check_url(f"{place}.fhir_base", issuer.fhir_base, allow_loopback=allow_loopback)
    for name in ("auth", "alg", "kind", "refresh", "nonce", "banner"):
        if getattr(issuer, name) not in CHOICES[name]:
            raise Misconfigured(f"{place}.{name}", f"must be one of {', '.join(sorted(CHOICES[name]))}")
    if issuer.profile.appointment not in APPOINTMENTS:
        raise Misconfigured(f"{place}.profile.appointment", f"must be one of {', '.join(sorted(APPOINTMENTS))}")
    if issuer.profile.task not in CHOICES["task"]:
        raise Misconfigured(f"{place}.profile.task", "must be auto or off")
    _check_places(f"{place}.profile", issuer.profile)
    _check_note(f"{place}.profile.document.mime", issuer)
    _check_viewer(f"{place}.profile.viewer", issuer.profile.viewer, allow_loopback=allow_loopback)
    _check_origins(place, issuer, allow_loopback=allow_loopback)
    _check_switches(place, issuer)
    _check_roles(place, issuer)
    _check_hours(place, issuer)
    if issuer.publishing is not None:
        _check_publishing(f"{place}.publishing", issuer.publishing)


def _check_places(place: str, profile: Profile) -> None:
    """Demand that what opens a further place in the EHR names it as the EHR knows it."""
    if profile.slot_type and profile.appointment != "oracle-slot":
        raise Misconfigured(f"{place}.slot_type", 'goes with "appointment": "oracle-slot" only')
    if not SLOT_TYPE.fullmatch(profile.slot_type):
        raise Misconfigured(f"{place}.slot_type", "must be one code, with its system before it: system|code")
    if not LOINC.fullmatch(profile.call_document):
        raise Misconfigured(f"{place}.call_document", "must be a LOINC code, or empty")
    if profile.communication.calendar_file not in ("auto", "off"):
        raise Misconfigured(f"{place}.communication.calendar_file", "must be auto or off")
    if profile.questionnaire_response != "off" and not FORM.fullmatch(profile.questionnaire_response):
        raise Misconfigured(f"{place}.questionnaire_response", "must be off, or the URL of the form that you installed")


def _check_note(name: str, issuer: Issuer) -> None:
    """Demand media types that a note can be written in, and one alone where the server documents one."""
    mime = issuer.profile.document.mime
    kinds = (mime,) if isinstance(mime, str) else mime
    if not kinds or any(each.partition(";")[0].strip().lower() not in NOTE_KINDS for each in kinds):
        raise Misconfigured(name, f"must be one or several of {', '.join(sorted(NOTE_KINDS - {''}))}")
    if issuer.kind == "oracle" and len(kinds) > 1:
        raise Misconfigured(name, "must be one alone: this EHR takes one content")


def _check_viewer(name: str, viewer: str, *, allow_loopback: bool) -> None:
    """Demand an address that only lacks the resource, in its path or its query: pages link to it."""
    if not viewer:
        return
    head, mark, _ = viewer.partition("{reference}")
    if not mark:
        raise Misconfigured(name, "must hold {reference} where the resource's type and id go")
    check_url(name, head.partition("?")[0], allow_loopback=allow_loopback)


def _check_origins(place: str, issuer: Issuer, *, allow_loopback: bool) -> None:
    """Demand origins and nothing else: they stand word for word in a header, where a star or a ; would mean more."""
    for index, origin in enumerate(issuer.frame_ancestors):
        name = f"{place}.frame_ancestors[{index}]"
        if not re.fullmatch(rf"https?://{HOST}", origin):
            raise Misconfigured(name, "must be an origin, https://host[:port]")
        check_url(name, origin, allow_loopback=allow_loopback)


def _check_switches(place: str, issuer: Issuer) -> None:
    """Demand that what is switched off and where sign-in may lie is spelled so that it counts."""
    for index, host in enumerate(issuer.pinned_hosts):
        if not re.fullmatch(HOST, host):
            raise Misconfigured(f"{place}.pinned_hosts[{index}]", "must be a host, or host:port")
    for what, is_on in issuer.overrides.items():
        kind, _, letter = what.partition(".")
        if kind not in RESOURCES or letter not in tuple("crus"):
            raise Misconfigured(f"{place}.overrides[{what!r}]", "must be Type.letter of a type that Parley uses")
        if is_on:
            raise Misconfigured(f"{place}.overrides[{what!r}]", "must be false: nothing can be switched on")
    if not 1 <= issuer.sync.denials_min <= 1440:
        raise Misconfigured(f"{place}.sync.denials_min", "must lie between 1 and 1440")


def _check_roles(place: str, issuer: Issuer) -> None:
    roles = {role.value for role in Role}
    for who, role in issuer.roles.items():
        if role not in roles:
            raise Misconfigured(f"{place}.roles[{who!r}]", f"must be one of {', '.join(sorted(roles))}")
    if issuer.default_role not in roles:
        raise Misconfigured(f"{place}.default_role", f"must be one of {', '.join(sorted(roles))}")


def _check_publishing(place: str, told: Publishing) -> None:
    for name in ("phone", "line", "city", "postal_code"):
        if not getattr(told, name).strip():
            raise Misconfigured(f"{place}.{name}", "is empty")
    if not re.fullmatch(r"[A-Z]{2}", told.state):
        raise Misconfigured(f"{place}.state", "must be a state's two letters")
    for name, least, most in (("days", 1, 60), ("notice_hours", 0, 240), ("every_min", 1, 60)):
        if not least <= getattr(told, name) <= most:
            raise Misconfigured(f"{place}.{name}", f"must lie between {least} and {most}")


def _check_hours(place: str, issuer: Issuer) -> None:
    check_zone(f"{place}.zone", issuer.zone)
    _check_times(f"{place}.hours", issuer.hours)
    for name in ("call_minutes", "notice_minutes"):
        if not 0 < getattr(issuer, name) <= 240:
            raise Misconfigured(f"{place}.{name}", "must lie between 1 and 240")
    _check_habits(f"{place}.calls", issuer.calls)
    for who, record in issuer.clinicians.items():
        _check_clinician(f"{place}.clinicians[{who!r}]", who, record)
    if issuer.recording_state is not None and issuer.recording_state not in PLACES:
        raise Misconfigured(f"{place}.recording_state", "must be a state's two letters")
    if not 1 <= issuer.arrivals_days <= 365:
        raise Misconfigured(f"{place}.arrivals_days", "must lie between 1 and 365")
    if issuer.timeouts.idle <= 0 or issuer.timeouts.absolute <= 0:
        raise Misconfigured(f"{place}.timeouts", "must be minutes above 0")


def _check_times(place: str, hours: Hours) -> None:
    try:
        start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    except ValueError as error:
        raise Misconfigured(place, 'start and end must be local times, "HH:MM"') from error
    if start >= end or not set(hours.days) <= set(WEEKDAYS):
        raise Misconfigured(place, f"must start before they end, on days of {' '.join(WEEKDAYS)}")


def _check_habits(place: str, habits: CallHabits) -> None:
    for name in ("prepare_minutes", "wrap_up_minutes", "travel_minutes"):
        if not 0 <= getattr(habits, name) <= 120:
            raise Misconfigured(f"{place}.{name}", "must lie between 0 and 120")
    for name in ("protected", "clinic"):
        for index, each in enumerate(getattr(habits, name)):
            _check_times(f"{place}.{name}[{index}]", each)


def _check_clinician(place: str, who: str, record: ClinicianRecord) -> None:
    for index, name in enumerate((who, *record.covered_by)):
        if not re.fullmatch(r"Practitioner/[A-Za-z0-9.-]{1,64}", name):
            raise Misconfigured(f"{place}.covered_by[{index - 1}]" if index else place, "must be Practitioner/ID")
    if who in record.covered_by:
        raise Misconfigured(f"{place}.covered_by", "names the clinician themselves")
    if record.calls is not None:
        _check_habits(f"{place}.calls", record.calls)
