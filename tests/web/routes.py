"""Every route there is, and how a test gets to it; a new route without a line here fails the tests of this room."""

from dataclasses import dataclass, field

from app.core.case import Case
from app.core.detect.person import AnswersTold
from app.core.learn import mark_of
from app.flow import windows
from app.web.show import DOCX, PDF
from tests.builders import CLINICIAN, MONDAY, hours
from tests.fakes.office import PUBLISHER, Office, a_slot, best_slot, bring

HTML = "text/html"


@dataclass(frozen=True)
class Page:
    """A route that shows something. root: the id of its partial; case: whether it is about one case."""

    endpoint: str
    path: str
    root: str | None = None
    case: bool = True
    kind: str = HTML

    def at(self, case: Case) -> str:
        """Return its path for this case, within a launch."""
        return self.path.format(case=f"cases/{case.id}")

    def __str__(self) -> str:
        return self.endpoint


@dataclass(frozen=True)
class Change:
    """
    A route that changes something: in which state it can, what its form says, and what it leads to.

    part: the id of what htmx swaps where that is not the whole case; "" for a form that the browser sends alone
    """

    endpoint: str
    path: str
    state: str
    leads_to: str | None  # None: it answers with a page of its own
    form: dict = field(default_factory=dict)
    case: bool = True
    part: str = "case"

    def at(self, case: Case) -> str:
        """Return its path for this case, within a launch."""
        hold = case.holds[0].id if case.holds else "none"
        return self.path.format(case=f"cases/{case.id}", hold=hold)

    def told(self, office: Office, case: Case) -> dict[str, str]:
        """Return the form as the page would send it."""
        form = {"version": str(office.case(case.id).version)} | self.form if self.case else dict(self.form)
        if form.get("slot") == "best":
            wanted = best_slot(office, office.case(case.id))
            form["slot"] = f"{wanted.start.isoformat()}/{wanted.end.isoformat()}"
        return form

    def __str__(self) -> str:
        return self.endpoint


PAGES = (
    Page("worklist.worklist", "worklist", "worklist", case=False),
    Page("inbox.inbox", "inbox", "inbox", case=False),
    Page("plan.plan", "plan", "plan", case=False),
    Page("intake.intake", "intake", case=False),
    Page("learn.learn", "learn", "learn", case=False),
    Page("connect.connect", "calendars", "connect", case=False),
    Page("rules.rules", "rules", "rules", case=False),
    Page("rules.rule", "rules/uhc_general", case=False),
    Page("call_rules.call_rules", "rules/calls", "call_rules", case=False),
    Page("policies.policies", "policies", "policies", case=False),
    Page("more.more", "more", "more", case=False),
    Page("reminders.reminders", "reminders", "reminders", case=False),
    Page("reminders.copies", "copies", case=False),
    Page("rules.of_case", "{case}/rule"),
    Page("learn.definitions", "learn/definitions", case=False),
    Page("learn.cases", "learn/cases?measure=offer_to_connect", "cases", case=False),
    Page("learn.payer", f"learn/payer?of={mark_of(PUBLISHER[1])}", "payer", case=False),
    Page("learn.payer_docx", f"learn/payer.docx?of={mark_of(PUBLISHER[1])}", case=False, kind=DOCX),
    Page("learn.export", "learn/export.csv?by=payer", case=False, kind="text/csv"),
    Page("case.case", "{case}", "case"),
    Page("case.writes", "{case}/writes", "writes"),
    Page("detect.detect", "{case}/detect", "detect"),
    Page("clinician.clinician", "{case}/clinician?name=Doc", "clinician"),
    Page("detect.unsent", "{case}/unsent", "unsent"),
    Page("windows.windows", "{case}/windows", "windows"),
    Page("offers.offers", "{case}/offers"),
    Page("ask.ask", "{case}/message"),
    Page("portal.portal", "{case}/portal", "portal"),
    Page("phone.phone", "{case}/phone", "phone"),
    Page("slots.slots", "{case}/slots", "slots"),
    Page("book.book", "{case}/book", "book"),
    Page("brief.brief", "{case}/brief", "brief"),
    Page("held.held", "{case}/held", "held"),
    Page("todo.todo", "{case}/todo", "todo"),
    Page("brief.source", "{case}/brief/source?at=0123456789ab", "source"),
    Page("brief.docx", "{case}/brief.docx?draft=yes", kind=DOCX),
    Page("brief.pdf", "{case}/brief.pdf?draft=yes", kind=PDF),
    Page("appeal.appeal", "{case}/appeal", "appeal"),
    Page("appeal.file", "{case}/appeal.docx?draft=yes", kind=DOCX),
    Page("appeal.file", "{case}/appeal.pdf?draft=yes", kind=PDF),
    Page("appeal.file", "{case}/appeal.md?draft=yes", kind="text/markdown"),
    Page("packet.packet", "{case}/packet", "packet"),
    Page("packet.file", "{case}/packet.docx", kind=DOCX),
    Page("packet.file", "{case}/packet.pdf", kind=PDF),
    Page("packet.file", "{case}/packet.md", kind="text/markdown"),
    Page("packet.preview", "{case}/payers-copy", "copy"),
    Page("packet.preview", "{case}/call-sheet", "copy"),
    Page("brief.markdown", "{case}/brief.md?draft=yes", kind="text/markdown"),
    Page("call.call", "{case}/call", "call"),
    Page("talk.talk", "{case}/talk", "talk"),
    Page("talk.points", "{case}/talk/points", "points"),
    Page("act.act", "{case}/act/file_appeal", "act"),
    Page("escalate.escalate", "{case}/escalate", "escalate"),
    Page("outcome.outcome", "{case}/outcome", "outcome"),
    Page("follows.linked", "{case}/linked", "linked"),
    Page("case.landing", "", case=False),
    Page("style.style", "style.css", case=False, kind="text/css"),
)
ATTEMPT = {
    "at": f"{MONDAY - hours(7):%Y-%m-%dT%H:%M}",  # 08:00 in Chicago
    "direction": "ours",
    "reached": "reviewer",
    "result": "connected",
    "number": "800-555-0101",
    "hold_minutes": "7",
    "reviewer_name": "Dr Peer Example",
    "reached_name": "Dr Peer Example",
    "note": "Asked for the films.",
}
WINDOW = {
    "day": "2026-11-24",
    "start": "10:00",
    "end": "12:00",
    "zone": "America/Chicago",
    "channel": "phone",
    "told_by": "Scheduler Example",
    "specialty": "Spine surgery",
}
OUTCOME = {
    "result": "approved",
    "final": "verbal",
    "reference_number": "REF-OUT-1",
    "reviewer_name": "Dr Peer Example",
    "note": "Films were found.",
}
CHANGES = (
    Change("case.own", "{case}/own", "open", "cases/"),
    Change("detect.ask", "{case}/ask", "open", "cases/"),
    Change("clinician.choose", "{case}/clinician", "open", "cases/", {"clinician": CLINICIAN.reference}),
    Change("portal.answer", "{case}/portal", "open", "cases/", {"answer": "waiting", "reference": "REF-PORTAL-1"}),
    Change("phone.tap", "{case}/phone", "open", "cases/", {"tap": "voicemail", "number": "800-555-0101"}),
    Change("windows.capture", "{case}/windows", "open", "cases/", WINDOW),
    Change("book.make", "{case}/book", "offered", "cases/", {"slot": "best"}),
    Change("book.move", "{case}/book/move", "booked", "cases/", {"slot": "best"}),
    Change("book.cancel", "{case}/book/cancel", "booked", "cases/", {"reason": "clinic"}),
    Change("book.hold", "{case}/book/hold", "offered", "cases/", {"slot": "best", "hours": "4", "waits_on": "payer"}),
    Change("book.pick", "{case}/book/holds/{hold}", "held", "cases/"),
    Change("book.release", "{case}/book/release", "held", "cases/"),
    Change(
        "todo.settle",
        "{case}/todo",
        "open",
        "cases/",
        {"key": "answer", "do": "give", "other": "Cory Example"},
        part="todo",
    ),
    Change(
        "brief.write", "{case}/brief/own", "open", "cases/", {"text": "He fell twice.", "place": "Why now"}, part=""
    ),
    Change("call.log", "{case}/call", "booked", "cases/", ATTEMPT),
    Change(
        "act.take", "{case}/act/file_appeal", "open", "cases/", {"why": "The payer asked for it.", "note": "By fax."}
    ),
    Change(
        "appeal.choose", "{case}/appeal", "open", "cases/", {"line": "1", "way": "fax", "to": "800-555-0144"}, part=""
    ),
    Change(
        "appeal.filed",
        "{case}/appeal/filed",
        "open",
        "cases/",
        {"why": "The payer asked for it.", "filed_on": f"{MONDAY:%Y-%m-%d}", "filed_way": "fax"},
        part="",
    ),
    Change("outcome.record", "{case}/outcome", "connected", "cases/", OUTCOME),
    Change("follows.link", "{case}/linked", "closed", "cases/", {"filed_on": f"{MONDAY:%Y-%m-%d}"}),
    Change("outcome.answer", "{case}/outcome/answer", "upheld", "cases/", {"answer_1": "appealed"}),
    Change("outcome.close", "{case}/close", "confirmed", "cases/"),
    Change("worklist.detect", "detect", "open", "worklist", case=False),
    Change("publish.choose", "publish/people", "open", "publish", case=False),
    Change("publish.refresh", "publish/refresh", "open", "publish", case=False),
    Change("case.end", "end", "open", None, case=False),
)
# An act that is taken back must have been taken: tests/web/test_act.py does it.
UNDOES = {"act.undo"}
# A sentence that is signed or withdrawn must have been written: tests/web/test_own.py does it.
OWN_WRITES = {"brief.sign", "brief.withdraw"}
# A write must have been refused, and an outcome recorded: tests/web/test_by_hand.py does both.
BY_HAND_READS, BY_HAND_WRITES = {"by_hand.note"}, {"by_hand.done"}
# A letter must have come: tests/web/test_follows.py does it.
FOLLOW_WRITES = {"follows.record", "follows.aside"}
# What is let in must have been held back in the chart: tests/web/test_held.py does it.
HELD_WRITES = {"held.add", "held.revoke"}
# What is not part of a launch: asked by machines, or before there is a session (tests/launch/smart).
OUTSIDE = {
    "static", "health.livez", "health.readyz", "health.metrics",
    "own_calendars.callback",
    "smart.launch", "smart.launch_worklist", "smart.standalone", "smart.callback", "smart.jwks",
}  # fmt: skip
# What goes to a payer is refused while the brief lacks something: tests/web/test_packet.py does both.
PACKET_READS = {"packet.payers_file"}
# A clinician of the case alone signs that the patient cannot wait: tests/web/test_appeal.py does it.
APPEAL_WRITES = {"appeal.expedite"}
# Taking a denial in needs a file, a search or a denial that waits: tests/web/test_intake.py and test_door.py do it.
# What is about one message: tests/web/test_inbox.py does it.
MESSAGE_READS = {"inbox.message"}
MESSAGE_WRITES = {"inbox.confirm", "inbox.assign", "inbox.settle"}
# A clinician's own page is another's to be refused: tests/web/test_reminders.py does it.
REMINDER_READS = {"reminders.of_clinician"}
REMINDER_WRITES = {"reminders.choose", "reminders.choose_copies"}
# The forms of the rule book are a coordinator's, one for each value of each rule: tests/web/test_rules.py does them.
RULES_READS = {"rules.value", "rules.fresh", "rules.name_it"}
RULES_WRITES = {"rules.save", "rules.back", "rules.add"}
# The figures of a call rule likewise: tests/web/test_call_rules.py does it.
RULES_READS |= {"call_rules.figures"}
RULES_WRITES |= {"call_rules.save", "call_rules.back"}
# A step of a ladder needs a rule that was broken: tests/web/test_escalate.py does it.
LADDER_WRITES = {"escalate.settle"}
# A policy must have been put in: tests/web/test_policies.py does it.
RULES_READS |= {"policies.policy", "policies.fresh", "policies.anew"}
RULES_WRITES |= {"policies.add", "policies.renew", "policies.retire"}
# What is off by default, and goes back to the brief: tests/web/test_policies.py and test_wording.py do it.
RULES_WRITES |= {"literature.look", "wording.say", "wording.back"}
# What a payer's link leads to, and its making: tests/web/test_desk.py does it.
DESK_READS = {"desk.desk"}
DESK_WRITES = {"desk.pick", "desk.propose", "offers.offer"}
# The page is the office's; an address is shown once, and closed by its id: tests/web/test_published.py does it.
PUBLISH_READS, PUBLISH_WRITES = {"published.file", "publish.publish"}, {"publish.open_feed", "publish.end_feed"}
# A request to a payer is shown before it is sent: tests/web/test_ask.py does it.
ASK_WRITES = {"ask.send", "portal.form", "phone.hold"}
# Keep what is typed; answer with a part of their page, or end in the outcome's form: tests/web/test_talk.py does it.
TALK_WRITES = {"talk.keep", "talk.spoke"}
# The form keeps itself: tests/web/test_outcome.py does it.
TALK_WRITES |= {"outcome.keep"}
# Leads to the task by which the payer is best asked: tests/web/test_tasks.py follows it.
ASK_READS = {"ways.way"}
# Calendars are connected at servers, each in its own way: tests/web/test_connect.py does it.
CONNECT_WRITES = {
    *("connect.feed", "connect.server", "connect.sign_in", "connect.confirm", "connect.uses", "connect.gone"),
}
# Booking a plan needs calls that it proposed: tests/web/test_plan.py does it.
PLAN_WRITES = {"plan.accept"}
INTAKE_READS = {"intake.arrival"}
INTAKE_WRITES = {
    *("intake.take", "intake.typed", "intake.find", "intake.complete", "intake.settle", "intake.aside"),
    "door.receive",
    "hooks.receive",
}


def bring_published(office: Office, state: str, **answer) -> Case:
    """Return a case in a state, of a payer that publishes its times and can be asked; its book has been read once."""
    office.inquiries.tell(PUBLISHER[0], AnswersTold(()))
    office.desk.publish(PUBLISHER[0], a_slot(1, after=20), a_slot(2, after=22))
    case = bring(office, state, payer=PUBLISHER[1], **answer)
    return windows.read_published_windows(office.ports(), case.id, now=office.now).case
