"""How a request that waits stands at its payer: PAS Claim/$inquire at the payer's own FHIR endpoint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from app.core.detect.person import AnswersTold
from app.core.effects import SignInNeeded
from app.edges.fhir.inquiry import write_inquiry
from app.edges.fhir.operation_outcome import explain_outcome
from app.edges.fhir.told import read_told
from app.edges.http import (
    BlockedAddress,
    Conflict,
    Counterpart,
    Down,
    NotAuthorised,
    NotFhir,
    NotFound,
    Rejected,
    TooLarge,
    Transport,
    Unsupported,
)
from app.errors import Permanent, Temporary
from app.flow.ports import Pace, RequestRead

_LATER = (Down, NotFhir, Conflict)
_NEVER = (NotAuthorised, NotFound, Unsupported, Rejected, TooLarge, BlockedAddress)
_BY_ITSELF = "It is asked again by itself. If it cannot wait, call the payer."
_CALL = "Call the payer, or look into its portal; tell your administrator."


class NotAsked(Permanent):
    """This payer answers no questions over the wire."""

    say = "This payer takes no inquiries from Parley."
    next = "Call the payer, or look into its portal."


class NotLetIn(Temporary):
    """The payer refuses the token that it gave."""

    say = "The payer does not let Parley in."
    next = "Call the payer meanwhile, and have your administrator look at Parley's client there (parley check)."


@dataclass(frozen=True, slots=True)
class InquiryEndpoint:
    """Where a payer answers. every: between two questions about one case, None when only people ask."""

    base: str
    every: timedelta | None = None
    per_minute: int = 10


class Inquirer:
    """
    flow.ports.Inquiries: asks the payers that answer, by the rule book's key.

    token: returns the backend services' token for a payer's key; given one that was refused, another
    """

    def __init__(
        self, payers: Mapping[str, InquiryEndpoint], transport: Transport, *, token: Callable[[str, str | None], str]
    ) -> None:
        self._endpoints = dict(payers)
        self._desks = {
            key: Counterpart(each.base, transport, token=partial(token, key), who="The payer", explain=explain_outcome)
            for key, each in payers.items()
        }

    def may_ask(self, payer_key: str | None) -> bool:
        """Whether this payer answers."""
        return payer_key in self._desks

    def paces(self) -> Mapping[str, Pace]:
        """Return how often each payer that is asked without a person may be asked."""
        return {key: Pace(each.every, each.per_minute) for key, each in self._endpoints.items() if each.every}

    def ask(self, payer_key: str | None, request: RequestRead, *, bundle_id: str, now: datetime) -> AnswersTold:
        """
        Return the payer's answers as it tells them now; none when it knows of no such request.

        raises: NotAsked, BadInput (ours or its answer cannot be read), NotLetIn, what `token` raises, and the errors of
        app.edges.http. Asking changes nothing at the payer, so a question whose answer was lost is simply asked again
        """
        desk = self._desks.get(payer_key or "")
        if desk is None:
            raise NotAsked
        question = write_inquiry(request.claim, request.beside, base=request.base, bundle_id=bundle_id, now=now)
        try:
            answer = desk.question("Claim/$inquire", question)
            is_nothing = answer.json().get("resourceType") == "OperationOutcome"
        except SignInNeeded as error:
            raise NotLetIn from error
        except _LATER as error:
            error.next = _BY_ITSELF
            raise
        except _NEVER as error:
            error.next = _CALL
            raise
        return AnswersTold(()) if is_nothing else read_told(answer.body, may_be_empty=True)
