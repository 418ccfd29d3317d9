"""The acts as people say them, and the next action that each completes."""

from dataclasses import dataclass

from app.core.acts.refused import NotNow
from app.core.rulebook.guards import RiskyAct

CALL = "call"  # the way of an outcome that a call decided


@dataclass(frozen=True, slots=True)
class ActKind:
    """
    One act as people say it. do: on the page that asks; done: on the button and in the history; title: of its answer.

    happened: the kind of the event; risk: what the guards are asked; awaits: an answer is owed
    """

    do: str
    done: str
    happened: str
    title: str = ""
    risk: RiskyAct | None = None
    awaits: bool = True


ACTS: dict[str, ActKind] = {
    "ask_for_call": ActKind(
        "Ask for a call", "A call was asked for", "asked", risk=RiskyAct.SECOND_REQUEST, awaits=False
    ),
    "send_new_information": ActKind(
        "Send information", "The information was sent", "information_sent", "Answer to what was sent",
        RiskyAct.SEND_NEW_INFORMATION,
    ),
    "file_appeal": ActKind("File the appeal", "The appeal was filed", "appealed", "Appeal", RiskyAct.FILE_APPEAL),
    "wait_for_written": ActKind(
        "Wait for the written notice", "We wait for the written notice", "waits", "Written notice",
        RiskyAct.WAIT_FOR_WRITTEN,
    ),
    "ask_reason": ActKind("Ask for the reason", "The payer was asked for the reason", "reason_asked", "Reason told"),
    "resubmit": ActKind(
        "Send the corrected request", "The corrected request was sent", "resubmitted", "Corrected request"
    ),
    "new_request": ActKind("Send a new request", "A new request was sent", "requested_anew", "New request"),
    "benefit_exception": ActKind(
        "Ask for a benefit exception", "A benefit exception was asked for", "exception_asked", "Benefit exception"
    ),
    "network_exception": ActKind(
        "Ask for a network exception", "A network exception was asked for", "exception_asked", "Network exception"
    ),
    "retro_authorization": ActKind(
        "Ask for retrospective authorization", "Retrospective authorization was asked for", "exception_asked",
        "Retrospective authorization",
    ),
    # What follows an outcome (core.afterwards).
    "chase_letter": ActKind(
        "Ask for the written notice", "The written notice was asked for", "letter_chased", awaits=False
    ),
    "dispute_letter": ActKind(
        "Dispute the letter", "The letter was disputed", "letter_disputed", "Corrected letter"
    ),
    "accept_letter": ActKind("Let the letter stand", "The letter stands as written", "letter_accepted", awaits=False),
    "service_scheduled": ActKind(
        "Schedule the service", "The service is scheduled", "service_scheduled", awaits=False
    ),
    "extend_authorization": ActKind(
        "Ask to extend the authorization", "An extension was asked for", "extension_asked", awaits=False
    ),
    "authorization_extended": ActKind(
        "Record the extension", "The authorization was extended", "authorization_extended", awaits=False
    ),
    "service_done": ActKind("Say that the service was done", "The service was done", "service_done", awaits=False),
}  # fmt: skip
# The act that completes a next action (core.next_action), by its kind.
COMPLETES = {
    "ask_windows": "ask_for_call",
    "send_information": "send_new_information",
    "appeal": "file_appeal",
    "chase": "chase_letter",
    "dispute": "dispute_letter",
    "authorization": "service_scheduled",
    **{kind: kind for kind in ("ask_reason", "resubmit", "new_request")},
    **{kind: kind for kind in ("benefit_exception", "network_exception", "retro_authorization")},
}


def act_kind(kind: str) -> ActKind:
    """Return an act by its name; raises NotNow for one that there is not."""
    if kind not in ACTS:
        raise NotNow("There is no such act.")
    return ACTS[kind]
