"""The same journeys on an R4 server that nobody here wrote, in place of the sandbox's own."""

import shutil

import pytest

from tests.edges.ehr_server import medplum
from tests.journeys.town import open_town
from tests.journeys.walks import walk_as_clinician, walk_as_coordinator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.node,
    pytest.mark.xdist_group("independent_ehr"),
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js could not be had"),
]


@pytest.fixture(scope="module")
def town(valid):
    """A town whose charts stand on @medplum/fhir-router."""
    with medplum() as base, open_town(upstream=base) as running:
        yield running
        valid(running)


def test_a_clinician_walks_the_journey_on_medplums_server(screen, town):
    """In the chart: no includes, no next links, versions that are UUIDs; the same one of each resource."""
    walk_as_clinician(screen, town)


def test_a_coordinator_walks_the_journey_on_medplums_server(screen, town):
    """From the worklist: a window told by phone, one Appointment booked and moved, partly approved."""
    walk_as_coordinator(screen, town)
