"""Whatever an EHR answers, its reader gives facts or an error of ours; nothing bent ends in a traceback."""

import json
import os
import random
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.interval import Interval
from app.core.people import Clinician
from app.edges.ehr import FhirEhr, SiteProfile
from app.edges.fhir.capability import read_capability
from app.edges.http import Limits
from app.edges.http.transport import Answer
from app.errors import ParleyError
from launch.sandbox.capability import capability_statement
from launch.sandbox.practice import practice
from launch.sandbox.profiles import profile_named
from tests.answers import NOW
from tests.bent import HOSTILE, bend, bent_bytes, charts

NIGHTLY = os.environ.get("PARLEY_NIGHTLY") == "1"
BASE = "https://ehr.example.org/fhir"
HEADERS = {"Content-Type": "application/fhir+json"}
STATEMENTS = [
    capability_statement(profile_named(each), base=BASE, oauth=None, at=NOW)
    for each in ("full", "epic-like", "oracle-like")
]
WEEK = Interval(NOW, NOW + timedelta(days=7))


class Canned:
    """A server's answers without a socket: every resource of the type that is asked for, some of them broken."""

    limits, allow_loopback = Limits(tries=1), False

    def __init__(self, resources: list[object], chance: random.Random) -> None:
        self.resources, self.chance = [each for each in resources if isinstance(each, dict)], chance

    def exchange(self, method, url, *, headers, body=None, ends_at=None, kind="") -> Answer:
        """Answer a read, a search, or a batch of them."""
        asked = unquote(urlsplit(url).path.removeprefix("/fhir").strip("/"))
        found = self.batch(json.loads(body)) if method == "POST" else self.answer(asked)
        if found is None:
            return Answer(404, HEADERS, b'{"resourceType":"OperationOutcome"}')
        data = bent_bytes(found, self.chance) if self.chance.random() < 0.05 else json.dumps(found).encode()
        return Answer(200, HEADERS, data)

    def answer(self, asked: str):
        """Return a Bundle of a type, or one resource; None where there is none."""
        name, _, id_ = asked.partition("?")[0].partition("/")
        if id_:
            return next((e for e in self.resources if (e.get("resourceType"), e.get("id")) == (name, id_)), None)
        entries = [{"resource": each} for each in self.resources if each.get("resourceType") == name]
        return bend({"resourceType": "Bundle", "type": "searchset", "entry": entries}, self.chance, 0.002, HOSTILE)

    def batch(self, asked: dict):
        """Return the answers to a batch."""
        answers = [self.answer(each["request"]["url"]) for each in asked["entry"]]
        entries = [{"response": {"status": "200" if each else "404"}, "resource": each} for each in answers]
        return {"resourceType": "Bundle", "type": "batch-response", "entry": entries}


@given(st.integers(0, 2**32))
@settings(max_examples=5_000 if NIGHTLY else 150, deadline=None)  # each holds forty resources
@pytest.mark.timeout(3_600 if NIGHTLY else 120)
def test_a_bent_ehr_is_read_or_named(seed):
    """Denials, patients, calendars and charts: typed errors only, and a denial never without its patient."""
    chance = random.Random(seed)
    chart = [*chance.choice(charts()), *practice(NOW)]
    resources = [bend(each, chance, 0.01, HOSTILE) if chance.random() < 0.4 else each for each in chart]
    statement = bend(chance.choice(STATEMENTS), chance, chance.choice((0, 0.002)), HOSTILE)
    ehr = FhirEhr(
        BASE,
        Canned(resources, chance),
        lambda _: "token",
        capability=read_capability(statement if isinstance(statement, dict) else {}),
        scopes="user/*.rs",
        profile=SiteProfile(),
        fhir_user="Practitioner/doc-1",
        patient=None,
        zone="America/Chicago",
    )
    patient = next(f"Patient/{each['id']}" for each in chart if each["resourceType"] == "Patient")
    doctor = next(f"Practitioner/{each['id']}" for each in chart if each["resourceType"] == "Practitioner")
    clinician = Clinician(doctor, "Synthetic", "America/Chicago", ())
    odd = str(chance.choice(HOSTILE))
    for ask in (
        lambda: ehr.denials(patient=chance.choice((None, patient)), now=NOW),
        lambda: ehr.busy(clinician, WEEK, now=NOW),
        lambda: ehr.patient(patient),
        lambda: ehr.patients(
            mrn=chance.choice((None, odd)), name=chance.choice(("Synthetic", ",", odd)), birth_date=odd
        ),
        lambda: ehr.chart(patient, now=NOW),
    ):
        try:
            told = ask()
        except ParleyError as error:
            assert error.say and error.next
            continue
        for each in getattr(told, "found", ()):
            assert each.patient.reference.startswith("Patient/")
