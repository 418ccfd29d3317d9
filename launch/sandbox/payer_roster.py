"""
The payers of the sandbox: their desks, hours and reviewers.

Real payers appear by name because the rules about them are public; their reviewers, telephone numbers and hours here
are invented.
"""

from dataclasses import dataclass
from datetime import time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Reviewer:
    """One of a payer's clinicians; specialty is a NUCC code with our own words for it."""

    id: str
    name: str
    specialty: tuple[str, str]
    round_the_clock: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """
    One payer's peer-to-peer desk.

    opens, closes: business hours in `zone`; length_minutes: of one call
    reviewers: those whose times are published; none means the desk is asked by fax, message or telephone
    reply_after: how long the desk takes to answer such a request; None means it never does
    inquiry: the PAS version in whose shape its server says how a request stands; None means that it does not
    """

    slug: str
    name: str
    zone: str
    phone: str
    fax: str
    opens: time = time(9)
    closes: time = time(17)
    length_minutes: int = 20
    reviewers: tuple[Reviewer, ...] = ()
    reply_after: timedelta | None = timedelta()
    inquiry: str | None = None

    @property
    def tz(self) -> ZoneInfo:
        """The zone in which the desk keeps its hours."""
        return ZoneInfo(self.zone)


SPINE = ("207XS0117X", "Orthopaedic surgery of the spine")
ORTHO = ("207X00000X", "Orthopaedic surgery")
GUT = ("207RG0100X", "Gastroenterology")
CANCER = ("207RX0202X", "Medical oncology")
INTERNAL = ("207R00000X", "Internal medicine")
REHAB = ("208100000X", "Physical medicine and rehabilitation")
WARD = ("208M00000X", "Hospital medicine")
IMAGING = ("2085R0202X", "Diagnostic radiology")
EAST, CENTRAL, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"

DESKS = (
    Desk(
        "unitedhealthcare",
        "UnitedHealthcare",
        CENTRAL,
        "800-555-0101",
        "800-555-0151",
        opens=time(8),
        reviewers=(
            Reviewer("uhc-spine", "Dr. Harriet Olander, MD", SPINE),
            Reviewer("uhc-ortho", "Dr. Paulo Wexford, MD", ORTHO),
            Reviewer("uhc-internal", "Dr. Simone Achter, DO", INTERNAL),
        ),
        inquiry="2.0.1",
    ),
    Desk(
        "wellpoint-nj",
        "Wellpoint NJ",
        EAST,
        "800-555-0102",
        "800-555-0152",
        reviewers=(
            Reviewer("wnj-gastro", "Dr. Yusuf Carrow, MD", GUT),
            Reviewer("wnj-ortho", "Dr. Lena Starkweather, MD", ORTHO),
            Reviewer("wnj-internal", "Dr. Bram Ostrowe, MD", INTERNAL),
        ),
    ),
    Desk("bcbs-south-carolina", "BCBS South Carolina", EAST, "800-555-0103", "800-555-0153"),
    Desk(
        "molina",
        "Molina",
        PACIFIC,
        "800-555-0104",
        "800-555-0154",
        closes=time(16),
        length_minutes=30,
        reviewers=(
            Reviewer("mol-gastro", "Dr. Ingrid Palomar, MD", GUT),
            Reviewer("mol-oncology", "Dr. Cedric Voss-Abara, MD", CANCER),
            Reviewer("mol-internal", "Dr. Nadia Wren, MD", INTERNAL),
            Reviewer("mol-urgent", "Urgent line, physician on duty", WARD, round_the_clock=True),
        ),
        inquiry="2.2.1",
    ),
    Desk("priority-health", "Priority Health", "America/Detroit", "800-555-0108", "800-555-0158", reply_after=None),
    Desk(
        "superior-healthplan-tx",
        "Superior HealthPlan TX",
        CENTRAL,
        "800-555-0107",
        "800-555-0157",
        opens=time(8),
        reply_after=timedelta(hours=2),
    ),
    Desk("humana", "Humana", EAST, "800-555-0109", "800-555-0159", opens=time(8)),
    Desk(
        "evicore",
        "eviCore",
        EAST,
        "800-555-0105",
        "800-555-0155",
        opens=time(8),
        closes=time(19),
        reviewers=(
            Reviewer("evi-imaging", "Dr. Oskar Templeton, MD", IMAGING),
            Reviewer("evi-ortho", "Dr. Amara Fitzroy, MD", ORTHO),
            Reviewer("evi-rehab", "Dr. Kenji Lowell, MD", REHAB),
        ),
    ),
    Desk("example-mutual", "Example Mutual", CENTRAL, "800-555-0106", "800-555-0156"),
)
BY_SLUG = {desk.slug: desk for desk in DESKS}


def organizations() -> list[dict]:
    """Return the payers as the EHR knows them."""
    return [
        {
            "resourceType": "Organization",
            "id": desk.slug,
            "identifier": [{"system": "http://sandbox.example/payer", "value": desk.slug}],
            "active": True,
            "type": [
                {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "pay"}]}
            ],
            "name": desk.name,
            "telecom": [{"system": "phone", "value": desk.phone}, {"system": "fax", "value": desk.fax}],
        }
        for desk in DESKS
    ]
