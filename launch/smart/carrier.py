"""Authlib's requests, carried by the house's one Transport: its gate, its limits, its pool; no cookie, no redirect."""

import io
import time
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from app.edges.http import CutShort, TooLarge, Transport

LARGEST_BYTES = 1_000_000  # of a token response, a key set, a smart-configuration


class Carrier(BaseAdapter):
    """A requests adapter over Transport. seconds: how long one exchange may take."""

    def __init__(self, transport: Transport, *, seconds: float) -> None:
        super().__init__()
        self._transport, self._seconds = transport, seconds

    def send(self, request: PreparedRequest, **_ignored: Any) -> Response:
        """Send one request; raises what Transport raises, CutShort, TooLarge."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        answer = self._transport.exchange(
            request.method or "POST",
            request.url or "",
            headers=dict(request.headers),
            body=body,
            ends_at=time.monotonic() + self._seconds,
            kind="token",
        )
        if not answer.whole:
            raise CutShort("The answer ended before it was whole.")
        if len(answer.body) > LARGEST_BYTES:
            raise TooLarge("The answer is larger than Parley reads.")
        response = Response()
        response.status_code, response.url, response.request = answer.status, request.url or "", request
        response.headers = CaseInsensitiveDict(answer.headers)
        response.raw = io.BytesIO(answer.body)
        return response

    def close(self) -> None:
        """Keep the pool: it is the house's."""
