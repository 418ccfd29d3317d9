"""
A fax service's HTTP API, any that speaks the small contract of docs/fax.md: one fax sent, looked up by our reference.

Its codes are told in our words, as everywhere (edges/http/service.py).
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from app.core.effects import SignInNeeded
from app.core.windows.message import Delivery
from app.edges.http import NAME, Endpoint, NotFhir, Transport, hand_over, in_our_words, unknown_to
from app.flow.ports import Told

WHO = "The fax service"
_STATES = {"queued": "waiting", "sending": "waiting", "delivered": "delivered", "failed": "failed"}
WHY = {
    "busy": "The payer's fax was busy at every try.",
    "no_answer": "The payer's fax did not answer.",
    "not_a_fax": "A person or a voicemail answered; it is no fax number.",
    "invalid_number": "The number is none that can be reached.",
    "blocked": "The payer's fax takes none from our number.",
    "interrupted": "The line broke; some pages may have arrived.",
    "cancelled": "It was cancelled at the fax service.",
}
DO = "Call the payer, or have its number looked at and ask again from the case."
_REFUSED = {
    "invalid_number": "this is no number that it can reach",
    "blocked": "this number is barred",
    "too_large": "the pages are more than it takes",
}


class FaxService:
    """One service. secret: a bearer token, or with `user` a password (Basic). Implements flow.ports.Carrier."""

    def __init__(
        self, base: str, transport: Transport, *, secret: str, user: str | None = None, multipart: bool = False
    ) -> None:
        given = base64.b64encode(f"{user}:{secret}".encode()).decode() if user else secret
        self._endpoint = Endpoint(
            base,
            transport,
            token=lambda _: given,
            who=WHO,
            explain=in_our_words(_REFUSED),
            scheme="Basic" if user else "Bearer",
            setting="smart-config.json fax.url",
        )
        self._multipart = multipart

    def send(self, pdf: bytes, *, to: str, sender: str, reference: str) -> str:
        """
        Hand over one fax, once; return the service's name of it.

        raises: Down, Busy (not taken), Rejected, NotAuthorised (refused for good), WriteUnknown
        """
        told = {"reference": reference, "to": to, "from": sender}
        body, kind = _multipart(told, pdf) if self._multipart else _json(told, pdf)
        return hand_over(self._endpoint, self._endpoint.url_of("faxes"), body, kind=kind, name=reference, what="faxes")

    def look(self, reference: str) -> Told | None:
        """Return what became of one of ours, None where there is none; raises as `send`, never WriteUnknown."""
        url = self._endpoint.url_of("faxes", [("reference", reference)])
        try:
            answer = self._endpoint.ask("GET", url, headers={"Accept": "application/json"}, accept={404})
        except SignInNeeded as error:
            raise unknown_to(self._endpoint) from error
        faxes = answer.json().get("faxes") if answer.status != 404 else ()
        if not isinstance(faxes, list | tuple):
            raise NotFhir(f"{WHO} answered something else than its contract says.")
        mine = [each for each in faxes if isinstance(each, dict) and each.get("reference") == reference]
        told = [each for each in map(read_fax, mine) if each is not None]
        # Where a send was repeated after all, the one that arrived counts.
        return min(told, key=lambda each: _ORDER[each.delivery.state], default=None)


_ORDER = {"delivered": 0, "waiting": 1, "failed": 2}


def read_fax(fax: dict[str, Any]) -> Told | None:
    """Return what a service tells of one fax, by webhook or when asked; None where it cannot be read."""
    reference, state = fax.get("reference"), _STATES.get(str(fax.get("state")))
    at = _instant(fax.get("at"))
    if not isinstance(reference, str) or not NAME.fullmatch(reference) or state is None or at is None:
        return None
    why = WHY.get(str(fax.get("reason")), "The fax service does not say why.")
    return Told(reference, Delivery(state, at, f"{why} {DO}" if state == "failed" else ""))


def _json(told: dict[str, str], pdf: bytes) -> tuple[bytes, str]:
    file = {"name": "request.pdf", "content_type": "application/pdf", "content": base64.b64encode(pdf).decode()}
    return json.dumps(told | {"file": file}).encode(), "application/json"


def _multipart(told: dict[str, str], pdf: bytes) -> tuple[bytes, str]:
    mark = f"parley-{told['reference']}"  # it stands in no PDF: it is made of the reference
    fields = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in told.items()
    )
    file = 'Content-Disposition: form-data; name="file"; filename="request.pdf"\r\nContent-Type: application/pdf'
    body = f"{fields}--{mark}\r\n{file}\r\n\r\n".encode() + pdf + f"\r\n--{mark}--\r\n".encode()
    return body, f"multipart/form-data; boundary={mark}"


def _instant(told: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
