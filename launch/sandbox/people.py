"""
The practice's people: who signs in to the sandbox EHR, their roles, hours and weeks. All of them are invented.

NPIs begin with 2, a range from which none has been given out, and carry a valid check digit.
"""

from dataclasses import dataclass

NPI = "http://hl7.org/fhir/sid/us-npi"
NUCC = "http://nucc.org/provider-taxonomy"
LOCAL = "http://sandbox.example/codes"
CLINIC = "Organization/prairie-clinic"


@dataclass(frozen=True, slots=True)
class EhrUser:
    """Somebody who may sign in to the EHR; fhir_user is a relative reference, as an id_token carries it."""

    login: str
    name: str
    fhir_user: str
    title: str


@dataclass(frozen=True, slots=True)
class Busy:
    """One block of a week's template: local times, the days it falls on (0 = Monday), in steps of so many minutes."""

    days: tuple[int, ...]
    starts: str
    ends: str
    minutes: int
    what: str
    status: str = "booked"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the practice; specialty is a NUCC code and None for those who do not treat."""

    id: str
    login: str
    given: str
    family: str
    suffix: str
    title: str
    npi_base: str | None = None
    specialty: tuple[str, str] | None = None
    hours: tuple[tuple[tuple[int, ...], str, str], ...] = ()
    round_the_clock: bool = False
    busy: tuple[Busy, ...] = ()
    admin_at: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name as a badge shows it."""
        return f"{self.given} {self.family}{', ' + self.suffix if self.suffix else ''}"


WORKWEEK = (0, 1, 2, 3, 4)

SPINE = Person(
    "ada-lindqvist",
    "spine",
    "Ada",
    "Lindqvist-Moreau",
    "MD",
    "Orthopaedic spine surgeon",
    npi_base="200000101",
    specialty=("207XS0117X", "Orthopaedic surgery of the spine"),
    hours=((WORKWEEK, "07:30", "17:30"),),
    busy=(
        Busy((0, 2), "08:00", "10:00", 20, "Clinic visit"),
        Busy((0, 2), "10:40", "12:00", 20, "Clinic visit"),
        Busy((0, 2), "13:00", "14:40", 20, "Clinic visit"),
        Busy((0, 2), "16:00", "17:00", 20, "Clinic visit"),
        Busy((1, 3), "07:30", "13:30", 360, "Operating room"),
        Busy((4,), "08:30", "11:30", 30, "New patient"),
        Busy((4,), "13:00", "14:00", 60, "Spine conference"),
        # Called off, so it must not stand in anybody's way.
        Busy(WORKWEEK, "15:00", "15:40", 40, "Called-off visit", status="cancelled"),
    ),
    admin_at=("12:10", "15:00"),
)
GUT = Person(
    "omar-castellane",
    "gastro",
    "Omar",
    "Castellane-Wu",
    "MD",
    "Gastroenterologist",
    npi_base="200000102",
    specialty=("207RG0100X", "Gastroenterology"),
    hours=((WORKWEEK, "08:00", "17:00"),),
    busy=(
        Busy((0, 3), "08:00", "12:00", 240, "Endoscopy suite"),
        Busy((0, 3), "13:30", "15:30", 30, "Clinic visit"),
        Busy((1, 2, 4), "08:30", "10:30", 30, "Clinic visit"),
        Busy((1, 2, 4), "11:00", "12:00", 30, "Clinic visit"),
        Busy((1, 2), "13:00", "15:00", 30, "Clinic visit"),
    ),
    admin_at=("12:30", "16:00"),
)
CANCER = Person(
    "mei-tanabe",
    "onco",
    "Mei",
    "Tanabe-Rourke",
    "MD",
    "Medical oncologist",
    npi_base="200000103",
    specialty=("207RX0202X", "Medical oncology"),
    hours=((WORKWEEK, "08:00", "17:00"),),
    busy=(
        Busy((0, 1, 3), "08:30", "10:10", 20, "Clinic visit"),
        Busy((0, 1, 3), "10:30", "11:50", 20, "Infusion review"),
        Busy((0, 1, 3), "13:00", "15:00", 40, "Clinic visit"),
        Busy((2,), "08:00", "09:00", 60, "Tumour board"),
        Busy((2, 4), "09:30", "12:00", 30, "Clinic visit"),
    ),
    admin_at=("12:00", "15:40"),
)
COVERING = Person(
    "felix-brandauer",
    "covering",
    "Felix",
    "Brandauer-Nkemelu",
    "DO",
    "Covering internist",
    npi_base="200000104",
    specialty=("207R00000X", "Internal medicine"),
    hours=((WORKWEEK, "08:00", "17:00"),),
    # Every minute of every working day is taken: no slot of any payer can fit.
    busy=(
        Busy(WORKWEEK, "08:00", "12:00", 20, "Clinic visit"),
        Busy(WORKWEEK, "12:00", "13:00", 60, "Inpatient consult round"),
        Busy(WORKWEEK, "13:00", "17:00", 20, "Clinic visit"),
    ),
)
WARD = Person(
    "ines-okonkwo",
    "ward",
    "Ines",
    "Okonkwo-Hale",
    "MD",
    "Hospitalist, on duty round the clock",
    npi_base="200000105",
    specialty=("208M00000X", "Hospital medicine"),
    round_the_clock=True,
    busy=(Busy((0, 1, 2, 3, 4, 5, 6), "09:00", "10:30", 90, "Ward round"),),
)
CLINICIANS = (SPINE, GUT, CANCER, COVERING, WARD)
OFFICE = (
    Person("tess-ortolani", "coordinator", "Tess", "Ortolani-Briggs", "", "Prior authorization coordinator"),
    Person("noor-ellingsen", "coordinator2", "Noor", "Ellingsen-Voss", "RN", "Prior authorization coordinator, nurse"),
    Person("ravi-demarchi", "manager", "Ravi", "Demarchi-Stone", "MD", "Medical director", npi_base="200000106"),
    Person("june-halloran", "delegate", "June", "Halloran-Pitts", "", "Office staff of the spine clinic (delegate)"),
)
PEOPLE = CLINICIANS + OFFICE
USERS = tuple(EhrUser(p.login, p.name, f"Practitioner/{p.id}", p.title) for p in PEOPLE)


def npi(base: str) -> str:
    """Return the ten-digit NPI of nine digits: the Luhn check digit over 80840 + base (45 CFR 162.406)."""
    if len(base) != 9 or not base.isdigit():
        raise ValueError("an NPI is built from nine digits")
    total = 0
    for place, digit in enumerate(reversed("80840" + base)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return base + str(-total % 10)
