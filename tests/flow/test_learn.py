"""What this site's cases teach: counted from what happened, each case once, one hospital's only."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from app.core.people import Role
from app.flow.learn import lessons, worth_of
from tests.fakes.office import CLINICIAN, Office, an_answer, book_best, bring, detected, keep_window, log, settle


def to_outcome(office: Office, number: int, result: str, **more):
    """Take one more case the whole way, a day of the clinician's after another."""
    case = keep_window(office, detected(office, an_answer(f"cr{number}", patient=f"p{number}")))
    case = log(office, book_best(office, case))
    return settle(office, case, result=result, **more)


def test_decided_calls_are_counted_once_each(office: Office):
    """Two overturned, one upheld: two of three, by payer, by clinician and by reason alike."""
    for number, result in enumerate(("approved", "approved", "upheld"), start=1):
        to_outcome(office, number, result)
    taught = lessons(office.ports(), now=office.now)

    assert (3, 2, 3) == (taught.case_count, taught.whole["overturn"].count, taught.whole["overturn"].n)
    assert ([("Payer Test", 2, 3)], [(CLINICIAN.name, 2, 3)]) == (
        [(name, row.count, row.n) for name, row in taught.rows("payer", "overturn")],
        [(name, row.count, row.n) for name, row in taught.rows("clinician", "overturn")],
    )
    assert (3, 3) == ((held := taught.whole["offer_to_connect"]).count, held.n)


def test_an_amended_outcome_counts_as_it_was_amended(office: Office):
    """The first word was wrong: the last one counts, and only once."""
    case = to_outcome(office, 1, "approved")
    settle(office, case, result="upheld", final=True)

    found = lessons(office.ports(), now=office.now).whole["overturn"]

    assert (0, 1) == (found.count, found.n)


def test_an_offer_that_led_to_no_call_counts_against_the_rate(office: Office):
    """Offered and lapsed is what offer-to-connect is for."""
    to_outcome(office, 1, "approved")
    bring(office, "offered", id="cr9", patient="p9")
    taught = lessons(office.ports(), now=office.now)

    assert (1, 2) == ((held := taught.whole["offer_to_connect"]).count, held.n)


def test_another_hospitals_cases_are_not_counted(office: Office):
    """Learn is one tenant's."""
    to_outcome(office, 1, "approved")

    assert 0 == lessons(office.ports(tenant="elsewhere"), now=office.now).case_count


def decided(office: Office, won: int, lost: int, *, payer: str = "Payer Test") -> None:
    """Let so many calls be won and lost, each of a patient and clinician of its own."""
    for number in range(won + lost):
        own = replace(CLINICIAN, reference=f"Practitioner/d{payer[:1]}{number}")
        found = an_answer(f"past{payer[:1]}{number}", patient=f"past{payer[:1]}{number}", payer=payer, clinician=own)
        case = log(office, book_best(office, keep_window(office, detected(office, found))))
        settle(office, case, result="approved" if number < won else "upheld")


def test_a_call_is_weighed_by_those_like_it(office: Office):
    """Same payer, kind of reason and service: n, how many, the interval; and how often approved, since when."""
    decided(office, won=4, lost=2)
    found = worth_of(office.ports(), detected(office, an_answer("new", patient="new")), now=office.now)

    assert (4, 6, ("payer", "reason", "service")) == (found.odds.share.count, found.odds.share.n, found.odds.same)
    told = found.precedents
    assert (4, 4, 6, office.now) == (told.approved, told.as_asked, told.n, told.since)


def test_too_few_are_told_as_too_few(office: Office):
    """Three calls, one of another payer: no share, and how many there are."""
    decided(office, won=1, lost=1)
    decided(office, won=1, lost=0, payer="Other Payer")
    found = worth_of(office.ports(), detected(office, an_answer("new", patient="new")), now=office.now)

    assert (False, 3, None) == (found.odds.is_known, found.odds.share.n, found.precedents)


def test_an_outcome_counts_as_soon_as_it_is_recorded(office: Office):
    """What is kept for a minute is forgotten when a call is decided here."""
    case = detected(office, an_answer("new", patient="new"))
    before = worth_of(office.ports(), case, now=office.now)
    decided(office, won=1, lost=0)
    now = office.now
    after = worth_of(office.ports(), case, now=now)
    office.database.write(lambda connection: connection.execute(text("UPDATE cases SET result = NULL")) and None)

    assert (0, 1) == (before.odds.share.n, after.odds.share.n)
    assert after == worth_of(office.ports(), case, now=now)
    assert before == worth_of(office.ports(), case, now=now + timedelta(minutes=1))


def test_history_is_for_those_who_may_see_learn_and_asks_no_ehr(office: Office):
    """A delegate books; what calls came to is Learn's. Nothing is asked of the EHR for it."""
    case = detected(office)
    office.ehr.asked.clear()
    told = {role for role in Role if worth_of(office.ports(role), case, now=office.now) is not None}

    assert ({Role.CLINICIAN, Role.COORDINATOR, Role.MANAGER}, []) == (told, office.ehr.asked)


def test_a_call_that_is_booked_or_not_to_be_is_not_weighed(office: Office):
    """It is told where it can still be decided whether to call."""
    assert worth_of(office.ports(), bring(office, "booked"), now=office.now) is None
    assert worth_of(office.ports(), bring(office, "no_call", id="cr8", patient="p8"), now=office.now) is None


def test_another_hospitals_calls_weigh_nothing_here(office: Office):
    """History is one tenant's."""
    decided(office, won=5, lost=1)
    case = detected(office, an_answer("new", patient="new"))

    assert 0 == worth_of(office.ports(tenant="elsewhere"), case, now=office.now).odds.share.n
