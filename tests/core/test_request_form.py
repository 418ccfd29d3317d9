"""The request for a call as a form: what a payer asks for, as far as the case knows it, and no further."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.core.case import CaseState, Hold
from app.core.denial import Code, Decision
from app.core.interval import Interval
from app.core.windows.form import KEYS, NOT_KNOWN, Filled, request_form
from tests.builders import CLINICIAN, COORDINATOR, MONDAY, a_case, a_denial, a_routing, hours
from tests.fakes.office import the_rules

ZONE = "America/New_York"


def the_form(case, filled: Filled | None = None, *, rule=None):
    """Return the form as it is filled on Monday."""
    return request_form(case, filled or Filled(), rule=rule, zone=ZONE, by=COORDINATOR, now=MONDAY)


def said(case, filled: Filled | None = None, **more) -> dict[str, str]:
    """Return what each field says."""
    return {each.key: each.shown for each in the_form(case, filled, **more).fields}


def a_full_case(**more):
    """Return a case of which everything is known."""
    denial = a_denial(created_on=date(2026, 11, 20), urgent=False)
    first = replace(
        denial.lines[0], service=Code("http://example.org/codes", "C100"), diagnoses=(Code("icd", "M48.061"),)
    )
    case = a_case(
        denial=replace(denial, lines=(first, denial.lines[1])), clinician=replace(CLINICIAN, npi="1234567893"), **more
    )
    return replace(case, coverage=replace(case.coverage, member_id="MEMBER-77", plan="Plan Gold"))


def test_the_form_is_filled_from_the_case():
    """Payer, patient, references, codes, day of the denial, who takes the call and at which number (product F23)."""
    told = said(a_full_case(), Filled(number="512-555-0134", contact_name="Front Desk", contact_number="512-555-0199"))

    wanted = {
        "payer": "Payer Test",
        "payer_reference": "REF-1",
        "case_number": "P-TEST22",
        "denied_on": "November 20, 2026",
        "patient_name": "Test Patient",
        "patient_birth_date": "1960-02-03",
        "member_id": "MEMBER-77",
        "services": "C100 Lumbar fusion, 1 asked for\nBrace, 24 asked for",
        "diagnoses": "M48.061",
        "denial_codes": "0F",
        "clinician_name": "Dr Test",
        "clinician_credential": "Physician",
        "clinician_npi": "1234567893",
        "clinician_number": "512-555-0134",
        "contact_name": "Front Desk",
        "contact_number": "512-555-0199",
        "filled_by": "Coordinator Test",
        "filled_at": "Monday, November 23, 2026, 10:00 AM EST",
        "call_until": "Wednesday, November 25, 2026, 10:00 AM EST",
    }
    assert wanted == {key: told[key] for key in wanted}


def test_what_is_not_known_says_so_and_is_to_do():
    """An incomplete form means no call at some payers, so each hole is named before it goes (BCBS SC, facts C)."""
    form = the_form(a_case(clinician=None, denial=a_denial(reference_number=None, lines=())))

    owed = {each.key for each in form.fields if each.is_owed}
    assert {"member_id", "payer_reference", "clinician_name", "clinician_npi", "clinician_number"} <= owed
    assert all(each.shown == NOT_KNOWN for each in form.fields if each.is_owed)
    assert "Member ID" in form.to_do and "Direct number" in form.to_do
    assert not {"urgent", "plan", "contact_number"} & owed, "a payer finds the request without these"


def test_a_full_form_leaves_nothing_to_do():
    """Nothing is asked for that is there."""
    assert () == the_form(a_full_case(), Filled(number="512-555-0134")).to_do


def test_times_are_those_held_for_the_payer_in_its_own_zone():
    """A time that we do not hold is none that we offer; a payer reads its own clock."""
    start = MONDAY + hours(24)
    hold = Hold("h1", Interval(start, start + hours(0.5)), CLINICIAN, None, None, start, "payer", MONDAY, "Coordinator")
    ours = replace(hold, id="h2", waits_on="clinician")
    case = replace(a_full_case(), state=CaseState.HELD, holds=(hold, ours))

    assert "Tuesday, November 24, 2026, 10:00 AM EST" == said(case)["times"]


def test_times_are_owed_where_the_payer_wants_times_of_ours():
    """Regence takes no request without two call windows; another payer tells its own."""
    regence = the_rules().payer_by_key("regence_med")

    assert "Times we offer" in the_form(a_full_case(), rule=regence).to_do
    assert "Times we offer" not in the_form(a_full_case(), rule=None).to_do


def test_lines_that_were_approved_are_not_argued():
    """Asking for a call about what is approved wastes it."""
    routing = a_routing()
    lines = (replace(routing.lines[0], decision=Decision.APPROVED), routing.lines[1])
    case = replace(a_full_case(), routing=replace(routing, lines=lines))

    assert "Brace, 24 asked for" == said(case)["services"]


def test_a_deadline_that_is_over_is_not_told():
    """The form would tell the payer that it may refuse."""
    case = a_full_case()
    over = replace(case, clocks=tuple(replace(each, ends_at=MONDAY - hours(1)) for each in case.clocks))

    assert NOT_KNOWN == said(over)["call_until"]


@given(st.text(), st.text(), st.text())
def test_every_field_is_there_once_and_no_value_adds_lines(name: str, member: str, number: str):
    """Whatever a card or a chart holds, the form has its fields in their order, one line each."""
    case = replace(a_full_case(), coverage=replace(a_full_case().coverage, member_id=member))
    case = replace(case, patient=replace(case.patient, name=name))
    form = the_form(case, Filled(number=number))

    assert KEYS == tuple(each.key for each in form.fields)
    told = {each.key: each.shown for each in form.fields}
    for key in told.keys() - {"services", "times"}:
        assert told[key].isprintable() and told[key]
