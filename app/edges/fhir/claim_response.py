"""
ClaimResponse: a payer's answer to a prior authorization request. Read only; Da Vinci PAS 2.0.1 to 2.2.x and plain R4.

What is read, and where senders put it, is told in answer.py.
Source: http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-claimresponse
"""

from dataclasses import replace

from app.core.denial import Denial
from app.edges.fhir.answer import read_answer
from app.edges.fhir.authorized import authorized_days
from app.edges.fhir.claim import continued_by
from app.errors import BadInput


def read_denial(resource: dict, *, claim: dict | None = None) -> Denial:
    """
    Return what a ClaimResponse says, joined line by line to its Claim where that is given.

    raises: BadInput when the resource is no ClaimResponse; anything else wrong inside it hides only itself and is
    named in `warnings`
    """
    if not isinstance(resource, dict) or resource.get("resourceType") != "ClaimResponse":
        raise BadInput("not a ClaimResponse", path="resourceType")
    read = read_answer(resource, claim=claim, sequence_key="itemSequence")
    first, last = authorized_days(resource)
    return replace(read, continues=continued_by(claim), authorized_from=first, authorized_until=last)
