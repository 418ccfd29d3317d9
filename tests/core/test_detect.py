"""Each answer goes where its codes and words lead, and says why; what cannot be read goes to a person."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.denial import Decision, Lane, Path
from app.core.rulebook.payers import PayerRule
from tests.answers import ACTION, answer, coding, line, plan, review_action, route, told


def rule(**more):
    """Return a payer rule of an unnamed payer."""
    whole = {"key": "p", "payer": "The payer", "names": (), "identifiers": (), "lines_of_business": (), "windows": ()}
    return PayerRule(**{**whole, "source": "test", "verified_on": date(2026, 1, 1), "grade": "V", **more})


@pytest.mark.parametrize(
    ("codes", "decision", "path"),
    [
        (["A1"], Decision.APPROVED, Path.NONE),
        (["NA"], Decision.APPROVED, Path.NONE),
        (["A2", "0F"], Decision.PARTIAL, Path.REVIEW_MODIFIED),
        (["A6", "10"], Decision.MODIFIED, Path.REVIEW_MODIFIED),
        (["A3", "0F"], Decision.DENIED, Path.P2P),
        (["A3", "0T"], Decision.DENIED, Path.P2P),
        (["A3", "0M"], Decision.DENIED, Path.BENEFIT_EXCEPTION),
        (["A3", "09"], Decision.DENIED, Path.NETWORK_EXCEPTION),
        (["A3", "0N"], Decision.DENIED, Path.RETRO_AUTHORIZATION),
        (["A3", "07"], Decision.DENIED, Path.NEW_REQUEST),
        (["A3", "13"], Decision.DENIED, Path.RESUBMIT),
        (["A3", "17"], Decision.DENIED, Path.APPEAL),
        (["A3", "0P"], Decision.DENIED, Path.ADDITIONAL_INFORMATION),
        (["A3", "14"], Decision.DENIED, Path.HUMAN),
        (["A3"], Decision.DENIED, Path.ASK_REASON),
        (["A3", "ZZ"], Decision.DENIED, Path.ASK_REASON),
        (["A4"], Decision.PENDED, Path.WAIT),
        (["A4", "0V"], Decision.PENDED, Path.WAIT),
        (["A4", "0U"], Decision.PENDED, Path.ADDITIONAL_INFORMATION),
        (["A5"], Decision.DENIED, Path.APPEAL),
        (["C"], Decision.CANCELLED, Path.CLOSED),
        (["CT"], Decision.UNKNOWN, Path.HUMAN),
    ],
)
def test_review_action_and_reason_decide_the_route(codes, decision, path):
    """The review action says what was decided, the reason where it goes (facts A.1, A.2)."""
    found = route(answer(line(1, *codes)))

    assert (decision, path) == (found.decision, found.route)
    assert found.because


@pytest.mark.parametrize("reason", ["0F", "OF", "of", "82"])
def test_a_reason_is_read_however_senders_print_it(reason):
    """Letter O for zero, small letters, and the 4010 code that older senders put into 886 mean the same."""
    assert route(answer(line(1, "A3", reason))).route is Path.P2P


def test_a_code_is_never_read_without_its_system():
    """A1 approves in X12 306, is a denial in CARC, and means nothing without a system (facts 0.6)."""
    bare = answer(line(1, adjudication=[{"extension": [{"url": "reviewActionCode", "valueCoding": {"code": "A1"}}]}]))

    assert route(bare).route is Path.HUMAN
    assert route(answer(line(1, carc=["A1"]))).decision is Decision.DENIED
    assert route(answer(line(1, "A1"))).decision is Decision.APPROVED


@pytest.mark.parametrize(
    ("reasons", "path"),
    [
        (["0F", "09"], Path.NETWORK_EXCEPTION),
        (["0F", "27"], Path.RESUBMIT),
        (["0F", "0L"], Path.BENEFIT_EXCEPTION),
        (["0F", "0M"], Path.HUMAN),
        (["0F", "0P"], Path.P2P),
    ],
)
def test_an_exclusion_wins_over_a_clinical_reason(reasons, path):
    """No exclusion is sent to a call; "not covered" beside "not necessary" may mean either, so a person reads it."""
    assert route(answer(line(1, "A3", *reasons))).route is path
    assert route(answer(line(1, "A3", *reversed(reasons)))).route is path


def test_codes_that_contradict_each_other_go_to_a_person():
    """Certified and not certified on one line, or certified with a reason for denial, cannot both be true."""
    twice = line(1, adjudication=[{"extension": [review_action("A1")]}, {"extension": [review_action("A3")]}])

    for resource in (answer(twice), answer(line(1, "A1", "0F")), answer(line(1, "A1"), disposition="Denied.")):
        found = route(resource)
        assert (Decision.CONFLICT, Path.HUMAN) == (found.decision, found.route)


@pytest.mark.parametrize(
    ("code", "display", "decision"),
    [
        ("A1", "Not Certified", Decision.CONFLICT),
        ("A3", "Certified in total", Decision.CONFLICT),
        ("A1", "Certified in total", Decision.APPROVED),
        ("A3", "Not Certified", Decision.DENIED),
        ("A4", "Pending", Decision.PENDED),
        ("A4", "Pended", Decision.PENDED),
    ],
)
def test_a_display_that_means_another_decision_is_not_passed_over(code, display, decision):
    """The code says one thing and what the payer shows beside it another: nobody knows which is meant (data README)."""
    inner = {"url": "reviewActionCode", "valueCodeableConcept": coding(ACTION, code, display=display)}

    assert decision is route(answer(line(1, adjudication=[{"extension": [inner]}]))).decision


def test_a_header_that_contradicts_its_lines_goes_to_a_person():
    """A header that certifies in total over a denied line hides a denial or invents one."""
    header = [{"extension": [review_action("A1")]}]
    found = route(answer(line(1, "A3", "0F"), adjudication=header))

    assert (Decision.CONFLICT, Path.HUMAN) == (found.decision, found.route)


def test_a_header_counts_for_lines_that_say_nothing():
    """PAS 2.2 may put the review action on the header alone."""
    found = route(answer(line(1), line(2), adjudication=[{"extension": [review_action("A3", "0F")]}]))

    assert (Decision.DENIED, Path.P2P) == (found.decision, found.route)
    assert [Path.P2P, Path.P2P] == [each.route for each in found.lines]


def test_the_case_takes_the_most_urgent_line():
    """Approved, clinically denied and pended lines in one answer: the call cannot wait (facts A.7)."""
    found = route(answer(line(1, "A1"), line(2, "A4"), line(3, "A3", "0F")))

    assert (Decision.MIXED, Path.P2P) == (found.decision, found.route)
    assert [Path.NONE, Path.WAIT, Path.P2P] == [each.route for each in found.lines]
    assert found.because[0].startswith("Line 3: ")


def test_an_added_line_makes_a_denial_a_modification():
    """Older payers answer A3 on the line and A1 on the addItem that they put in its place (facts B.1)."""
    added = {"itemSequence": [1], "adjudication": [{"extension": [review_action("A1")]}]}

    for code in ("A3", "A6"):
        found = route(answer(line(1, code), addItem=[added]))
        assert (Decision.MODIFIED, Path.REVIEW_MODIFIED) == (found.decision, found.route)
    assert route(answer(line(1, "A1"), addItem=[added])).decision is Decision.APPROVED


def test_outcome_alone_proves_nothing():
    """Complete is not approved, partial is not partly approved, an authorization number is on denials too."""
    for outcome in ("complete", "partial", None):
        found = route(answer(outcome=outcome, preAuthRef="AUTH-1"))
        assert (Decision.UNKNOWN, Path.HUMAN) == (found.decision, found.route)


def test_answers_that_are_no_decision_are_told_apart():
    """Queued waits, an error is sent again, payment is not ours, a withdrawn answer is closed."""
    error = {"error": [{"code": coding("https://codesystem.x12.org/005010/901", "T4")}]}

    assert route(answer(outcome="queued")).route is Path.WAIT
    assert route(answer(outcome="error", **error)).route is Path.RESUBMIT
    assert route(answer(outcome="error")).decision is Decision.ERROR
    assert route(answer(line(1, "A3", "0F"), use="claim")).decision is Decision.NOT_PRIOR_AUTH
    assert route(answer(line(1, "A3", "0F"), status="cancelled")).route is Path.CLOSED


def test_an_error_beside_a_decision_goes_to_a_person():
    """A request that was not processed cannot also have been decided."""
    found = route(answer(line(1, "A3"), outcome="error"))

    assert (Decision.CONFLICT, Path.HUMAN) == (found.decision, found.route)


@pytest.mark.parametrize(("follow", "path"), [("C", Path.RESUBMIT), ("N", Path.NEW_REQUEST), ("Y", Path.WAIT)])
def test_an_error_is_followed_up_as_its_sender_asks(follow, path):
    """X12 889 says whether to correct, to start anew or to wait (facts A.5)."""
    asked = {"url": "extension-errorFollowupAction"}
    asked["valueCodeableConcept"] = coding("https://codesystem.x12.org/005010/889", follow)
    error = {"code": coding("https://codesystem.x12.org/005010/901", "T4"), "extension": [asked]}

    assert route(answer(outcome="error", error=[error])).route is path


@pytest.mark.parametrize(
    ("text", "path", "kind"),
    [
        ("The service is not medically necessary.", Path.P2P, "clinical"),
        ("Medical-necessity criteria were not met (InterQual 2026).", Path.P2P, "clinical"),
        ("Step therapy with a preferred agent is required first.", Path.P2P, "clinical"),
        ("Could be safely provided in an outpatient setting; lower level of care.", Path.P2P, "clinical"),
        ("This drug is considered investigational for this indication.", Path.P2P, "experimental"),
        ("Not medically necessary and therefore not covered.", Path.P2P, "clinical"),
        ("Your plan excludes this service.", Path.BENEFIT_EXCEPTION, "benefit"),
        ("The annual visit limit has been reached.", Path.BENEFIT_EXCEPTION, "benefit"),
        ("This is not a covered benefit.", Path.BENEFIT_EXCEPTION, "benefit"),
        ("The member was not eligible on the date of service.", Path.RESUBMIT, "eligibility"),
        ("Coverage terminated before the service date.", Path.RESUBMIT, "eligibility"),
        ("The provider is out of network.", Path.NETWORK_EXCEPTION, "network"),
        ("No prior authorization was obtained.", Path.RETRO_AUTHORIZATION, "administrative"),
        ("Duplicate request: see the first.", Path.HUMAN, "administrative"),
        ("Invalid procedure code.", Path.RESUBMIT, "administrative"),
        ("Received after the deadline; timely filing limit.", Path.APPEAL, "administrative"),
        ("Requested records were not received.", Path.ADDITIONAL_INFORMATION, "documents"),
        ("See letter.", Path.ASK_REASON, "none"),
        ("Nicht medizinisch notwendig, die Behandlung ist experimental und nicht zugelassen.", Path.ASK_REASON, "none"),
        ("El servicio es experimental y no es un beneficio de la póliza.", Path.ASK_REASON, "none"),
    ],
)
def test_words_are_read_where_codes_are_silent(text, path, kind):
    """The cues of denials.toml, in English only; other words open the case and ask the payer (facts A.7.5)."""
    found = told(text)

    assert (path, kind) == (found.route, found.reason_kind)


@pytest.mark.parametrize(
    "text",
    [
        "This service is not excluded under your plan.",
        "The treatment is no longer considered experimental.",
        "The drug is not experimental or investigational.",
    ],
)
def test_negated_words_give_no_reason(text):
    """What a payer says the reason is not, is not the reason."""
    assert told(text).route is Path.ASK_REASON


@pytest.mark.parametrize(
    "text",
    [
        "Not medically necessary. In any case your contract excludes cosmetic surgery.",
        "The request does not meet criteria; the member is not eligible.",
    ],
)
def test_two_kinds_of_reason_in_words_go_to_a_person(text):
    """A benefit exclusion is never sent to a call with confidence (issue 3, measure)."""
    found = told(text)

    assert found.route is Path.HUMAN
    assert found.missing


def test_words_that_speak_against_a_clinical_code_go_to_a_person():
    """0F with a note of contract exclusion: the code says call, the words say that it is useless."""
    found = route(answer(line(1, "A3", "0F", notes=[1]), notes=["The group contract excludes this service."]))

    assert found.route is Path.HUMAN
    assert any("excludes" in each for each in found.because)


@pytest.mark.parametrize(
    ("disposition", "decision", "path"),
    [
        ("NOT APPROVED. Criteria not met (InterQual).", Decision.DENIED, Path.P2P),
        ("Denied - not medically necessary", Decision.DENIED, Path.P2P),
        ("Denied.", Decision.DENIED, Path.ASK_REASON),
        ("The enclosed services are authorized for your provision within 30 days.", Decision.APPROVED, Path.NONE),
        ("Request approved as submitted.", Decision.APPROVED, Path.NONE),
        ("Prior authorization is not required for this service.", Decision.APPROVED, Path.NONE),
        ("Approved 8 of 24 requested visits.", Decision.PARTIAL, Path.REVIEW_MODIFIED),
        ("Partially approved.", Decision.PARTIAL, Path.REVIEW_MODIFIED),
        ("Pending medical review.", Decision.PENDED, Path.WAIT),
        ("We intend to deny this request.", Decision.PENDED, Path.WAIT),
        ("The request was cancelled.", Decision.CANCELLED, Path.CLOSED),
        ("Claim processed.", Decision.UNKNOWN, Path.HUMAN),
        ("The step must be completed before this drug is approved.", Decision.UNKNOWN, Path.HUMAN),
        ("Refusé: non remboursé par la caisse de l'assuré", Decision.UNKNOWN, Path.HUMAN),
    ],
)
def test_a_decision_in_words_alone_is_read(disposition, decision, path):
    """Sources without the PAS extensions tell the decision in the disposition (facts B.3)."""
    found = route(answer(disposition=disposition))

    assert (decision, path) == (found.decision, found.route)


def test_notes_belong_to_the_lines_that_name_them():
    """A note linked to one line says nothing about another."""
    lines = line(1, "A3", notes=[1]), line(2, "A3", notes=[2])
    found = route(answer(*lines, notes=["Not medically necessary.", "The provider is out of network."]))

    assert [Path.P2P, Path.NETWORK_EXCEPTION] == [each.route for each in found.lines]


@pytest.mark.parametrize(
    ("words", "deadline"),
    [
        ("Call 800-555-0100 for P2P by 12/04/2026.", "2026-12-04T22:00"),
        ("A peer-to-peer may be requested until December 4, 2026 at 3:30 pm CT.", "2026-12-04T21:30"),
        ("A peer-to-peer may be requested no later than 4 Dec 2026, noon Pacific.", "2026-12-04T20:00"),
        ("Peer to peer must be held before 2026-12-04.", "2026-12-04T05:00"),
        ("A peer to peer may be requested by December 4.", "2026-12-04T22:00"),
        ("A peer-to-peer discussion may be requested within 14 calendar days of this notice.", "2026-12-04T22:00"),
        ("Request a peer-to-peer within five (5) business days of this letter.", "2026-11-27T22:00"),
        ("Please call within 48 hours for a physician-to-physician talk.", "2026-11-22T21:04"),
        ("You have until 12/04/2026. Call us for a peer-to-peer.", "2026-12-04T22:00"),
        ("A peer-to-peer can be had within 7 days. You may appeal within 180 days.", "2026-11-27T22:00"),
        ("You may appeal within 180 days. A peer-to-peer is available.", None),
        ("A peer-to-peer is available within 5 days of discharge.", None),
        ("A peer-to-peer is available.", None),
    ],
)
def test_an_invitation_is_read_with_its_deadline(words, deadline):
    """Named days end with business in the payer's zone, counted days count from the answer; the earlier wins."""
    found = route(answer(line(1, "A3", "0F", notes=[1]), notes=[words])).offer

    assert found is not None
    assert found.quote in words
    assert deadline == (found.deadline_at.strftime("%Y-%m-%dT%H:%M") if found.deadline_at else None)


def test_an_invitation_carries_telephone_and_reference_but_no_fax():
    """The number to call and what to quote on the call, verbatim."""
    words = "Fax records to 800-555-0199. For a peer-to-peer call (800) 555-0142 ext. 7, reference number REF-778812."
    found = route(answer(line(1, "A3", "0F", notes=[1]), notes=[words])).offer

    assert ("(800) 555-0142 ext. 7", "REF-778812") == (found.phone, found.reference)


def test_counted_days_need_the_answers_date():
    """Fourteen days from nobody knows when is no deadline, and the missing date is said."""
    note = "A peer-to-peer may be requested within 14 days of this notice."
    found = route(answer(line(1, "A3", "0F", notes=[1]), notes=[note], created=None))

    assert found.offer.deadline_at is None
    assert any("date of the answer" in each for each in found.missing)


def test_a_pended_answer_that_invites_a_call_goes_to_the_call_before_the_denial():
    """A P2P while pended is the one that can change any plan's decision (facts A.1, A4)."""
    found = route(answer(line(1, "A4", notes=[1]), notes=["Intent to deny: a peer-to-peer is offered by 11/23/2026."]))

    assert (Decision.PENDED, Path.P2P, Lane.PRE_DENIAL) == (found.decision, found.route, found.lane)


@pytest.mark.parametrize(
    "words",
    [
        "A peer-to-peer is not available for this request.",
        "The peer-to-peer for this request was already held.",
    ],
)
def test_a_refused_call_becomes_an_appeal(words):
    """Where the payer says that there is no call to be had, asking for one loses days."""
    found = route(answer(line(1, "A3", "0F", notes=[1]), notes=[words]))

    assert found.route is Path.APPEAL
    assert found.offer is None


def test_medicare_advantage_after_the_decision_goes_to_reconsideration():
    """After the denial only a reconsideration changes a Medicare Advantage decision (facts 0.2)."""
    found = route(answer(line(1, "A3", "0F")), coverage=plan("medicare_advantage"))
    pended = answer(line(1, "A4", notes=[1]), notes=["A peer-to-peer is offered."])
    before = route(pended, coverage=plan("medicare_advantage"))

    assert (Path.APPEAL, Lane.INFORMATIONAL) == (found.route, found.lane)
    assert (Path.P2P, Lane.PRE_DENIAL) == (before.route, before.lane)


@pytest.mark.parametrize(
    ("payer", "business", "path", "lane"),
    [
        (rule(lane="pre_denial"), "commercial", Path.APPEAL, Lane.INFORMATIONAL),
        (rule(post_denial_informational_for=("medicaid",)), "medicaid", Path.APPEAL, Lane.INFORMATIONAL),
        (rule(effect="educational"), "commercial", Path.P2P, Lane.INFORMATIONAL),
        (rule(), "commercial", Path.P2P, Lane.POST_DENIAL),
        (
            rule(lane="post_denial", lines_of_business=("medicare_advantage",)),
            "medicare_advantage",
            Path.P2P,
            Lane.POST_DENIAL,
        ),
    ],
)
def test_the_payers_rule_decides_whether_a_call_still_counts(payer, business, path, lane):
    """Some payers call before the denial only, some only to educate, one keeps Medicare's open (facts C)."""
    found = route(answer(line(1, "A3", "0F")), coverage=plan(business), payer=payer)

    assert (path, lane) == (found.route, found.lane)


def test_an_approval_with_an_unreadable_part_goes_to_a_person():
    """A line that cannot be read may be the denied one."""
    found = route({**answer(), "item": [line(1, "A1"), "denied"]})

    assert found.route is Path.HUMAN


def test_because_quotes_the_fact_and_missing_says_what_would_settle_it():
    """A coordinator reads the code with its list, and what to find out."""
    found = route(answer(line(1, "A3", "0F")))

    assert "X12 306 review action A3 (not approved)." == found.because[0]
    assert found.because[1].startswith("X12 886 reason 0F (not medically necessary)")
    assert any("line of business" in each for each in found.missing)
    assert "Not medically necessary" == found.reason


def test_the_route_does_not_depend_on_the_clock():
    """A case that is looked at again tomorrow is not changed by tomorrow."""
    resource = answer(line(1, "A3", "0F", notes=[1]), notes=["Peer-to-peer until 12/04/2026."])

    assert route(resource) == route(resource, now=datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.timeout(25)
@pytest.mark.parametrize("text", ["p2p ", "a p2p. By 1/1/2027. ", "not ", "denied approved pending ", "12/", "5 days "])
def test_a_note_of_nothing_but_cues_is_read_in_good_time(text):
    """Twenty thousand characters of one word once took half a minute; a hostile note must not hold the worklist."""
    assert told(text * (20_000 // len(text))).because


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_words_are_routed(text):
    """Whatever a payer writes, the answer is routed and its quotes stand in it."""
    found = told(text or "x")

    assert found.route in Path
    assert found.offer is None or found.offer.quote in text
