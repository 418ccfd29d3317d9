"""What follows an outcome: a letter that is owed is never forgotten, and one that differs from the call is seen."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.core.acts import ACTS, NotNow, Told, refusal_of, take_act
from app.core.afterwards import AFTERWARDS, authorization_of
from app.core.case import Authorization, Case, CaseState, Letter, LineOutcome, Outcome
from app.core.denial import Coverage, Decision, DenialLine, LineRouting, Path, Way
from app.core.next_action import next_action_of
from app.core.outcome.benefit import is_of_benefit
from app.core.outcome.follows import BETTER, NOTE, UNCLEAR, WORSE, differences, is_alarm
from app.core.outcome.form import Contradiction
from app.core.outcome.letter import form_of, is_whole, letter_come, letter_differences
from app.core.outcome.linked import AppealTold, link_appeal
from app.core.outcome.owed import Book, Owed, owed_after
from app.core.outcome.script import script_of, thing_words
from app.core.people import Party, Reviewer
from tests.builders import COORDINATOR, MONDAY, a_case, a_denial, a_routing, hours
from tests.fakes.office import the_rules

ZONE = "America/Chicago"
DAY = timedelta(days=1)
RESULTS = ("approved", "modified", "upheld")
AUTHORIZED = Authorization("AUTH-9001", date(2026, 11, 24), date(2027, 2, 22))

lines = some.dictionaries(some.integers(1, 4), some.sampled_from(RESULTS), min_size=1).map(
    lambda told: tuple(LineOutcome(n, result, 3.0 if result == "modified" else None) for n, result in told.items())
)
days = some.dates(date(2026, 1, 1), date(2027, 12, 31))
authorizations = some.builds(
    Authorization, some.none() | some.sampled_from(("AUTH-1", "AUTH-2")), some.none() | days, some.none() | days
)
outcomes = some.builds(
    Outcome,
    id=some.just("o1"),
    result=some.sampled_from(("approved", "partial", "modified", "upheld")),
    final=some.booleans(),
    recorded_at=some.just(MONDAY),
    recorded_by=some.just("Coordinator Test"),
    lines=some.just(()) | lines,
    reference_number=some.none() | some.sampled_from(("REF-1", "REF-2")),
    authorization=some.none() | authorizations,
)


def an_outcome(result: str = "approved", **more) -> Outcome:
    """Return what a call decided, told on the phone."""
    base = Outcome("o1", result, False, MONDAY, "Coordinator Test", held_at=MONDAY - hours(1))
    return replace(base, **more)


def book(**more) -> Book:
    """Return the rules as they stand, for a payer that nobody knows."""
    rules = the_rules()
    return replace(Book(None, rules.calendar, rules.follows, ZONE), **more)


def told_case(outcome: Outcome | None = None, **more) -> Case:
    """Return a case that was decided on the phone."""
    return a_case(**({"state": CaseState.DECIDED, "outcome": outcome or an_outcome()} | more))


def lettered(told: Outcome, **wrote) -> Case:
    """Return a case whose letter is recorded over what was told."""
    written = replace(told, final=True, recorded_at=MONDAY + 2 * DAY, told=told, **wrote)
    return a_case(state=CaseState.CONFIRMED, outcome=written)


def done(case: Case, kind: str, *, at) -> Case:
    """Return the case with an act done."""
    return take_act(
        case, kind, told=Told(), forfeits=(), answer=None, act_id=f"act{len(case.acts)}", by=COORDINATOR, seen=1, now=at
    )[0]


def owed(case: Case, *, now=MONDAY) -> Owed:
    """Return what it owes."""
    return owed_after(case, book=book(), now=now)


@given(outcomes)
def test_a_letter_that_says_what_was_told_differs_in_nothing(told: Outcome):
    """The same again, whoever wrote it down and when, is no difference."""
    assert () == differences(told, replace(told, final=True, recorded_at=MONDAY + DAY, note="By post."))


@given(outcomes, outcomes)
def test_what_is_worse_one_way_is_better_the_other(told: Outcome, written: Outcome):
    """Each difference stands on both sides of the comparison, and turns with it."""
    turned = {WORSE: BETTER, BETTER: WORSE, UNCLEAR: UNCLEAR, NOTE: NOTE}
    there = {(x.line, x.what, x.said, x.wrote, x.bearing) for x in differences(told, written)}
    back = {(x.line, x.what, x.wrote, x.said, turned[x.bearing]) for x in differences(written, told)}

    # A line that only one side decides, and approves, is silence in the letter and no dispute in the call.
    def about_both(found):
        return {each for each in found if each[2] is not None and each[3] is not None}

    assert about_both(there) == about_both(back)


@given(outcomes, some.integers(0, 3), some.sampled_from(("modified", "upheld")))
def test_one_line_that_is_worse_always_alarms(told: Outcome, which: int, result: str):
    """Told approved, written less: whatever else the letter says, somebody must act."""
    named = tuple(LineOutcome(n, "approved") for n in range(1, 5))
    wrote = tuple(replace(each, result=result) if each.sequence == which + 1 else each for each in named)
    found = differences(replace(told, lines=named), replace(told, lines=wrote, result="partial"))

    assert [(which + 1, WORSE)] == [(each.line, each.bearing) for each in found if each.line]
    assert is_alarm(found)


@pytest.mark.parametrize(
    ("told", "wrote", "expected"),
    [
        ({"result": "approved"}, {"result": "upheld"}, (None, "result", WORSE)),
        ({"result": "upheld"}, {"result": "approved"}, (None, "result", BETTER)),
        ({"lines": (LineOutcome(1, "modified", 8.0),)}, {"lines": (LineOutcome(1, "modified", 6.0),)},
         (1, "quantity", WORSE)),
        ({"lines": (LineOutcome(1, "modified", 8.0),)}, {"lines": (LineOutcome(1, "modified", 9.0),)},
         (1, "quantity", BETTER)),
        ({"lines": (LineOutcome(1, "approved"), LineOutcome(2, "approved"))}, {"lines": (LineOutcome(1, "approved"),)},
         (2, "result", UNCLEAR)),
        ({"lines": (LineOutcome(1, "approved"),)}, {"lines": (LineOutcome(1, "approved"), LineOutcome(2, "upheld"))},
         (2, "result", UNCLEAR)),
        ({"authorization": AUTHORIZED}, {"authorization": replace(AUTHORIZED, ends_on=date(2027, 1, 22))},
         (None, "ends_on", WORSE)),
        ({"authorization": AUTHORIZED}, {"authorization": replace(AUTHORIZED, starts_on=date(2026, 11, 20))},
         (None, "starts_on", BETTER)),
        ({"authorization": AUTHORIZED}, {"authorization": replace(AUTHORIZED, number="AUTH-9002")},
         (None, "number", UNCLEAR)),
        ({"reference_number": "REF-1"}, {"reference_number": "REF-2"}, (None, "reference", NOTE)),
    ],
)  # fmt: skip
def test_each_thing_is_compared(told: dict, wrote: dict, expected: tuple):
    """Result, quantity, number, dates, reference: each is one difference, worse, better, or for a person to look at."""
    (found,) = differences(an_outcome(**told), an_outcome(**(told | wrote)))

    assert expected == (found.line, found.what, found.bearing)
    assert (found.bearing in (WORSE, UNCLEAR)) == is_alarm((found,))


def test_a_number_that_is_spelled_otherwise_is_the_same():
    """“auth 9001” and “AUTH-9001” are one number."""
    one, other = (an_outcome(authorization=Authorization(each)) for each in ("AUTH-9001", "auth 9001"))

    assert () == differences(one, other)


def test_the_letter_is_asked_for_after_a_day_and_again_and_again():
    """24 hours, then two business days each, then a supervisor; the last step is repeated: it is never forgotten."""
    case = told_case()
    said, owners, dues = [], [], []
    at = MONDAY
    for _ in range(5):
        found = owed(case, now=at)
        said.append(found.action.text)
        owners.append(found.step.owner)
        dues.append(found.action.due_at)
        at = found.action.due_at + hours(1)
        case = done(case, "chase_letter", at=at)

    assert case.outcome.held_at + hours(24) == dues[0]
    assert sorted(dues) == dues and len(set(dues)) == 5
    assert ["coordinator", "coordinator", "supervisor", "supervisor", "supervisor"] == owners
    assert said[2] == said[3] == "Ask a supervisor at Payer Test for the written notice"


@given(some.lists(some.integers(1, 400), max_size=8), some.sampled_from(("approved", "partial", "upheld")))
def test_a_verbal_decision_always_owes_its_letter(gaps: list[int], result: str):
    """However often and whenever it was asked for, a next time is named, and it lies after the last try."""
    case, at = told_case(an_outcome(result)), MONDAY
    for gap in gaps:
        at += hours(gap)
        case = done(case, "chase_letter", at=at)
    found = owed(case, now=at)

    assert ("chase", "payer") == (found.action.kind, found.action.waits_on)
    assert found.action.due_at > (at if gaps else case.outcome.held_at)


def test_amending_what_was_told_does_not_put_the_letter_off():
    """The day is counted from the call, not from the latest correction of what was typed."""
    amended = replace(an_outcome(), recorded_at=MONDAY + hours(20), revision=1)

    assert owed(told_case()).action.due_at == owed(told_case(amended)).action.due_at


@pytest.mark.parametrize(("urgent", "result", "by_law"), [(True, "upheld", True), (False, "upheld", False),
                                                         (True, "approved", False)])  # fmt: skip
def test_law_brings_the_next_try_nearer_where_the_letter_is_due_sooner(urgent: bool, result: str, by_law: bool):
    """An adverse urgent decision of a Medicare Advantage plan stands in a letter within three days of the call."""
    case = told_case(
        an_outcome(result, held_at=MONDAY + 3 * DAY + hours(1)),  # the Thursday that is a holiday
        denial=a_denial(urgent=urgent),
        coverage=Coverage("Coverage/cov1", Party("Payer Test"), line_of_business="medicare_advantage"),
    )
    tried = done(done(case, "chase_letter", at=MONDAY + 4 * DAY), "chase_letter", at=MONDAY + 5 * DAY)
    (clock,) = owed_after(tried, book=book(), now=MONDAY + 5 * DAY).clocks

    assert by_law == clock.source.startswith("https://www.ecfr.gov/current/title-42/section-422.572")


def test_a_letter_in_the_case_ends_the_chase():
    """Recorded, closed or withdrawn: nobody asks for it any more."""
    for state in (CaseState.CONFIRMED, CaseState.CLOSED, CaseState.WITHDRAWN):
        assert owed(told_case(an_outcome(final=state is CaseState.CONFIRMED), state=state)).action is None


def test_a_letter_that_is_worse_is_disputed_by_the_next_business_day():
    """The alarm is the next action, with its time; a corrected letter is then waited for."""
    case = lettered(an_outcome(), result="upheld")
    found = owed(case, now=MONDAY + 2 * DAY)
    assert ("dispute", "us") == (found.action.kind, found.action.waits_on)
    assert found.action.due_at > case.outcome.recorded_at

    assert owed(done(case, "accept_letter", at=MONDAY + 3 * DAY), now=MONDAY + 3 * DAY).action is None
    assert owed(done(case, "dispute_letter", at=MONDAY + 3 * DAY), now=MONDAY + 3 * DAY).action is None


def test_a_letter_that_is_better_alarms_nobody():
    """Told upheld, written approved: it is noted, and the case goes on."""
    case = lettered(an_outcome("upheld"), result="approved")

    assert [BETTER] == [each.bearing for each in letter_differences(case)]
    assert owed(case, now=MONDAY + 2 * DAY).action is None


def answered(case: Case, *decisions: Decision, at=MONDAY + DAY, **lines) -> Case:
    """Return the case as a new answer of the payer reads: a decision for each line."""
    found = tuple(
        DenialLine(n, quantity_requested=24, quantity_approved=lines.get(f"q{n}"), service_label="Visit")
        for n, _ in enumerate(decisions, 1)
    )
    whole = decisions[0] if len(set(decisions)) == 1 else Decision.MIXED
    routed = tuple(LineRouting(n, each, Path.NONE, (), ()) for n, each in enumerate(decisions, 1))
    denial = replace(case.denial, created_at=at, lines=found, authorization_number="AUTH-1")
    return replace(case, denial=denial, routing=replace(case.routing, decision=whole, lines=routed))


def come(case: Case, *decisions: Decision, **more) -> Letter | None:
    """Return the letter that an answer is taken for."""
    return letter_come(case, answered(case, *decisions, **more), way=Way.EHR, by="Worker", now=MONDAY + DAY)


def test_an_answer_after_the_call_waits_to_be_recorded_and_changes_nothing():
    """It is proposed with the comparison; what was told stands until a person takes it over."""
    case = told_case(an_outcome(lines=(LineOutcome(1, "approved"), LineOutcome(2, "approved"))))
    letter = come(case, Decision.APPROVED, Decision.DENIED)
    waits = replace(case, letter=letter)

    assert ("partial", ["approved", "upheld"]) == (letter.outcome.result, [x.result for x in letter.outcome.lines])
    assert [(2, WORSE)] == [(each.line, each.bearing) for each in letter_differences(waits)]
    assert ("read_letter", True) == ((action := owed(waits).action).kind, "differs from the call" in action.text)
    assert form_of(waits).final and {1: ("approved", None), 2: ("upheld", None)} == form_of(waits).lines


def test_an_approval_of_less_is_less():
    """“Approved” with 8 of 24 is modified, and is seen as worse than what was told."""
    case = told_case(an_outcome(lines=(LineOutcome(1, "approved"),)))
    letter = come(case, Decision.APPROVED, q1=8.0)

    assert (LineOutcome(1, "modified", 8.0),) == letter.outcome.lines
    assert [WORSE] == [each.bearing for each in letter_differences(replace(case, letter=letter))]
    assert is_whole(case, letter)


def test_a_change_whose_amount_is_not_said_is_recorded_by_hand():
    """The letter modifies a line and does not say how much: a person reads it."""
    letter = come(told_case(), Decision.MODIFIED)

    assert not is_whole(told_case(), letter)


@pytest.mark.parametrize("decision", [Decision.PENDED, Decision.UNKNOWN, Decision.ERROR, Decision.CONFLICT])
def test_what_decides_nothing_is_no_letter(decision: Decision):
    """Still under review, or not to be read: the chase goes on."""
    assert come(told_case(), decision) is None


def test_the_old_denial_read_again_is_no_letter():
    """A note was mended in the answer that the call was about: it is dated before the call and decides the same."""
    case = told_case(an_outcome("approved"))
    same = replace(case, denial=replace(case.denial, disposition=None, notes=()))

    assert letter_come(case, same, way=Way.EHR, by="Worker", now=MONDAY + DAY) is None


def test_a_denial_that_is_repeated_after_the_call_is_its_letter():
    """Upheld on the call, and denied again in writing, dated later."""
    case = told_case(an_outcome("upheld"))

    assert "upheld" == come(case, Decision.DENIED, Decision.DENIED).outcome.result


def test_a_letter_that_says_what_is_recorded_needs_nobody():
    """The same letter comes by post and by the EHR: typed in once, it is not asked about again."""
    told = an_outcome(lines=(LineOutcome(1, "approved"),))
    case = a_case(state=CaseState.CONFIRMED, outcome=replace(told, final=True, told=told))

    assert come(case, Decision.APPROVED) is None


def watched(ends_on: date, **more) -> Case:
    """Return a case that was approved until a day."""
    outcome = an_outcome(final=True, authorization=replace(AUTHORIZED, ends_on=ends_on))
    return a_case(**({"state": CaseState.CONFIRMED, "outcome": outcome} | more))


@pytest.mark.parametrize("state", [CaseState.CONFIRMED, CaseState.CLOSED])
def test_an_authorization_is_watched_before_it_ends(state: CaseState):
    """At 30, 14 and 7 days, closed or not; in between the time of the next look is known."""
    today = MONDAY.date()
    for left, is_due in ((40, False), (31, False), (30, True), (10, True), (1, True)):
        found = owed(watched(today + left * DAY, state=state))
        assert is_due == (found.action is not None), left
        assert found.look_at > MONDAY


def test_what_was_taken_care_of_is_quiet_until_the_next_look():
    """Scheduled holds until the last look, an extension that was asked for until the next; done ends it."""
    case = watched(MONDAY.date() + 20 * DAY, state=CaseState.CLOSED)
    for kind, quiet_at, loud_at in (("service_scheduled", 8, 14), ("extend_authorization", 3, 7)):
        after = done(case, kind, at=MONDAY + hours(1))
        assert owed(after, now=MONDAY + quiet_at * DAY).action is None
        assert owed(after, now=MONDAY + loud_at * DAY).action is not None
    used = done(case, "service_done", at=MONDAY + hours(1))

    assert Owed() == owed(used, now=MONDAY + 14 * DAY)


def test_a_closed_case_is_watched_until_its_last_day_and_no_longer():
    """An open one then says that it has ended."""
    over = MONDAY.date() - DAY

    assert Owed() == owed(watched(over, state=CaseState.CLOSED))
    assert "ended" in owed(watched(over)).action.text


def test_the_number_is_the_outcomes_else_the_answers():
    """A number beside a denial is none; what a person typed goes before what was read."""
    case = answered(told_case(), Decision.APPROVED)
    assert "AUTH-1" == authorization_of(case).number
    assert authorization_of(replace(case, outcome=an_outcome("upheld"))) is None
    assert "AUTH-9001" == authorization_of(replace(case, outcome=an_outcome(authorization=AUTHORIZED))).number


def test_the_days_that_the_answer_names_are_compared_and_watched():
    """Told until February, the letter says January: worse, and the shorter time is watched once it is recorded."""
    case = told_case(an_outcome(lines=(LineOutcome(1, "approved"),), authorization=AUTHORIZED))
    reads = answered(case, Decision.APPROVED)
    ends = replace(
        reads, denial=replace(reads.denial, authorization_number="AUTH-9001", authorized_until=date(2027, 1, 22))
    )
    letter = letter_come(case, ends, way=Way.EHR, by="Worker", now=MONDAY + DAY)

    found = letter_differences(replace(case, letter=letter))
    assert [("ends_on", WORSE, "2027-01-22")] == [(each.what, each.bearing, each.wrote) for each in found]
    assert date(2027, 1, 22) == authorization_of(replace(ends, outcome=an_outcome())).ends_on


@pytest.mark.parametrize("none", [date.max, date.min])
def test_a_day_that_stands_for_none_is_no_end(none: date):
    """Payers write the calendar's last day for “no end”; the page of such a case could not be shown."""
    case = answered(told_case(an_outcome(final=True)), Decision.APPROVED)
    case = replace(case, denial=replace(case.denial, authorized_until=none))

    assert authorization_of(case).ends_on is None and owed(case).action is None


def test_each_act_afterwards_is_open_only_where_it_means_something():
    """No letter, no dispute; nothing authorized, nothing to use; and none before there is an outcome."""

    def found(case: Case) -> set[str]:
        return {kind for kind in AFTERWARDS if refusal_of(case, kind, now=MONDAY) is None}

    assert set() == found(a_case())
    assert {"chase_letter"} == found(told_case())
    assert {"dispute_letter", "accept_letter"} == found(lettered(an_outcome(), result="upheld"))
    used = {"service_scheduled", "extend_authorization", "authorization_extended", "service_done"}
    assert used == found(watched(MONDAY.date() + 9 * DAY, state=CaseState.CLOSED))
    assert set(AFTERWARDS) <= ACTS.keys()


def test_what_was_promised_in_writing_goes_first():
    """What the reviewer still waits for is sent before anybody chases a letter."""
    sends = replace(told_case(), routing=a_routing(route=Path.ADDITIONAL_INFORMATION), state=CaseState.OPEN, clocks=())
    found = owed(told_case()).action

    assert "send_information" == next_action_of(sends, now=MONDAY, owed=found).kind
    assert found == next_action_of(told_case(), now=MONDAY, owed=found)


def test_what_to_say_names_the_call_and_what_the_letter_says_instead():
    """Reference, result, day and reviewer; then each line that is worse."""
    told = an_outcome(
        reference_number="REF-77",
        reviewer=Reviewer(name="Dr A. Poe"),
        lines=(LineOutcome(1, "approved"), LineOutcome(2, "modified", 8.0)),
    )
    said = script_of(lettered(told, lines=(LineOutcome(1, "upheld"), LineOutcome(2, "modified", 8.0))), zone=ZONE)

    assert said.startswith("Reference REF-77. Told approved (line 1 approved; line 2 modified, 8) on Mon 23 Nov 2026")
    assert "by Dr A. Poe" in said
    assert "Line 1: told approved, the letter says upheld." in said
    assert "Line 2, quantity" == thing_words(differences(*(
        an_outcome(lines=(LineOutcome(2, "modified", each),)) for each in (8.0, 6.0)))[0])  # fmt: skip


def linked(case: Case, **told):
    """Return what linking an appeal gives, a week after the call."""
    base = {"filed_on": MONDAY.date() + DAY}
    return link_appeal(
        case, AppealTold(**(base | told)), act_id="act1", outcome_id="o2", by=COORDINATOR, seen=1, zone=ZONE,
        now=MONDAY + 7 * DAY,
    )  # fmt: skip


@given(
    some.sampled_from((CaseState.CLOSED, CaseState.LAPSED, CaseState.CONFIRMED, CaseState.WITHDRAWN)),
    some.integers(0, 7),
    some.none() | some.tuples(some.integers(0, 7), some.sampled_from(("approved", "partial", "modified", "upheld"))),
)
def test_an_appeal_filed_elsewhere_counts_and_moves_nothing(state: CaseState, filed: int, decided: tuple | None):
    """The case stays where it stands; what was decided on the call stands behind the appeal's decision."""
    before = told_case(an_outcome("upheld", final=True), state=state, denial=a_denial(created_on=MONDAY.date()))
    day = MONDAY.date() + filed * DAY
    told = {} if decided is None else {"result": decided[1], "decided_on": MONDAY.date() + decided[0] * DAY}
    if decided is not None and decided[0] < filed:
        with pytest.raises(Contradiction):
            linked(before, filed_on=day, **told)
        return
    found = linked(before, filed_on=day, **told)

    assert (state, 1) == (found.case.state, len(found.case.acts))
    assert found.filed_at <= (found.decided_at or MONDAY + 7 * DAY) <= MONDAY + 7 * DAY
    if decided is None:
        assert before.outcome == found.case.outcome
    else:
        assert (decided[1], "file_appeal") == (found.case.outcome.result, found.case.outcome.way)
        assert before.outcome == found.case.earlier[-1]


def test_what_came_of_a_linked_appeal_is_told_later():
    """Filed today, decided next month: one appeal, not two."""
    first = linked(told_case(an_outcome("upheld", final=True), state=CaseState.CLOSED)).case
    then = linked(first, result="approved", decided_on=MONDAY.date() + 5 * DAY)

    assert (None, 1) == (then.filed_at, len(then.case.acts))
    assert then.decided_at is not None
    with pytest.raises(Contradiction, match="known already"):
        linked(first)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"filed_on": MONDAY.date() + 30 * DAY}, "filed_on"),
        ({"filed_on": date(2026, 1, 1)}, "filed_on"),
        ({"result": "withdrawn", "decided_on": MONDAY.date() + 2 * DAY}, "result"),
        ({"result": "approved"}, "decided_on"),
        ({"result": "approved", "decided_on": MONDAY.date() + 30 * DAY}, "decided_on"),
        ({"decided_on": MONDAY.date() + 2 * DAY}, "result"),
    ],
)
def test_an_appeal_that_contradicts_itself_is_refused_by_field(told: dict, field: str):
    """In the future, before the denial, decided without a day: the field is named."""
    case = told_case(
        an_outcome("upheld", final=True), state=CaseState.CLOSED, denial=a_denial(created_on=MONDAY.date())
    )
    with pytest.raises(Contradiction) as refused:
        linked(case, **told)

    assert field == refused.value.field


def test_an_appeal_of_a_case_with_a_call_left_is_filed_in_the_case():
    """There the rule is asked what it costs."""
    with pytest.raises(NotNow):
        linked(a_case())


@pytest.mark.parametrize(
    ("said", "is_plan"),
    [
        ("This service is excluded under the plan.", True),
        ("Not a covered benefit.", True),
        ("Not medically necessary: six weeks of therapy are not shown.", False),
        ("Excluded under the plan, and not medically necessary either.", False),
        ("Three weeks of therapy only.", False),
    ],
)
def test_a_reviewer_who_names_the_plan_leads_to_the_exception(said: str, is_plan: bool):
    """An appeal on need cannot win what the plan leaves out; words of need keep the appeal."""
    case = a_case(state=CaseState.CONFIRMED, outcome=an_outcome("upheld", final=True, reviewer_reason=said))
    found = owed_after(case, book=book(denials=the_rules().denials), now=MONDAY).action
    assert (is_plan, is_plan) == (found is not None, is_of_benefit(case, the_rules().denials))

    if is_plan:
        assert ("benefit_exception", MONDAY + hours(24 * 180)) == (found.kind, found.due_at)
        for chosen in ("benefit_exception", "file_appeal"):
            after = done(case, chosen, at=MONDAY + hours(1))
            assert owed_after(after, book=book(denials=the_rules().denials), now=MONDAY + hours(2)).action is None
