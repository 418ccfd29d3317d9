"""
ExplanationOfBenefit with use=preauthorization: how payers' member and provider APIs show an answer (Da Vinci PDex).

It repeats the request (items, diagnoses, care team), so no Claim is needed beside it. Read only.
Source: http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/pdex-priorauthorization
"""

from app.core.denial import Denial
from app.edges.fhir.answer import read_answer
from app.errors import BadInput


def read_denial_of_eob(resource: dict) -> Denial:
    """Return what an ExplanationOfBenefit says; raises BadInput when the resource is none."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "ExplanationOfBenefit":
        raise BadInput("not an ExplanationOfBenefit", path="resourceType")
    return read_answer(resource, claim=resource, sequence_key="sequence")
