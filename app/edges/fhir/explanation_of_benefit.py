"""
ExplanationOfBenefit with use=preauthorization: how payers' member and provider APIs show an answer (Da Vinci PDex).

It repeats the request (items, diagnoses, care team), so no Claim is needed beside it. Read only.
Source: http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/pdex-priorauthorization
"""

from dataclasses import replace

from app.core.denial import Denial
from app.edges.fhir.answer import read_answer
from app.edges.fhir.authorized import authorized_days
from app.edges.fhir.claim import continued_by
from app.errors import BadInput


def read_denial_of_eob(resource: dict) -> Denial:
    """Return what an ExplanationOfBenefit says; raises BadInput when the resource is none."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "ExplanationOfBenefit":
        raise BadInput("not an ExplanationOfBenefit", path="resourceType")
    read = read_answer(resource, claim=resource, sequence_key="sequence")
    first, last = authorized_days(resource)
    return replace(read, continues=continued_by(resource), authorized_from=first, authorized_until=last)
