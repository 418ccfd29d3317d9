"""
One message's bytes → what it says, what kind it is, what it answers. All of it is data, and nothing in it is opened.

No message is dropped: one that is built to harm, broken, or closed to us is told with what its header says of it.
source: RFC 5322, 2045–2047, 2231 (MIME); 3464, 6522 (delivery reports); 3834 (automatic answers); 8551 (S/MIME)
"""

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message as Part

from app.edges.fhir.markup import text_of_html
from app.edges.payers.smime import Signer, open_closed
from app.errors import BadInput
from app.flow.ports import Mailed

# What a message of 15 MB may hold: a line of base64 is 76 letters, and a part beyond the fiftieth is no letter's.
_MOST_LINES, _MOST_PARTS, _MOST_TEXT = 400_000, 50, 1_000_000
_MOST_HEADER, _MOST_CALENDAR = 4_000, 200_000
_NESTS = re.compile(rb"boundary|message/", re.IGNORECASE)
# The parser takes time in the square of a parameter list's length.
_ENDLESS = re.compile(rb"^content-[a-z-]{1,40}[ \t]*:(?:[^\n]|\n[ \t]){8000}", re.IGNORECASE | re.MULTILINE)
# What the standard library's parser raises at what it happens to hit in a broken message.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError, binascii.Error)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_AUTO_SUBJECT = re.compile(
    r"(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response|reponse)|auto:|out of (?:the )?office)\b", re.IGNORECASE
)
_AUTO_HEADERS = ("X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Mail-Autoreply")
_BULK = frozenset({"auto_reply", "bulk", "junk", "list"})
_POSTMEN = ("mailer-daemon@", "postmaster@")
_FAILED = re.compile(r"^Action:[ \t]*(failed|delayed|delivered|relayed|expanded)\b", re.IGNORECASE | re.MULTILINE)
_CALENDAR_METHOD = re.compile(rb"^METHOD[;:]([A-Za-z-]{1,20})", re.MULTILINE)
_OFFERING = frozenset({"", "REQUEST", "PUBLISH", "COUNTER", "ADD"})
UNREADABLE = "It cannot be read here. Open it in the mailbox."
ENCRYPTED = "It is encrypted, and cannot be opened here. Open it in the mailbox, or ask the payer to write again."
OPENED = "It was encrypted to us."
SIGNED = "It is signed; whose signature it is was not checked."
ENVELOPED = "Its words stand inside a signature that is not opened here. Open it in the mailbox."
LEFT_THERE = "What came with it is not kept here; it lies in the mailbox."
NO_SENDER = "Who sent it cannot be told from its header."


@dataclass
class _Found:
    """What the parts of a message hold."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    calendars: list[tuple[str, bytes]] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)  # headers of messages of ours that came back
    report: str = ""  # of multipart/report: delivery | reading
    actions: set[str] = field(default_factory=set)
    remarks: dict[str, None] = field(default_factory=dict)
    closed: bool = False

    def remark(self, say: str) -> None:
        """Keep a sentence once."""
        self.remarks.setdefault(say)

    @property
    def text(self) -> str:
        """Return the words: as plain text where a program wrote them so, else out of its HTML."""
        words = "\n\n".join(each for each in self.plain if each.strip())
        return words or "\n\n".join(_words(each) for each in self.html)


class Reader:
    """Reads messages to one mailbox. host: in the names of our own messages; signer: with it those to us are opened."""

    def __init__(self, host: str, signer: Signer | None = None) -> None:
        self._ours = re.compile(
            rf"<?([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})@{re.escape(host)}>?", re.IGNORECASE
        )
        self._signer = signer

    def read(self, raw: bytes, *, arrived_at: datetime) -> Mailed:
        """Return what a message says; never raises."""
        if _is_harmful(raw):
            return self.closed(raw, UNREADABLE, arrived_at)
        try:
            return self._mailed(message_from_bytes(raw, policy=policy.compat32), raw, arrived_at)
        except _BROKEN:
            return self.closed(raw, UNREADABLE, arrived_at)

    def closed(self, raw: bytes, why: str, arrived_at: datetime) -> Mailed:
        """Return that a message came of which only the header is read, and why; never raises."""
        head = _head(raw[:65_536])
        try:
            message = message_from_bytes(head, policy=policy.compat32)
            told = _sender(message), _decoded(message.get("Subject")), self._answers(message)
        except _BROKEN:
            told = None, "", ()
        return Mailed(_name(head, raw), arrived_at, told[0], told[1], "", "sealed", told[2], remarks=(why,))

    def _mailed(self, message: Part, raw: bytes, arrived_at: datetime) -> Mailed:
        found = _Found()
        self._take(message, found)
        sender, subject = _sender(message), _decoded(message.get("Subject"))
        if sender is None:
            found.remark(NO_SENDER)
        if found.names or found.calendars:
            found.remark(LEFT_THERE)
        text = found.text
        sealed = found.closed and not text.strip()
        return Mailed(
            name=_name(_head(raw), raw),
            at=arrived_at,
            sender=sender,
            subject=subject,
            text=text[:_MOST_TEXT],
            kind="sealed" if sealed else _kind(message, found, subject, sender),
            answers=self._answers(message, *found.returned),
            attachments=tuple(found.names[:_MOST_PARTS]),
            calendars=tuple(found.calendars),
            remarks=tuple(found.remarks),
        )

    def _answers(self, message: Part, *returned: str) -> tuple[str, ...]:
        """Return what our own messages are known by that this one answers, or tells of."""
        heads = [_plain(message.get(each)) for each in ("In-Reply-To", "References")]
        named = (each.lower() for text in (*heads, *returned) for each in self._ours.findall(text[: _MOST_HEADER * 10]))
        return tuple(dict.fromkeys(named))[:_MOST_PARTS]

    def _take(self, message: Part, found: _Found) -> None:
        """Take in every part, outermost first; what is opened on the way is gone through like the rest."""
        waiting, count = [message], 0
        while waiting and (count := count + 1) <= 4 * _MOST_PARTS:
            part = waiting.pop(0)
            kind = part.get_content_type()
            if kind == "multipart/report":
                found.report = "reading" if "disposition" in _plain(part.get_param("report-type")) else "delivery"
            if kind == "multipart/signed":
                found.remark(SIGNED)
            if kind == "multipart/encrypted":
                found.closed = True
                found.remark(ENCRYPTED)
            elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
                waiting[:0] = self._opened(part, found)
            elif kind in ("message/rfc822", "text/rfc822-headers", "message/delivery-status"):
                _take_returned(part, kind, found)
            elif part.is_multipart():
                waiting[:0] = [each for each in part.get_payload() if isinstance(each, Part)]
            else:
                _take_leaf(part, kind, found)

    def _opened(self, part: Part, found: _Found) -> list[Part]:
        """Return what was encrypted to us; else say that it is closed."""
        found.closed = True
        if "signed-data" in _plain(part.get_param("smime-type")):
            found.remark(ENVELOPED)
            return []
        try:
            if self._signer is None:
                raise BadInput("there is no key")
            inner = open_closed(part.get_payload(decode=True) or b"", self._signer)
        except BadInput:
            found.remark(ENCRYPTED)
            return []
        if _is_harmful(inner):
            found.remark(UNREADABLE)
            return []
        found.remark(OPENED)
        return [message_from_bytes(inner, policy=policy.compat32)]


def _is_harmful(raw: bytes) -> bool:
    """Whether reading these bytes could take long: no program that writes letters writes such."""
    return raw.count(b"\n") > _MOST_LINES or len(_NESTS.findall(raw)) > 2 * _MOST_PARTS or bool(_ENDLESS.search(raw))


def _take_leaf(part: Part, kind: str, found: _Found) -> None:
    name = _decoded(part.get_filename())[:120]
    if kind == "text/calendar" or name.lower().endswith(".ics"):
        _take_calendar(part, name or "without a name", found)
    elif part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
        if kind not in ("application/pkcs7-signature", "application/x-pkcs7-signature"):
            found.names.append(name or f"a part without a name ({kind[:60]})")
    else:
        (found.plain if kind == "text/plain" else found.html).append(_text(part))


def _take_calendar(part: Part, name: str, found: _Found) -> None:
    data = part.get_payload(decode=True) or b""
    told = _CALENDAR_METHOD.search(data[:_MOST_CALENDAR])
    method = told[1].decode("ascii").upper() if told else ""
    if method == "CANCEL":
        found.remark("Its calendar file cancels an appointment; read what it says.")
    elif method not in _OFFERING:
        found.remark("Its calendar file answers an invitation; it offers no time.")
    elif len(data) > _MOST_CALENDAR:
        found.remark("Its calendar file is too large to be read here.")
    elif data and data not in (each for _, each in found.calendars):  # most programs send it inline and attached
        found.calendars.append((name, data))


def _take_returned(part: Part, kind: str, found: _Found) -> None:
    """Take what a report says of one of our messages; a message that was only forwarded is named."""
    inner = part.get_payload()
    inside = inner[0] if isinstance(inner, list) and inner else None
    if kind == "message/delivery-status":
        blocks = inner if isinstance(inner, list) else ()
        found.actions |= {each.lower() for block in blocks for each in _FAILED.findall(block.as_string()[:_MOST_TEXT])}
    elif found.report:
        head = inside if isinstance(inside, Part) else message_from_bytes(part.get_payload(decode=True) or b"")
        found.returned.append(_plain(head.get("Message-ID")))
    else:
        subject = _decoded(inside.get("Subject")) if isinstance(inside, Part) else ""
        found.names.append(f"a forwarded message, “{subject[:80]}”" if subject else "a forwarded message")


def _kind(message: Part, found: _Found, subject: str, sender: str | None) -> str:
    """Return what kind of message it is; in doubt one that a person wrote, which a person reads."""
    if found.report == "reading":
        return "report"
    if found.report:
        return "undelivered" if "failed" in found.actions or not found.actions else "report"
    unsigned = _plain(message.get("Return-Path")).strip() == "<>"
    if "X-Failed-Recipients" in message or (unsigned and (sender or "").lower().startswith(_POSTMEN)):
        return "undelivered"
    submitted = _plain(message.get("Auto-Submitted")).strip().lower()
    answers = submitted.startswith("auto-replied") or any(each in message for each in _AUTO_HEADERS)
    bulk = _plain(message.get("Precedence")).strip().lower() in _BULK
    if answers or bulk or _AUTO_SUBJECT.match(subject):
        return "auto"
    return "program" if submitted and not submitted.startswith("no") else "words"


def _sender(message: Part) -> str | None:
    """Return the one address that a message says it is from, in lower case; its display name may say anything."""
    values = message.get_all("From") or []
    if len(values) != 1:
        return None
    told = re.sub(r"\s+", " ", _plain(values[0])[:_MOST_HEADER]).strip()
    inside = re.fullmatch(r"[^<>]*<\s*([^<>]*?)\s*>", told)
    address = inside[1] if inside else told
    return address.lower() if _ADDRESS.fullmatch(address) else None


def _text(part: Part) -> str:
    data = (part.get_payload(decode=True) or b"")[:_MOST_TEXT]
    told = _plain(part.get_content_charset()) or "utf-8"
    for charset in (told, "utf-8", "cp1252"):
        try:
            return data.decode(charset).replace("\r\n", "\n").replace("\r", "\n")
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1").replace("\r\n", "\n")


def _words(source: str) -> str:
    """Return the words of an HTML part, without what it quotes where there are others."""
    own = text_of_html(source, without=frozenset({"blockquote"}))
    words = own if own.strip() else text_of_html(source)
    lines = (re.sub(r"[ \t\xa0]+", " ", each).strip() for each in words.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _decoded(value: object) -> str:
    """Return a header's words on one line."""
    told = _plain(value)[:_MOST_HEADER]
    try:
        pieces = [
            each if isinstance(each, str) else each.decode(charset or "ascii", "replace")
            for each, charset in decode_header(told)
        ]
    except (*_BROKEN, UnicodeError):
        pieces = [told]
    return " ".join("".join(pieces).split())


def _plain(value: object) -> str:
    """Return a header or a parameter as text; RFC 2231 gives parameters in three pieces."""
    if isinstance(value, tuple):
        value = value[-1]
    return "" if value is None else str(value)


def _name(head: bytes, raw: bytes) -> str:
    """Return what tells a message from any other: not what relays add to it on its way, and not its name alone."""
    wanted = (b"message-id", b"from", b"date", b"subject", b"to")
    kept = [each for each in _unfolded(head) if each.partition(b":")[0].strip().lower() in wanted]
    body = raw[len(head) :].replace(b"\r\n", b"\n").strip()
    return hashlib.sha256(b"\n".join((*sorted(kept), b"", body))).hexdigest()


def _head(raw: bytes) -> bytes:
    return re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]


def _unfolded(head: bytes) -> Iterator[bytes]:
    yield from re.sub(rb"\r?\n[ \t]+", b" ", head).replace(b"\r\n", b"\n").split(b"\n")
