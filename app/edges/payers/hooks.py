"""
What fax and message services tell us by webhook: whose word it is, and what came.

The signature covers the id, the time and every byte of the body, so that nothing of it can be changed or sent again
later. Compared in constant time; an unknown name, a wrong secret and an old time are one refusal.
source: Standard Webhooks 1.0 (webhook-id, webhook-timestamp, webhook-signature: "v1," and base64)
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from app.edges.payers.carrier import read_fax
from app.errors import BadInput
from app.flow.ports import Mailed, NotTheirs, Posted, Told

AGE = timedelta(minutes=5)  # a signature older or newer than this is nobody's
MOST_ATTACHMENTS, MOST_PAPERS = 50, 3
LEFT_THERE = "What came with it is not kept here; it lies at the service that sent it."
_RECEIVED = ("message.received", "fax.received")


@dataclass(frozen=True, slots=True)
class Hook:
    """One service that may tell us things. channel: fax | message; home: as of a mailbox; secrets: any of them signs"""

    name: str
    channel: str
    secrets: tuple[bytes, ...] = field(repr=False)
    home: str | None = None


class _Attachment(msgspec.Struct, frozen=True):
    name: str = ""
    content_type: str = ""
    content: str = ""  # base64


class _Received(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    id: str
    sender: str | None = None
    at: datetime | None = None
    subject: str = ""
    text: str = ""
    pages: int | None = None
    attachments: tuple[_Attachment, ...] = ()


class _Event(msgspec.Struct, frozen=True):
    type: str
    data: msgspec.Raw


class Hooks:
    """Implements flow.ports.Hooks. hooks: by name"""

    def __init__(self, hooks: Mapping[str, Hook]) -> None:
        self._hooks = dict(hooks)

    def open(self, name: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Posted | Told | None:
        """Return what a service tells, None for what does not concern us; raises NotTheirs, BadInput."""
        hook = self._hooks.get(name) or Hook(name, "message", (b"nobody's",))  # as long a look for a name nobody has
        if not _is_signed(hook, headers, body, now=now) or name not in self._hooks:
            raise NotTheirs
        event = _decoded(body, _Event, "")
        if event.type == "fax.status":
            return _told(_decoded(bytes(event.data), dict, "data"))
        if event.type not in _RECEIVED:
            return None
        mailed = _mailed(hook, _decoded(bytes(event.data), _Received, "data"), now=now)
        return Posted(f"the service “{hook.name}”", hook.channel, mailed, hook.home)


def read_secret(text: str) -> bytes:
    """Return a signing secret, "whsec_" and base64 of 24 to 64 bytes; raises BadInput."""
    try:
        secret = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("is no secret in base64") from error
    if not 24 <= len(secret) <= 64:
        raise BadInput("is no secret of 24 to 64 bytes in base64")
    return secret


def _is_signed(hook: Hook, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    told = {name.lower(): value for name, value in headers.items() if name.lower().startswith("webhook-")}
    id, stamp = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    content = f"{id}.{stamp}.".encode("utf-8", "replace") + body
    wanted = [b"v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)) for secret in hook.secrets]
    given = [each.encode("utf-8", "replace") for each in told.get("webhook-signature", "").split(" ")[:10]]
    # every pair is compared, whichever fits
    fits = [hmac.compare_digest(one, other) for one in wanted for other in given]
    return any(fits) and bool(id) and _is_now(stamp, now)


def _is_now(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    return abs(now.timestamp() - int(stamp)) <= AGE.total_seconds()


def _decoded(data: bytes, kind, path: str):
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        place = str(error).partition("- at `$.")[2].rstrip("`")  # a path of names that are ours, never content
        raise BadInput("is not as docs/webhooks.md says", path=".".join(filter(None, (path, place)))) from error


def _told(fax: dict) -> Told:
    """Return what became of one of our faxes."""
    told = read_fax(fax)
    if told is None:
        raise BadInput("is not as docs/fax.md says", path="data")
    return told


def _mailed(hook: Hook, told: _Received, *, now: datetime) -> Mailed:
    if not told.id or len(told.id) > 200:
        raise BadInput("must hold 1 to 200 letters", path="data.id")
    files = [(each.name or each.content_type or "without a name", _bytes(each)) for each in told.attachments]
    calendars = [each for each in files if each[0].lower().endswith(".ics") or b"BEGIN:VCALENDAR" in each[1][:200]]
    papers = [each for each in files if each[1].startswith(b"%PDF-")]
    at = told.at if told.at is not None and told.at.tzinfo is not None else now
    return Mailed(
        name=f"{hook.name}:{told.id}",
        at=min(at, now),
        sender=" ".join(told.sender.split())[:200] if told.sender else None,
        subject=" ".join(told.subject.split()),
        text=told.text,
        attachments=tuple(name for name, _ in files[:MOST_ATTACHMENTS]),
        calendars=tuple(calendars[:MOST_PAPERS]),
        papers=tuple(papers[:MOST_PAPERS]),
        remarks=((LEFT_THERE,) if files else ()),
    )


def _bytes(attachment: _Attachment) -> bytes:
    try:
        return base64.b64decode(attachment.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("is not base64", path="data.attachments.content") from error
