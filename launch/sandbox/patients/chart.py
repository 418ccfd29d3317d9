"""
A pen for charts: each method writes one kind of R4 resource about one invented patient.

Ids are readable (`lumbar-fusion-odi-3`), days are told as days ago, and texts are our own words. Codes are from LOINC,
RxNorm, ICD-10-CM, CPT and HCPCS by number only; what has no public code that we could check carries a local one.
"""

import base64

from launch.sandbox.patients.dates import Dates
from launch.sandbox.patients.measures import Measure
from launch.sandbox.people import CLINIC, LOCAL, Person

LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
TERMS = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"
MRN = "http://sandbox.example/mrn"
MEMBER = "http://sandbox.example/member"
PROGRESS_NOTE, CONSULT_NOTE, DISCHARGE_NOTE, PAYER_LETTER = "11506-3", "11488-4", "18842-5", "52034-6"
LANES = {"commercial": "EHCPOL", "ppo": "PPO", "hmo": "HMO", "public": "PUBLICPOL"}


class Chart:
    """
    One patient's chart in the making.

    dates: the ruler of days; patient_id: kebab-case, the root of all ids; clinician: who treats and orders
    After the telling, `resources` holds everything in an order in which references point backwards.
    """

    def __init__(self, dates: Dates, *, patient_id: str, clinician: Person) -> None:
        self.dates = dates
        self.patient_id = patient_id
        self.clinician = clinician
        self.subject = {"reference": f"Patient/{patient_id}"}
        self.doctor = {"reference": f"Practitioner/{clinician.id}", "display": clinician.name}
        self.resources: list[dict] = []

    def add(self, resource_type: str, name: str, /, **fields: object) -> dict:
        """Add a resource and return a reference to it; an id that is already taken raises ValueError."""
        made = f"{self.patient_id}-{name}" if name else self.patient_id
        if any(r["id"] == made and r["resourceType"] == resource_type for r in self.resources):
            raise ValueError(f"{resource_type}/{made} is told twice")
        self.resources.append({"resourceType": resource_type, "id": made, **fields})
        return {"reference": f"{resource_type}/{made}"}

    def patient(self, given: str, family: str, *, born: str, sex: str, mrn: str) -> None:
        """Write the Patient; `born` is a FHIR date."""
        self.add(
            "Patient",
            "",
            identifier=[
                {
                    "use": "usual",
                    "type": {"coding": [{"system": f"{TERMS}/v2-0203", "code": "MR"}]},
                    "system": MRN,
                    "value": mrn,
                }
            ],
            active=True,
            name=[{"use": "official", "family": family, "given": [given], "text": f"{given} {family}"}],
            gender=sex,
            birthDate=born,
            generalPractitioner=[self.doctor],
            managingOrganization={"reference": CLINIC},
        )

    def coverage(self, payer: str, *, lane: str, text: str, plan: str, group: str | None, member: str) -> dict:
        """Write the Coverage; payer is a slug, lane one of LANES, text the line of business in plain words."""
        classes = [("plan", plan)] + ([("group", group)] if group else [])
        return self.add(
            "Coverage",
            "coverage",
            status="active",
            type={"coding": [{"system": f"{TERMS}/v3-ActCode", "code": LANES[lane]}], "text": text},
            subscriberId=member,
            beneficiary=self.subject,
            relationship={"coding": [{"system": f"{TERMS}/subscriber-relationship", "code": "self"}]},
            period={"start": f"{self.dates.day(-400).year}-01-01"},
            payor=[{"reference": f"Organization/{payer}"}],
            **{
                "class": [
                    {
                        "type": {"coding": [{"system": f"{TERMS}/coverage-class", "code": kind}]},
                        "value": value.split(" ")[0].lower(),
                        "name": value,
                    }
                    for kind, value in classes
                ]
            },
        )

    def visit(self, name: str, *, days: int, why: str, inpatient: bool = False) -> dict:
        """Write an Encounter of half an hour, or an open hospital stay."""
        starts, ends = self.dates.span(-days, "09:00", 30)
        period = {"start": starts.isoformat()} | ({} if inpatient else {"end": ends.isoformat()})
        return self.add(
            "Encounter",
            f"visit-{name}",
            status="in-progress" if inpatient else "finished",
            **{"class": {"system": f"{TERMS}/v3-ActCode", "code": "IMP" if inpatient else "AMB"}},
            type=[{"text": "Hospital stay" if inpatient else "Clinic visit"}],
            subject=self.subject,
            participant=[{"individual": self.doctor}],
            period=period,
            reasonCode=[{"text": why}],
            serviceProvider={"reference": CLINIC},
        )

    def condition(self, code: str, text: str, *, since: int) -> dict:
        """Write an active, confirmed problem with its ICD-10-CM code."""
        return self.add(
            "Condition",
            f"condition-{code.replace('.', '-').lower()}",
            clinicalStatus={"coding": [{"system": f"{TERMS}/condition-clinical", "code": "active"}]},
            verificationStatus={"coding": [{"system": f"{TERMS}/condition-ver-status", "code": "confirmed"}]},
            category=[{"coding": [{"system": f"{TERMS}/condition-category", "code": "problem-list-item"}]}],
            code={"coding": [{"system": ICD10, "code": code}], "text": text},
            subject=self.subject,
            onsetDateTime=self.dates.ago(since),
            recordedDate=self.dates.ago(since),
            recorder=self.doctor,
        )

    def measures(self, what: Measure, *values: tuple[int, float]) -> None:
        """Write one Observation for each (days ago, value)."""
        system, code = (LOINC, what.loinc) if what.loinc else (LOCAL, what.name)
        for number, (days, value) in enumerate(values, start=1):
            self.add(
                "Observation",
                f"{what.name}-{number}",
                status="final",
                category=[{"coding": [{"system": f"{TERMS}/observation-category", "code": what.category}]}],
                code={"coding": [{"system": system, "code": code}], "text": what.text},
                subject=self.subject,
                effectiveDateTime=self.dates.on(-days, "09:10"),
                issued=self.dates.on(-days, "11:00"),
                performer=[self.doctor],
                valueQuantity={"value": value, "unit": what.unit, "system": UCUM, "code": what.ucum},
            )

    def finding(self, name: str, text: str, value: str, *, days: int, loinc: str | None = None) -> None:
        """Write one Observation whose value is words, such as a screening result."""
        system, code = (LOINC, loinc) if loinc else (LOCAL, name)
        self.add(
            "Observation",
            name,
            status="final",
            category=[{"coding": [{"system": f"{TERMS}/observation-category", "code": "laboratory"}]}],
            code={"coding": [{"system": system, "code": code}], "text": text},
            subject=self.subject,
            effectiveDateTime=self.dates.on(-days, "08:20"),
            performer=[self.doctor],
            valueCodeableConcept={"text": value},
        )

    def medicine(
        self, rxnorm: str, text: str, dose: str, *, from_days: int, to_days: int | None, why: str = ""
    ) -> None:
        """Write an order; to_days None means it still runs, else `why` says why it was stopped."""
        bounds = {"start": self.dates.ago(from_days)}
        if to_days is not None:
            bounds["end"] = self.dates.ago(to_days)
        stopped = {"statusReason": {"text": why}} if why else {}
        self.add(
            "MedicationRequest",
            f"medicine-{text.split(' ')[0].lower()}-{from_days}",
            status="active" if to_days is None else "stopped",
            **stopped,
            intent="order",
            medicationCodeableConcept={"coding": [{"system": RXNORM, "code": rxnorm}], "text": text},
            subject=self.subject,
            authoredOn=self.dates.ago(from_days),
            requester=self.doctor,
            dosageInstruction=[{"text": dose, "timing": {"repeat": {"boundsPeriod": bounds}}}],
        )

    def procedure(self, name: str, code: str, text: str, *, days: int, note: str = "", system: str = CPT) -> dict:
        """Write a completed Procedure; `note` says how it went."""
        said = {"note": [{"text": note}]} if note else {}
        return self.add(
            "Procedure",
            f"procedure-{name}",
            status="completed",
            code={"coding": [{"system": system, "code": code}], "text": text},
            subject=self.subject,
            performedDateTime=self.dates.on(-days, "08:30"),
            performer=[{"actor": self.doctor}],
            **said,
        )

    def report(self, name: str, code: str, text: str, *, days: int, says: str) -> dict:
        """Write a final DiagnosticReport of imaging with its conclusion; code is CPT."""
        return self.add(
            "DiagnosticReport",
            f"report-{name}",
            status="final",
            category=[{"coding": [{"system": f"{TERMS}/v2-0074", "code": "RAD"}]}],
            code={"coding": [{"system": CPT, "code": code}], "text": text},
            subject=self.subject,
            effectiveDateTime=self.dates.on(-days, "15:00"),
            issued=self.dates.on(-days, "17:30"),
            performer=[{"reference": CLINIC}],
            conclusion=says,
        )

    def note(self, name: str, kind: str, title: str, text: str, *, days: int, visit: dict | None = None) -> dict:
        """Write a note (plain text inside the DocumentReference); kind is its LOINC type."""
        body = "\n".join(line.strip() for line in text.strip().splitlines())
        clinical = {"system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"}
        letter = kind == PAYER_LETTER
        return self.add(
            "DocumentReference",
            f"note-{name}",
            status="current",
            docStatus="final",
            type={"coding": [{"system": LOINC, "code": kind}], "text": title},
            category=[{"text": "Correspondence"} if letter else {"coding": [clinical | {"code": "clinical-note"}]}],
            subject=self.subject,
            date=self.dates.on(-days, "16:40"),
            author=[{"display": "Payer"} if letter else self.doctor],
            content=[
                {
                    "attachment": {
                        "contentType": "text/plain; charset=utf-8",
                        "data": base64.b64encode(body.encode()).decode(),
                        "title": title,
                        "creation": self.dates.on(-days, "16:40"),
                    }
                }
            ],
            context={"period": {"start": self.dates.on(-days, "09:00")}} | ({"encounter": [visit]} if visit else {}),
        )

    def allergy(self, name: str, rxnorm: str, text: str, reaction: str, *, days: int) -> None:
        """Write an intolerance with the reaction seen."""
        self.add(
            "AllergyIntolerance",
            f"allergy-{name}",
            clinicalStatus={"coding": [{"system": f"{TERMS}/allergyintolerance-clinical", "code": "active"}]},
            verificationStatus={
                "coding": [{"system": f"{TERMS}/allergyintolerance-verification", "code": "confirmed"}]
            },
            category=["medication"],
            code={"coding": [{"system": RXNORM, "code": rxnorm}], "text": text},
            patient=self.subject,
            recordedDate=self.dates.ago(days),
            recorder=self.doctor,
            reaction=[{"manifestation": [{"text": reaction}]}],
        )

    def order(self, code: str, text: str, *, days: int, why: str, name: str = "order", system: str = CPT) -> dict:
        """Write the ServiceRequest behind the denied authorization."""
        return self.add(
            "ServiceRequest",
            name,
            status="active",
            intent="order",
            code={"coding": [{"system": system, "code": code}], "text": text},
            subject=self.subject,
            authoredOn=self.dates.on(-days, "10:15"),
            requester=self.doctor,
            reasonCode=[{"text": why}],
        )
