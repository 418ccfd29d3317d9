"""What the EHR tells of the request as it was sent: the request, those it updates, and messages to the payer."""

from app.core.brief.sending import Submission
from app.edges.ehr.reading import Query, Reading
from app.edges.fhir.submission import read_submission, updated_by

_MOST_MESSAGES = 500
_UNREAD = "The messages to the payer could not all be read, so it may have been sent since."


def read_sent(reading: Reading, patient: str, *, about: tuple[str, ...], payers: tuple[str, ...]) -> Submission:
    """
    Return what was sent for the request among `about` (references of the answer and its request), in two rounds.

    raises: SignInNeeded. A message that cannot be read makes every "no" a "cannot tell"; a server that keeps no
    messages at all does not, as then there is nothing to be missed in this EHR
    """
    wanted = [each for each in about if each.startswith("Claim/")]
    found = _claims(reading, patient, wanted)
    earlier = [name for claim in found for name in updated_by(claim, reading.local)]
    claims = [*found, *_claims(reading, patient, [each for each in earlier if each not in wanted])]
    messages, trouble = _messages(reading, patient)
    return read_submission(
        claims,
        messages,
        names=frozenset(about),
        payers=frozenset(payers),
        local=reading.local,
        trouble=trouble,
    )


def _claims(reading: Reading, patient: str, wanted: list[str]) -> list[dict]:
    found = reading.read_all(wanted)
    return [found[each] for each in wanted if each in found and reading.local(found[each].get("patient")) == patient]


def _messages(reading: Reading, patient: str) -> tuple[list[dict], tuple[str, ...]]:
    by = next((each for each in ("patient", "subject") if reading.capability.searches_by("Communication", each)), None)
    if by is None or not reading.may("Communication", "s"):
        return [], ()
    found = reading.search_all([Query("Communication", ((by, patient),))], most=_MOST_MESSAGES)[0]
    ours = [each for each in found.matches if reading.local(each.get("subject")) == patient]
    return ours, (_UNREAD,) if found.problem or found.warned else ()
