"""Every page of the app, one after the other, each in the states that look different."""

import re
from collections.abc import Iterator
from datetime import timedelta

import requests
from playwright.sync_api import Page, expect

from tests.journeys.guest import Guest
from tests.journeys.steps import book_best_slot, capture_window, heard, log_attempt, record_outcome
from tests.journeys.town import Town

LETTER = """Northvale Health Plan
Utilization Management Department

Date: November 18, 2026
Case Number: CS-2026-44817
Requesting provider: Alex Morgan, MD
Requested Service: CPT 63047
Diagnosis: M48.061

The request is denied. The records do not show that you have tried at least six weeks of physical therapy, which our
guideline asks for before surgery.

You may ask for a peer-to-peer discussion with our medical director within 5 business days of the date of this letter.

You have the right to appeal this decision within 180 calendar days of receiving this letter.
"""

# Invented, as every document here.
POLICY = """# Spinal fusion of the lower back

## Section 3b

Fusion is covered when ALL of the following are met:

- Failure of an adequate trial of conservative care, including physical therapy and medication or injections
- Bending films show motion of at least 4 mm
"""

# A note whose own label keeps it out of the brief.
SENSITIVE = {
    "resourceType": "DocumentReference",
    "id": "lumbar-fusion-restricted",
    "status": "current",
    "meta": {"security": [{"code": "R"}]},
    "type": {"text": "Note"},
    "subject": {"reference": "Patient/lumbar-fusion"},
    "date": "2026-08-02T10:00:00Z",
    "content": [{"attachment": {"contentType": "text/plain", "data": "U3ludGhldGljIHJlY29yZC4="}}],
}


def visit(page: Page, town: Town) -> Iterator[str]:
    """Bring the page, in a window of its own, from one to the next and yield the name of what it shows."""
    yield from _worklist(page, town)
    yield from _before_the_call(page, town)
    yield from _booked(page, town)
    yield from _talk(page, town)
    yield from _decided(page, town)
    yield from _other_paths(page, town)
    yield from _tasks(page, town)
    yield from _times_of_ours(page, town)
    yield from _rules(page, town)
    yield from _policies(page, town)
    yield from _reminders(page, town)
    yield from _publish(page, town)
    yield from _unsent(page, town)
    yield from _worth(page, town)
    yield from _calendars(page, town)
    yield from _acts(page, town)
    yield from _errors(page, town)


def launch(page: Page, town: Town, user: str, **context: str) -> None:
    """Launch in this window."""
    asked = "".join(f"&{name}={value}" for name, value in context.items())
    page.goto(f"{town.ehr}/launch?user={user}{asked}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def more(page: Page, words: str) -> None:
    """Go to a page that stands behind More."""
    page.get_by_role("link", name="More", exact=True).click()
    page.get_by_role("link", name=words, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def stage(page: Page, name: str) -> None:
    """Go to a stage's own page of the case that is shown."""
    page.goto(re.search(r".*/cases/[0-9a-f]+", page.url)[0] + f"/{name}")


def _worklist(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "coordinator")
    yield "worklist"
    page.get_by_text("Keys").click()
    page.get_by_role("link", name="Closed").click()
    yield "worklist-empty"
    page.get_by_label("Case or authorization number, payer or service").fill("nothing like it")
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_be_visible()
    yield "worklist-nothing-found"
    page.get_by_role("link", name="Morning plan").click()
    expect(page.locator(".plan__sheet").first).to_be_visible()
    yield "plan"
    page.get_by_role("link", name="Learn").click()
    yield "learn-empty"
    page.get_by_role("link", name="What each measure counts").click()
    yield "learn-definitions"
    page.get_by_role("link", name="Take in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Take a denial in")
    yield "intake"
    yield from _arrivals(page)


def _arrivals(page: Page) -> Iterator[str]:
    letter = {"name": "letter.txt", "mimeType": "text/plain", "buffer": LETTER.encode()}
    page.get_by_label("Denial letter or payer’s answer").set_input_files(letter)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Whose denial is this?")
    yield "arrival"
    page.get_by_label("Number to call for the peer-to-peer").fill("ask for Jim")
    page.get_by_role("button", name="Keep what I typed").click()
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "arrival-refused"
    page.get_by_label("Number to call for the peer-to-peer").fill("800-555-0101")
    page.get_by_label("Line of business").select_option("commercial")
    page.get_by_role("button", name="Keep what I typed").click()
    heard(page, "What you typed is kept with it, marked as typed.")
    yield "arrival-completed"
    page.get_by_role("link", name="← Take a denial in").click()
    expect(page.get_by_text("unless settled")).to_be_visible()
    yield "intake-waiting"


def _before_the_call(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "onco", patient="oncology-regimen")
    yield "case-without-window"
    stage(page, "windows")
    capture_window(page, day=(town.now() + timedelta(days=1)).date(), start="16:00", end="10:00")
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "windows-refused"
    launch(page, town, "spine", patient="lumbar-fusion")
    expect(page.locator("#slots .slot").first).to_be_visible()
    for fold in page.locator("details").all():
        fold.evaluate("fold => fold.open = true")
    yield "case-with-slots"
    for name in (
        "detect",
        "windows",
        "slots",
        "book",
        "brief",
        "packet",
        "payers-copy",
        "call-sheet",
        "call",
        "outcome",
    ):
        stage(page, name)
        yield name
    stage(page, "brief")
    page.locator(".brief__criteria .brief__mark a").first.click()
    expect(page.locator("#source mark").first).to_be_visible()
    yield "brief-source"
    page.goto(page.url.partition("/s/")[0] + page.locator(".brief__mark a").first.get_attribute("href"))
    yield "brief-source-alone"
    stage(page, "todo")
    page.get_by_text("Change").first.click()
    yield "todo"
    town.put(SENSITIVE)
    stage(page, "held")
    page.get_by_text("Add to this brief").first.click()
    yield "held"
    stage(page, "slots")
    rival = Guest(town, "coordinator")
    rival.send(rival.form(rival.get(f"cases/{town.case('lumbar-fusion').id}/slots"), "Book"))
    book_best_slot(page)
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "book-refused"


def _booked(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "spine", patient="lumbar-fusion")
    town.await_written("Appointment", "lumbar-fusion")
    expect(page.locator("#writes")).to_contain_text("stands as")
    page.get_by_text("Cancel it").click()
    yield "case-booked"
    stage(page, "book")
    yield "book-booked"
    stage(page, "call")
    log_attempt(page, reached="nobody", result="connected")
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "call-refused"
    log_attempt(page, reached="voicemail", result="message left", Minutes_on_hold="12")
    heard(page, "The attempt is kept.")
    stage(page, "call")
    yield "call-logged"
    page.get_by_role("link", name=re.compile("^Correct the entry of")).first.click()
    yield "call-correct"


def _talk(page: Page, town: Town) -> Iterator[str]:
    """Call mode: before, with everything open and a doubtful NPI, without the chart, and the outcome it leads to."""
    launch(page, town, "spine", patient="lumbar-fusion")
    stage(page, "talk")
    expect(page.locator(".points__ask")).to_be_visible()
    yield "talk"
    page.get_by_role("button", name="On hold").click()
    expect(page.get_by_role("button", name="Hung up")).to_be_visible()
    expect(page.locator(".htmx-added, .htmx-settling")).to_have_count(0)
    page.get_by_role("button", name="Talking").click()
    expect(page.get_by_role("button", name="Call over")).to_be_visible()
    page.get_by_label("NPI", exact=True).fill("1234567890")
    page.get_by_label("Notes", exact=True).fill("Asked for the films.")
    expect(page.locator(".kept__doubt")).to_be_visible()
    for fold in page.locator("#points details").all():
        fold.evaluate("fold => fold.open = true")
    yield "talk-open"
    town.fault(do="status", type="*", times=50)
    page.reload()
    expect(page.locator("#points .notice")).to_be_visible()
    yield "talk-unread"
    town.forget_faults()
    page.get_by_role("button", name="We spoke: outcome for").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Outcome")
    yield "outcome-half-filled"


def _decided(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "spine", patient="lumbar-fusion")
    record_outcome(page, "modified")
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "outcome-refused"
    page.get_by_label("denial upheld", exact=True).check()
    page.get_by_role("button", name="Record outcome for").click()
    heard(page, "The outcome is kept. The EHR is being told.")
    yield "case-decided"
    page.get_by_role("link", name="Link an appeal that was filed elsewhere").click()
    yield "appeal-elsewhere"
    page.go_back()
    page.get_by_role("link", name="Amend it").click()
    yield "outcome-amend"
    page.get_by_label("modified", exact=True).check()
    page.get_by_label("or what else was changed").fill("in an outpatient centre")
    page.get_by_label("final, in writing", exact=True).check()
    page.get_by_role("button", name="Record outcome for").click()
    heard(page, "The outcome is kept. The EHR is being told.")
    page.get_by_role("link", name="Amend it").click()
    expect(page.locator("#answers")).to_be_visible()
    yield "outcome-answers"
    launch(page, town, "manager")
    page.get_by_role("link", name="Learn").click()
    expect(page.locator("#learn table:visible").first).to_be_visible()
    yield "learn"
    page.get_by_role("link", name="Offered calls that were missed").click()
    expect(page.locator("#cases")).to_be_visible()
    yield "learn-cases"
    page.get_by_role("link", name="← Learn").click()
    page.get_by_role("link", name="BCBS South Carolina").last.click()
    expect(page.locator("#payer")).to_be_visible()
    yield "learn-payer"


def _other_paths(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "spine", patient="two-reviews")
    yield "patient"
    launch(page, town, "gastro", patient="benefit-exclusion")
    yield "case-other-path"
    launch(page, town, "covering", patient="impossible-calendar")
    stage(page, "slots")
    yield "slots-none"
    launch(page, town, "spine", patient="mixed-lines")
    expect(page.locator("#slots .slot").first).to_be_visible()
    yield "case-three-lines"
    stage(page, "clinician")
    page.get_by_label("Name or NPI").fill("Brandauer")
    page.get_by_role("button", name="Look in the EHR").click()
    expect(page.get_by_role("button", name="Felix Brandauer-Nkemelu, DO takes the call")).to_be_visible()
    yield "clinician"
    launch(page, town, "gastro", patient="waits-at-payer")
    yield "case-waiting-at-payer"
    page.get_by_role("button", name="Ask the payer now").click()
    expect(page.locator("#asked time")).to_be_visible()
    yield "case-asked"


def _rules(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "coordinator")
    page.get_by_role("link", name="More", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("More")
    yield "more"
    more(page, "Rules")
    yield "rules"
    base = page.url.partition("?")[0]
    page.goto(f"{base}?show=edited")
    yield "rules-none"
    page.goto(f"{base}/uhc_general")
    yield "rule"
    page.goto(f"{base}/uhc_general/values/windows")
    yield "rule-windows"
    page.get_by_label("How long").first.fill("0")
    tell_source(page, town, why="The provider manual says so.")
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "rule-windows-refused"
    page.goto(f"{base}/uhc_general/values/hours")
    page.get_by_label("Monday").check()
    page.get_by_label("From", exact=True).fill("08:00")
    page.get_by_label("To", exact=True).fill("17:00")
    page.get_by_label("Zone").select_option("America/Chicago")
    tell_source(page, town, why="Asked on the phone.")
    expect(page.get_by_role("status")).to_contain_text("Kept.")
    yield "rule-edited"
    page.goto(f"{base}/uhc_general/values/hours")
    page.get_by_text("Put back what the rule files say").first.click()
    yield "rule-hours-history"
    page.goto(f"{base}/new")
    yield "rule-new"
    page.goto(f"{base}/calls")
    yield "call-rules"
    page.goto(f"{base}/calls/late")
    yield "call-rule-figures"
    launch(page, town, "spine", patient="lumbar-fusion")
    page.goto(f"{page.url.partition('?')[0]}/rule")
    yield "case-rule"


def _policies(page: Page, town: Town) -> Iterator[str]:
    """Policies: none yet, one refused, one kept, listed, and quoted beside a brief."""
    launch(page, town, "coordinator")
    more(page, "Policies")
    yield "policies-none"
    page.get_by_role("link", name="Put a policy in").click()
    yield "policy-new"
    page.get_by_label("Title, as the payer writes it").fill("Spinal fusion of the lower back")
    page.get_by_label("Number by which the payer cites it").fill("SP-114")
    page.get_by_label("Holds from").fill(f"{town.now().year - 1}-01-01")
    page.get_by_label("Where it was read").fill("https://payer.example/policies/sp-114")
    page.get_by_label("The text, pasted").fill(POLICY)
    page.get_by_label("Why it is put in").fill("Read on the payer's site.")
    page.get_by_role("button", name="Keep the policy").click()
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "policy-refused"
    page.get_by_label("Lumbar fusion").check()
    page.get_by_role("button", name="Keep the policy").click()
    heard(page, "Kept. It is quoted in briefs of its payer and services, for denials from its day on.")
    yield "policy"
    page.get_by_role("link", name="← Policies").click()
    yield "policies"
    launch(page, town, "spine", patient="lumbar-fusion")
    stage(page, "brief")
    expect(page.locator(".policy__excerpt").first).to_be_visible()
    yield "brief-policy"


def tell_source(page: Page, town: Town, *, why: str) -> None:
    """Say where a value was read, when and why it is put in, and send the form."""
    page.get_by_label("Where it was read").fill("https://payer.example/provider-manual.pdf")
    page.get_by_label("Read on").fill(town.now().date().isoformat())
    page.get_by_label("seen at the source itself").check()
    page.get_by_label("Why it is changed").fill(why)
    page.get_by_role("button", name=re.compile("^Keep it for")).click()


def _unsent(page: Page, town: Town) -> Iterator[str]:
    for patient, user, name in (
        ("infliximab-step", "gastro", "unsent-offer"),
        ("late-summary", "spine", "unsent-danger"),
        ("records-not-received", "spine", "unsent-appeal"),
        ("knee-mri", "covering", "unsent-none"),
    ):
        launch(page, town, user, patient=patient)
        expect(page.locator("#unsent:not([aria-busy])")).to_be_visible()
        yield f"case-{name}"
        stage(page, "unsent")
        yield name
    town.fault(do="status", type="*", times=50)
    page.reload()
    expect(page.locator("#unsent .notice")).to_be_visible()
    yield "unsent-unread"
    town.forget_faults()


def _worth(page: Page, town: Town) -> Iterator[str]:
    town.remember_calls("infliximab-step", approved=5, modified=1, upheld=3)
    launch(page, town, "gastro", patient="infliximab-step")
    expect(page.locator("#worth")).to_contain_text("95 % interval")
    yield "case-worth"
    stage(page, "brief")
    expect(page.locator(".precedents")).to_be_visible()
    yield "brief-precedents"
    stage(page, "talk")
    expect(page.locator(".precedents")).to_be_visible()
    yield "talk-precedents"
    launch(page, town, "coordinator")
    yield "worklist-worth"


def _reminders(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "coordinator")
    more(page, "Reminders")
    yield "reminders"
    page.locator(".list__case a").first.click()
    page.get_by_label("Mobile number").fill("555")
    page.get_by_role("button", name="Save reminders of").click()
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "reminders-refused"
    page.get_by_label("Mobile number").fill("512-555-0134")
    page.get_by_label("Text message (SMS)").check()
    page.get_by_label("60 minutes before").check()
    page.get_by_role("button", name="Save reminders of").click()
    heard(page, "These reminders are kept.")
    yield "reminders-kept"
    page.get_by_role("link", name="← Reminders of all clinicians").click()
    page.get_by_role("link", name="Your own copies of what you book").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copies of what you book")
    yield "reminders-copies"


def _calendars(page: Page, town: Town) -> Iterator[str]:
    """Calendars outside the EHR: whose, none yet, refused, connected, not to be read."""
    launch(page, town, "coordinator")
    more(page, "Calendars")
    yield "calendars-of-all"
    page.locator(".list__case a").last.click()
    for fold in page.locator("details").all():
        fold.evaluate("fold => fold.open = true")
    yield "calendars-none"
    address, person = (
        page.get_by_label("Secret address of the calendar"),
        re.search(r"of=Practitioner/([\w-]+)", page.url)[1],
    )
    address.fill("https://10.0.0.1/a.ics")
    page.get_by_role("button", name="Connect it").click()
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "calendars-refused"
    address.fill(f"{town.ehr}/own-calendars/{person}.ics")
    page.get_by_role("button", name="Connect it").click()
    heard(page, "Connected. What was read of the coming week stands below each calendar.")
    yield "calendars-connected"
    requests.post(f"{town.ehr}/own-calendars/{person}/turn", timeout=10).raise_for_status()
    page.get_by_role("link", name="Read them all now").click()
    expect(page.get_by_text("A calendar cannot be read.")).to_be_visible()
    yield "calendars-unread"
    page.get_by_role("button", name="Disconnect").click()
    heard(page, "Disconnected; its password or access is forgotten. Calls that stand in it stay there.")


def _publish(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "coordinator")
    more(page, "Published times")
    yield "publish"
    page.locator("input[name=person]").first.check()
    page.get_by_role("button", name="Save who is told of").click()
    heard(page, "Kept. Who was taken off is told of no more.")
    page.get_by_label("Give an address to").select_option("evicore")
    page.get_by_role("button", name="Make a new address").click()
    expect(page.get_by_text("/times.ics")).to_be_visible()
    yield "publish-address"
    page.get_by_role("button", name="Read the calendars now").click()
    heard(page, "The calendars were read just now.")
    yield "publish-told"
    page.goto(f"{page.url.rpartition('/')[0]}/cases/{town.case('knee-mri').id}/windows")
    page.get_by_text("The first of them, and how the payer takes a booking").click()
    yield "windows-feed"


def _acts(page: Page, town: Town) -> Iterator[str]:
    launch(page, town, "gastro", patient="benefit-exclusion")
    page.get_by_role("button", name="Done: a benefit exception was asked for").click()
    heard(page, "Marked as done.")
    yield "case-other-path-done"
    page.get_by_role("link", name="Record the answer").click()
    yield "outcome-answer"
    launch(page, town, "spine", patient="mixed-lines")
    page.get_by_role("link", name="Record the outcome").click()
    page.get_by_label("call not held", exact=True).check()
    page.get_by_label("Why no call was held").select_option("declined_by_us")
    page.get_by_role("button", name="Record outcome for").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before it is recorded")
    yield "outcome-stopped"
    stage(page, "appeal")
    for fold in page.locator("details").all():
        fold.evaluate("fold => fold.open = true")
    yield "appeal"
    launch(page, town, "spine", patient="mixed-lines")
    page.get_by_text("Something else was done").click()
    yield "case-acts"
    page.get_by_role("link", name="The appeal was filed").click()
    yield "act"
    page.get_by_label("Why it is done all the same").fill("The family filed it on Friday.")
    page.get_by_role("button", name="Done: the appeal was filed").click()
    heard(page, "Marked as done.")
    page.get_by_text("Take it back").click()
    yield "case-appealed"
    launch(page, town, "coordinator", patient="text-only")
    stage(page, "act/file_appeal")
    yield "act-ask-first"


def _tasks(page: Page, town: Town) -> Iterator[str]:
    """A payer asked on its portal, and by telephone, by a person; and what the inbox keeps of it."""
    launch(page, town, "coordinator")
    base = page.url.rpartition("/")[0]
    page.goto(f"{base}/rules/bcbssc/values/portal")
    page.get_by_label("Portal").fill("https://provider.payer.example/peer-to-peer")
    tell_source(page, town, why="Our office signs in there.")
    expect(page.get_by_role("status")).to_contain_text("Kept.")
    page.goto(f"{base}/cases/{town.case('oncology-regimen').id}/way")
    yield "portal"
    page.get_by_label(re.compile("^Direct number of")).fill("512-555-0134")
    page.get_by_role("button", name="Fill in").click()
    page.get_by_label("Times offered").check()
    page.get_by_role("button", name=re.compile("^Keep the answer for")).click()
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "portal-refused"
    page.goto(f"{base}/cases/{town.case('text-only').id}/way")
    yield "phone"
    page.get_by_role("button", name="On hold", exact=True).click()
    page.get_by_label("Who answered").fill("Scheduler Example")
    expect(page.get_by_text("On hold since")).to_be_visible()
    yield "phone-on-hold"
    page.get_by_role("button", name="Call back later").click()
    expect(page.locator(".field__wrong")).to_be_visible()
    yield "phone-refused"
    page.get_by_role("button", name="On hold too long").click()
    heard(page, "Kept. It stands in the inbox too.")
    yield "case-call-again"
    stage(page, "escalate")
    yield "escalate"
    page.goto(f"{base}/inbox?show=all")
    yield "inbox-all"
    page.get_by_role("link", name="Call: on hold too long").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Call: on hold too long")
    yield "inbox-call"


def _times_of_ours(page: Page, town: Town) -> Iterator[str]:
    """What a payer is offered, what its staff see, and what their answer becomes."""
    launch(page, town, "coordinator")
    page.goto(f"{page.url.rpartition('/')[0]}/cases/{town.case('oncology-regimen').id}/offers")
    yield "offers"
    for box in page.locator("input[name=slot]").all()[:3]:
        box.check()
    page.get_by_role("button", name="make the link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The link for")
    yield "offers-made"
    ours = page.url
    page.goto(page.get_by_label("Words to send").input_value().rpartition("\n")[2])
    yield "desk"
    page.get_by_label("Day 1").fill(f"{(town.now() + timedelta(days=2)).date()}")
    page.locator("#d-start0").fill("09:00")
    page.locator("#d-end0").fill("10:00")
    page.get_by_role("button", name="Propose these times").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    yield "desk-thanks"
    page.goto(re.sub(r"/cases/.*", "/inbox", ours))
    yield "inbox"
    page.get_by_role("link", name="Answer to our offered times").click()
    expect(page.locator(".offer")).to_be_visible()
    yield "inbox-message"


def _errors(page: Page, town: Town) -> Iterator[str]:
    base = "/".join(page.url.split("/")[:5])
    page.goto(f"{base}/cases/{town.case('knee-mri').id}")
    yield "error-other-patient"
    page.goto(f"{base}/cases/none")
    yield "error-no-such-case"
    page.goto(f"{base}/nowhere")
    yield "error-no-such-page"
    page.goto(f"{town.app}/s/nobody/")
    yield "error-session-ended"
    page.goto(f"{town.app}/launch?iss=http://localhost:1/fhir&launch=x")
    yield "error-launch-refused"
    page.goto(f"{town.app}/standalone")
    yield "choose"
