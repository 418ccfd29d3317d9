"""
Charts with the answer to every criterion worked out by hand: one module a service, found by its name.

A module holds CASES, a tuple of Case, and SERVICE where it is not called as the service. Write what a reader would
answer before running anything; where the program disagrees and is right, say so in the commit. Days are those of a
frozen NOW: nothing here goes stale.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules

from app.core.brief import Brief, assemble_brief
from app.core.denial import Code, Denial, DenialLine, Quote
from app.core.detect import route_denial
from app.core.people import Party
from app.edges.fhir.chart import read_chart
from app.edges.fhir.patient import read_patient

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
MET, UNMET, SILENT = "met", "not met", "not documented"
PATIENT = "Patient/synthetic"
SYSTEMS = {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "icd10": "http://hl7.org/fhir/sid/icd-10-cm",
    "loinc": "http://loinc.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "snomed": "http://snomed.info/sct",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    One synthetic chart, the denial it must answer, and what a reader finds in it.

    name: met | unmet | contradictory, or what else it tries; asked: (system, code) or words of the denied line
    denial: the payer's words; diagnoses: ICD-10-CM codes of the request; resources: as write.py makes them, or any
    FHIR resource as a dict: id and subject are filled in where they lack
    expected: status of every criterion of the service; answered: whether the brief answers the denial, None: untried
    missed: what the program is known to say instead, by criterion; it errs there, and the test notices when it stops
    """

    name: str
    asked: tuple[str, str] | str
    denial: str
    resources: tuple[dict, ...]
    expected: dict[str, str]
    diagnoses: tuple[str, ...] = ()
    answered: bool | None = None
    missed: dict[str, str] = field(default_factory=dict)

    @property
    def chart(self) -> dict[str, dict]:
        """The resources by "Type/ID", each the patient's own."""
        person = {"resourceType": "Patient", "id": "synthetic", "name": [{"given": ["Ada"], "family": "Synthetic"}]}
        found = {PATIENT: {**person, "birthDate": "1960-02-03", "gender": "female"}}
        for number, each in enumerate(self.resources, start=1):
            owner = "patient" if each["resourceType"] == "AllergyIntolerance" else "subject"
            whole = {"id": f"r{number}", owner: {"reference": PATIENT}, **each}
            found[f"{whole['resourceType']}/{whole['id']}"] = whole
        return found


def cases() -> dict[str, tuple[str, Case]]:
    """Return every case as "service/name" -> (service, case)."""
    found = {}
    for name in sorted(each.name for each in iter_modules(__path__) if each.name != "write"):
        module = import_module(f"{__name__}.{name}")
        service = getattr(module, "SERVICE", name)
        for each in module.CASES:
            assert f"{service}/{each.name}" not in found, f"two cases are called {service}/{each.name}"
            found[f"{service}/{each.name}"] = (service, each)
    return found


def brief_of(case: Case, *, services, rules) -> Brief:
    """Return the brief of a case through the reader and the assembly that the product uses."""
    denial = _denial(case)
    return assemble_brief(
        denial=denial,
        routing=route_denial(denial, None, rules=rules, payer=None, now=NOW),
        coverage=None,
        patient=read_patient(case.chart[PATIENT], reference=PATIENT),
        clinician=None,
        chart=read_chart(case.chart, patient=PATIENT),
        criteria=services,
        now=NOW,
    )


def _denial(case: Case) -> Denial:
    note = Quote(case.denial, "processNote[0].text", "ClaimResponse/answer")
    coded = isinstance(case.asked, tuple)
    line = DenialLine(
        sequence=1,
        actions=(Code("https://codesystem.x12.org/005010/306", "A3"),),
        notes=(note,),
        service=Code(SYSTEMS[case.asked[0]], case.asked[1]) if coded else None,
        service_label=None if coded else case.asked,
        diagnoses=tuple(Code(SYSTEMS["icd10"], each) for each in case.diagnoses),
    )
    return Denial(
        reference="ClaimResponse/answer",
        use="preauthorization",
        status="active",
        outcome="complete",
        created_at=datetime(2026, 11, 18, 15, 0, tzinfo=UTC),
        patient=PATIENT,
        insurer=Party("Synthetic Health Plan"),
        lines=(line,),
        notes=(note,),
    )
