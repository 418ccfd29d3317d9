"""What one site decides for itself, from its EHR's record in smart-config.json."""

from collections.abc import Sequence
from datetime import time, timedelta

from app.core.people import WorkingHours
from app.core.slots import Habits
from app.core.slots.offered import Place
from app.edges.ehr import SiteProfile
from app.flow.ports import Publishing, Site
from app.settings import CallHabits, Hours, Issuer

# Kinds of servers that are known to take attachments of a message; one that refuses is sent the words alone.
_TAKES_FILES = frozenset({"generic", "hapi", "medplum", "openemr"})


def site_of(issuer: Issuer) -> Site:
    """Return what the site decides for itself."""
    return Site(
        zone=issuer.zone,
        call_minutes=issuer.call_minutes,
        notice_minutes=issuer.notice_minutes,
        habits=habits_of(issuer.calls),
        own_habits={who: habits_of(each.calls) for who, each in issuer.clinicians.items() if each.calls},
        cover={who: each.covered_by for who, each in issuer.clinicians.items() if each.covered_by},
        arrivals_days=issuer.arrivals_days,
        publishing=publishing_of(issuer),
        viewer=issuer.profile.viewer,
        reads_by_itself=bool(issuer.backend_client_id),
        recording_state=issuer.recording_state,
    )


def publishing_of(issuer: Issuer) -> Publishing | None:
    """Return how the site's free times are told to payers, None where they are not."""
    told = issuer.publishing
    if told is None:
        return None
    name = told.name or issuer.display or issuer.slug
    place = Place(name, told.phone, told.line, told.city, told.state, told.postal_code)
    return Publishing(place, told.days, told.notice_hours)


def habits_of(calls: CallHabits) -> Habits:
    """Return what is kept around calls, from its record."""
    lengths = (calls.prepare_minutes, calls.wrap_up_minutes, calls.travel_minutes)
    minutes = (timedelta(minutes=each) for each in lengths)
    return Habits(*minutes, _working_hours(calls.protected), _working_hours(calls.clinic))


def _working_hours(told: Sequence[Hours]) -> tuple[WorkingHours, ...]:
    times = [(each.days, time.fromisoformat(each.start), time.fromisoformat(each.end)) for each in told]
    return tuple(WorkingHours(day, start, end) for days, start, end in times for day in days)


def profile_of(issuer: Issuer) -> SiteProfile:
    """Return what the site's EHR takes, from its record."""
    profile = issuer.profile
    return SiteProfile(
        appointment=profile.appointment,
        slot_type=profile.slot_type,
        tasks=profile.task == "auto",
        bare=issuer.kind == "oracle",  # it answers 422 to elements it does not document
        document_type=profile.document.type,
        document_category=profile.document.category,
        document_mimes=(mime,) if isinstance(mime := profile.document.mime, str) else mime,
        document_needs_encounter=profile.document.needs_encounter,
        communication_category=profile.communication.category,
        communication_sender=profile.communication.sender,
        communication_recipient=profile.communication.recipient_group,
        communication_files=profile.communication.calendar_file == "auto" and issuer.kind in _TAKES_FILES,
        call_document=profile.call_document,
        questionnaire=None if (form := profile.questionnaire_response) == "off" else form,
        messages_need_patient=profile.communication.needs_patient,
        overrides=issuer.overrides,
        hours=_working_hours((issuer.hours,)),
    )
