"""Loads the practice, the payers and every synthetic patient, all dated from the sandbox's clock at that moment."""

from types import ModuleType

from launch.sandbox.clock import Clock
from launch.sandbox.patients import (
    benefit_exclusion,
    impossible_calendar,
    infliximab_step,
    knee_mri,
    late_summary,
    lumbar_fusion,
    medicare_after_denial,
    missed_call,
    mixed_lines,
    oncology_regimen,
    pended_invitation,
    records_not_received,
    texas_intent,
    text_only,
    therapy_visits,
    two_reviews,
    waits_at_payer,
    weight_medicine,
    window_closes_today,
)
from launch.sandbox.patients.chart import Chart
from launch.sandbox.patients.dates import Dates
from launch.sandbox.patients.story import Expected, Story
from launch.sandbox.payer import Payer
from launch.sandbox.payer_roster import organizations
from launch.sandbox.people import USERS, EhrUser
from launch.sandbox.practice import practice
from launch.sandbox.store import Store

__all__ = ["STORIES", "USERS", "EhrUser", "Story", "load"]

PATIENTS: tuple[ModuleType, ...] = (
    lumbar_fusion,
    infliximab_step,
    oncology_regimen,
    benefit_exclusion,
    records_not_received,
    pended_invitation,
    therapy_visits,
    mixed_lines,
    text_only,
    window_closes_today,
    impossible_calendar,
    texas_intent,
    medicare_after_denial,
    two_reviews,
    knee_mri,
    missed_call,
    waits_at_payer,
    late_summary,
    weight_medicine,
)
STORIES: tuple[Story, ...] = tuple(module.STORY for module in PATIENTS)


def load(store: Store, payer: Payer, clock: Clock) -> None:
    """Put everything into the store and tell the payer which reviews to expect; loading again tells it all from now."""
    now = clock.now()
    for resource in practice(now) + organizations():
        store.put(resource)
    for module in PATIENTS:
        chart, expected = tell(module, Dates(now))
        for resource in chart.resources:
            store.put(resource)
        for review in expected:
            payer.expect(review)
        later = module.decide(chart) if hasattr(module, "decide") else None
        payer.records.keep(chart.resources, later)


def tell(module: ModuleType, dates: Dates) -> tuple[Chart, tuple[Expected, ...]]:
    """Return one patient's chart as told at that moment, and what the payer has been told."""
    chart = Chart(dates, patient_id=module.STORY.patient_id, clinician=module.CLINICIAN)
    return chart, module.tell(chart)
