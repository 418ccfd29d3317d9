"""
A notice as a text message, through any service that speaks the small contract of docs/text-messages.md.

One POST, one message. What was not taken for certain is never sent again by itself: nobody can be asked, and two
messages about two times are worse than a person's look.
"""

import json

from app.core.effects import TellClinician
from app.edges.fhir.identifiers import value_of_key
from app.edges.http import Endpoint, Transport, hand_over, in_our_words
from app.flow.ports import Written

WHO = "The text message service"
# What a service says of a number, by its code.
_REFUSED = {
    "invalid_number": "this is no number that it can reach",
    "opted_out": "whoever has this number asked to get no messages",
    "blocked": "this number is barred",
    "too_long": "the text is too long for it",
}


class SmsService:
    """One service at one https address. sender: as whom the message comes, "" leaves it to the service."""

    def __init__(self, url: str, transport: Transport, *, token: str, sender: str = "") -> None:
        self._url, self._sender = url, sender
        self._endpoint = Endpoint(
            url,
            transport,
            token=lambda _: token,
            who=WHO,
            explain=in_our_words(_REFUSED),
            setting="smart-config.json sms.url",
        )

    def send(self, effect: TellClinician) -> Written:
        """
        Send one message, once.

        raises: Down, Busy (not taken), Rejected, NotAuthorised (refused for good), WriteUnknown
        """
        name = value_of_key(effect.key)
        told = {"to": effect.to, "text": effect.text} | ({"from": self._sender} if self._sender else {})
        body = json.dumps(told).encode()
        given = hand_over(self._endpoint, self._url, body, kind="application/json", name=name, what="messages")
        return Written(given, how="sent")
