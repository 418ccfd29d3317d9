"""
Mailroom: what came to the site's mailbox, or by a service, goes to the inbox of the one hospital it concerns.

One mailbox serves every tenant, and so may a service. A message is shown to a hospital where it answers a request of
that hospital's, or names a case that only that hospital has; its words are shown to nobody where that cannot be told
(decision 0031).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.windows.message import Delivery, Message, case_numbers_in, with_delivery
from app.errors import BadInput
from app.flow.inbox import Incoming, keep
from app.flow.ports import Carrier, Hooks, MailBook, Mailbox, Mailed, Named, Ports, Posted, Told

ROUND = timedelta(minutes=5)  # longer than one look may take (edges.http.imap)
PAUSE = timedelta(seconds=25)  # between two looks, whoever takes them
MOST_LETTERS = 50  # of one look
CHANNEL, FAXES = "message", "faxes"
PATIENCE, MOST_FAXES = timedelta(days=1), 200
CAME_BACK = "The mail came back. Tell them of the call yourself, and have the address looked at on the page Reminders."
SILENT = "The fax service has not told what became of it. Ask the payer whether it arrived."
PICTURES = "Its pages are pictures, or cannot be read here: look at them where it came in."


def collect(
    mailbox: Mailbox, book: MailBook, hospitals: Mapping[str, Ports], *, home: str | None, now: datetime
) -> int:
    """
    Take what is new in the mailbox into the inboxes; return how many messages that were. One worker's at a time.

    home: the tenant whose people read the mailbox anyway, and get what names no case; None: nobody does
    The mark moves after a message is kept: a crash between the two brings the message again, and twice is once.
    """
    if not book.claim(mailbox.name, now=now, until=now + ROUND):
        return 0
    count = 0
    with mailbox.letters(book.mark(mailbox.name), now=now) as letters:
        for mark, mailed in letters:
            if mailed is not None:
                sort(Posted(mailbox.name, CHANNEL, mailed, home), book, hospitals, now=now)
                count += 1
            book.move(mailbox.name, mark)
            if count >= MOST_LETTERS:
                break
    book.claim(mailbox.name, now=now + ROUND, until=now + PAUSE)
    return count


def take_posted(
    hooks: Hooks,
    name: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    book: MailBook,
    hospitals: Mapping[str, Ports],
    now: datetime,
) -> bool:
    """Take what a service tells into the inbox; return whether it concerned us. raises: NotTheirs, BadInput"""
    posted = hooks.open(name, headers, body, now=now)
    if isinstance(posted, Told):
        return note(posted, book, hospitals, now=now)
    if posted is not None:
        sort(posted, book, hospitals, now=now)
    return posted is not None


def follow(carrier: Carrier, book: MailBook, hospitals: Mapping[str, Ports], *, now: datetime) -> int:
    """
    Ask what became of faxes of which nobody told; return of how many there was news. One worker's at a time.

    After a day without an answer it is not known, and somebody must ask the payer.
    """
    if not book.claim(FAXES, now=now, until=now + PAUSE):
        return 0
    news = 0
    for tenant, reference, message in book.undelivered(limit=MOST_FAXES):
        ports = hospitals.get(tenant)
        if ports is None or not _was_taken(ports, message):
            continue
        told = carrier.look(reference)
        if told is None or told.delivery.state == "waiting":
            if now - message.at < PATIENCE:
                continue
            told = Told(reference, Delivery("unknown", message.at + PATIENCE, SILENT))
        news += note(told, book, hospitals, now=now)
    return news


def _was_taken(ports: Ports, message: Message) -> bool:
    """Whether somebody took one of ours; one that was never sent is waited for no more, and its effect says so."""
    states = ports.store.effects_of(ports.tenant, message.case_id or "")
    state = next((each.state for each in states if each.key == message.effect), None)
    if state in ("rejected", "dead", "void"):
        ports.messages.change(ports.tenant, replace(message, delivery=None))
    return state == "confirmed"


def note(told: Told, book: MailBook, hospitals: Mapping[str, Ports], *, now: datetime) -> bool:
    """Keep what became of one of ours; one that did not arrive is put before a person. Return whether that was news."""
    found = book.sent_as(told.reference)
    ports = hospitals.get(found[0]) if found else None
    if found is None or ports is None:
        return False
    before = found[1]
    after = with_delivery(before, told.delivery)
    if after is before:
        return False
    if after.delivery.state in ("failed", "unknown"):
        case = (before.case_id, before.case_number) if before.case_id and before.case_number else None
        keep(ports, _not_arrived(after, told, now=now), case=case, now=now)
    ports.messages.change(ports.tenant, after)
    return True


def _not_arrived(message: Message, told: Told, *, now: datetime) -> Incoming:
    """Return the notice that one of ours did not arrive, as far as anybody knows; it carries none of its words."""
    failed = told.delivery.state == "failed"
    what = "did not arrive" if failed else "may not have arrived"
    return Incoming(
        channel=message.channel,
        counterpart=None,
        subject=f"The {message.channel} to {message.counterpart or 'the payer'} {what}",
        text="",
        at=now,
        name=f"{told.delivery.state}:{told.reference}:{told.delivery.at.isoformat()}",
        kind="undelivered" if failed else "report",
        remarks=tuple(filter(None, (told.delivery.say,))),
    )


def sort(posted: Posted, book: MailBook, hospitals: Mapping[str, Ports], *, now: datetime) -> None:
    """Give a message to its case, else to its hospital, else say to each that it came, and nothing of its words."""
    mailed = _with_words(posted.mailed, hospitals)
    # A notice to one of ours that came back: no payer has anything to do with it, and its case shows it.
    if mailed.kind == "undelivered" and mailed.answers and book.came_back(mailed.answers, say=CAME_BACK, now=now):
        return
    named = _named(mailed, book)
    tenants = {each.tenant for each in named}
    if not tenants and posted.home is not None:
        tenants = {posted.home}
    if len(tenants) == 1 and (ports := hospitals.get(min(tenants))) is not None:
        cases = {(each.case_id, each.number) for each in named}
        keep(ports, _incoming(posted.channel, mailed), case=cases.pop() if len(cases) == 1 else None, now=now)
        return
    for ports in hospitals.values():
        keep(ports, _closed(ports, posted), case=None, now=now)


def _with_words(mailed: Mailed, hospitals: Mapping[str, Ports]) -> Mailed:
    """Return a message that has no words of its own with those of its pages, as far as they are text."""
    sources = next((each.sources for each in hospitals.values()), None)
    if mailed.text.strip() or not mailed.papers or sources is None:
        return mailed
    pages, remarks = [], list(mailed.remarks)
    for _, data in mailed.papers:
        try:
            text, warnings = sources.text(data)
        except BadInput:
            remarks.append(PICTURES)
            continue
        pages.append(text)
        remarks += [f"Of its pages: {each}." for each in warnings]
    return replace(mailed, text="\n\n".join(pages), remarks=tuple(dict.fromkeys(remarks)))


def _named(mailed: Mailed, book: MailBook) -> tuple[Named, ...]:
    """Return every case that a message answers or names, each once: more than one is for a person to tell apart."""
    answered = book.asked_in(mailed.answers) if mailed.answers else ()
    numbers = case_numbers_in(mailed.subject, mailed.text)
    return tuple(dict.fromkeys((*answered, *(book.numbered(numbers) if numbers else ()))))


def _incoming(channel: str, mailed: Mailed) -> Incoming:
    return Incoming(
        channel=channel,
        counterpart=mailed.sender,
        subject=mailed.subject,
        text=mailed.text,
        at=mailed.at,
        name=mailed.name,
        attachments=mailed.attachments,
        kind=mailed.kind,
        remarks=mailed.remarks,
        calendars=mailed.calendars,
    )


def _closed(ports: Ports, posted: Posted) -> Incoming:
    """Return that a message came, for a hospital whose it may not be: no word of it, and no stranger's address."""
    mailed = posted.mailed
    known = mailed.sender and ports.channels is not None and ports.channels.is_from(None, mailed.sender)
    return Incoming(
        channel=posted.channel,
        counterpart=mailed.sender if known else None,
        subject="A message that names no case of one hospital alone",
        text="",
        at=mailed.at,
        name=f"closed:{mailed.name}",
        kind="sealed",
        remarks=(
            f"It came by way of {posted.origin}, which several hospitals share, and it cannot be told whose it is."
            " Its words are shown to none of them.",
            "Whoever looks after it can open the message there, and say by whom it is to be answered.",
        ),
    )
