"""The one thing that must happen next in a case, told from the case alone, so that no save can forget it."""

from datetime import datetime, timedelta

from app.core.case import Case, CaseState, NextAction, Outcome

# What each path asks for when no call is (or can still be) held, and whom it waits on.
_PATH_ACTIONS = {
    "ask_reason": ("ask_reason", "Ask {payer} why it was denied", "us"),
    "review_modified": ("review_modified", "Compare what was approved with what was asked", "clinician"),
    "appeal": ("appeal", "File the appeal", "us"),
    "resubmit": ("resubmit", "Correct the request and send it again", "us"),
    "additional_information": ("send_information", "Send what {payer} is missing", "us"),
    "benefit_exception": ("benefit_exception", "Ask {payer} for a benefit exception; a call cannot win this", "us"),
    "network_exception": ("network_exception", "Ask {payer} for a network exception", "us"),
    "retro_authorization": ("retro_authorization", "Ask {payer} for retrospective authorization", "us"),
    "new_request": ("new_request", "Send a new request if it is still needed", "us"),
    "wait": ("wait", "Watch for the decision of {payer}", "payer"),
    "none": ("close", "Nothing is left to do; close the case", "us"),
    "closed": ("close", "Nothing is left to do; close the case", "us"),
    "human": ("read", "Read the answer of {payer} and choose the path", "us"),
}
# What is watched for after an act, by its kind (core.acts.ACTS).
_WATCHED = {
    "file_appeal": "the decision of {payer} on the appeal",
    "send_new_information": "the answer of {payer} to what was sent",
    "resubmit": "the decision of {payer} on the corrected request",
    "new_request": "the decision of {payer} on the new request",
    "benefit_exception": "the answer of {payer} on the benefit exception",
    "network_exception": "the answer of {payer} on the network exception",
    "retro_authorization": "the answer of {payer} on the retrospective authorization",
    "ask_reason": "the reason of {payer}",
    "wait_for_written": "the written notice of {payer}",
    "dispute_letter": "the corrected letter of {payer}",
}
# While a call may still be had these are watched first, until the last moment to book it; beside an appeal that costs
# no call, and beside an exception, the call comes first.
_WATCHED_FIRST = {"send_new_information", "resubmit", "new_request", "ask_reason", "wait_for_written"}

_TOLD = (CaseState.DECIDED, CaseState.CONFIRMED, CaseState.LAPSED)  # where a case stands once its call was told of

PRIORITY = timedelta(hours=1)  # within which a call that the payer missed is asked for again


def next_action_of(case: Case, *, now: datetime, owed: NextAction | None = None) -> NextAction:
    """
    Return the one thing that must happen next, with what it waits on and by when.

    owed: what the rules say is owed after the outcome (core.outcome.owed); only what was promised to the reviewer in
    writing goes before it
    """
    own = _along_the_path(case, now=now)
    return _escalated(case, own if owed is None or own.kind == "send_information" else owed)


def _escalated(case: Case, path: NextAction) -> NextAction:
    """
    Return the step of a broken call rule's ladder where it is due before what the path asks for, else that.

    What was decided on a call is recorded first, unless the call is to be gone on with; an answer that is watched for
    is not lost sight of, one that came is read, and what was promised on the call is sent.
    """
    standing = [each for each in case.escalations if each.stands]
    if not standing or case.state is CaseState.CLOSED:
        return path
    first = min(standing, key=lambda each: (each.acts_by, each.found_at))
    promised = path.kind == "send_information" and case.outcome is not None
    if path.kind in ("await_answer", "read_letter") or promised or (path.kind == "outcome" and first.kind != "redial"):
        return path
    # To book again is the lowest step of a missed call's ladder: what rose above it comes in its place.
    is_lower = path.kind == "rebook" and first.step > 0
    if path.due_at is not None and path.due_at <= first.acts_by and not is_lower:
        return path
    if first.is_taken:
        said = f"Watch for what {case.payer_name} does about it: {first.label[0].lower()}{first.label[1:]}"
        return NextAction("await_step", said, first.acts_by, "payer")
    return NextAction(first.kind, first.text, first.due_at, "clinician" if first.owner == "clinician" else "us")


def _along_the_path(case: Case, *, now: datetime) -> NextAction:
    if (first := _owed_in_writing(case) or _watched(case)) is not None:
        return first
    by_state = {
        CaseState.BOOKED: _after_booking,
        CaseState.CONNECTED: lambda c, _: NextAction("outcome", "Record what was decided", _clock_end(c), "clinician"),
        CaseState.MISSED: _after_miss,
        CaseState.DECIDED: _after_decision,
        CaseState.CONFIRMED: _after_decision,
        CaseState.LAPSED: lambda c, _: NextAction("appeal", "File the appeal", _clock_end(c, "appeal"), "us"),
        CaseState.WITHDRAWN: lambda c, _: NextAction("new_request", "Send a new request if still needed", None, "us"),
        CaseState.CLOSED: lambda c, _: NextAction("none", "Nothing; the case is closed", None, "nobody"),
    }
    if case.state is CaseState.HELD and case.holds:
        return _while_held(case)
    if case.state in by_state:
        return by_state[case.state](case, now)
    if case.routing.route.value != "p2p" and not case.windows and case.state is not CaseState.REQUESTED:
        kind, text, waits_on = _PATH_ACTIONS.get(case.routing.route.value, _PATH_ACTIONS["human"])
        return NextAction(kind, text.format(payer=case.payer_name), _first_end(case), waits_on)
    tried = _after_attempt(case)
    if tried is not None:
        return tried
    if case.windows and case.clinician is None:
        return NextAction("choose_clinician", "Choose who takes the call", case.last_safe_at, "us")
    if case.windows:
        return NextAction("book", "Book a time", case.last_safe_at, "us")
    if case.state is CaseState.REQUESTED:
        said = f"Watch for the call times of {case.payer_name}"
        return NextAction("await_windows", said, case.last_safe_at, "payer")
    return NextAction("ask_windows", f"Ask {case.payer_name} for call times", case.last_safe_at, "us")


def chase_at(outcome: Outcome) -> datetime:
    """Return when a verbal result without its letter is chased: 24 h after it was told (product F84)."""
    return outcome.recorded_at + timedelta(hours=24)


def _after_attempt(case: Case) -> NextAction | None:
    """Return what the latest try to ask for a call leaves to do; None where it settled itself, or times are there."""
    if case.windows or not case.tries:
        return None
    tried = case.tries[-1]
    if any(each.kind == "ask_for_call" and each.taken_back is None and each.at >= tried.at for each in case.acts):
        return None
    if tried.result == "refused":
        return NextAction(
            "refused", f"Decide what follows: {case.payer_name} refused the call", case.last_safe_at, "us"
        )
    if tried.result == "wrong_number":
        return NextAction("find_number", f"Find the number of {case.payer_name}", case.last_safe_at, "us")
    if tried.next_at is not None:
        return NextAction("call_again", f"Call {case.payer_name} again", tried.next_at, "us")
    return None


def _watched(case: Case) -> NextAction | None:
    """Return what is watched for after an act; None where no answer is awaited, or the call comes before it."""
    act = case.awaited
    live = case.booking is not None and case.booking.is_live
    if act is None or live or case.state in (CaseState.CLOSED, CaseState.CONNECTED, CaseState.HELD):
        return None
    said = f"Watch for {_WATCHED.get(act.kind, 'the answer of {payer}').format(payer=case.payer_name)}"
    if not case.is_call_open:
        return NextAction("await_answer", said, act.answer.ends_at, "payer")
    if act.kind not in _WATCHED_FIRST or case.state is CaseState.REQUESTED:
        return None
    ends = [each for each in (act.answer.ends_at, case.last_safe_at) if each is not None]
    return NextAction("await_answer", f"{said}; book the call if none comes", min(ends), "payer")


def _owed_in_writing(case: Case) -> NextAction | None:
    """Return what was told on the call and must still be sent in writing; None once it was sent, or nothing is owed."""
    outcome = case.outcome
    if outcome is None or not outcome.in_writing or case.state not in _TOLD:
        return None
    since = max((each.recorded_at for each in case.earlier), default=None)
    sent = any(
        each.kind == "send_new_information"
        and each.taken_back is None
        and each.stood in _TOLD
        and (since is None or each.at > since)
        for each in case.acts
    )
    said = f"Send {case.payer_name} in writing what was told on the call"
    ends = [each.ends_at for each in case.clocks if each.name == "determination" and each.ends_at > outcome.recorded_at]
    return None if sent else NextAction("send_information", said, min([chase_at(outcome), *ends]), "us")


def _while_held(case: Case) -> NextAction:
    """Return the word that is waited for, due when the first of the held times is given back."""
    soonest = min(case.holds, key=lambda each: (each.expires_at, each.id))
    whose = "the payer" if soonest.waits_on == "payer" else soonest.clinician.name
    return NextAction("book", f"Book a held time once {whose} agrees", soonest.expires_at, soonest.waits_on)


def _after_miss(case: Case, _now: datetime) -> NextAction:
    """Return what comes after a missed call: at once where the payer missed it, else while our grace lasts."""
    latest = case.tries[-1] if case.tries else None
    if latest is not None and latest.result == "payer_no_show":
        said = f"Book again before all else: {case.payer_name} missed the call"
        return NextAction("rebook", said, latest.at + PRIORITY, "us")
    return _after_attempt(case) or NextAction("rebook", "Book a new time", case.last_safe_at, "us")


def _after_booking(case: Case, now: datetime) -> NextAction:
    booking = case.booking
    if booking is None or not booking.is_live:
        return NextAction("book", "Book a time", case.last_safe_at, "us")
    if now >= booking.interval.end:
        return NextAction("outcome", "Say what happened on the call", booking.interval.end, "clinician")
    over = [each.ends_at for each in case.clocks if each.firm and each.name in ("p2p_window", "offer")]
    if over and min(over) < booking.interval.end and now < booking.interval.start:
        # The payer's answer or its rule was changed since it was booked.
        said = f"Move the call, or ask {case.payer_name}: its time ends before the call does"
        return NextAction("rebook", said, min(over), "us")
    return NextAction("call", "Hold the call", booking.interval.start, "clinician")


def _after_decision(case: Case, _now: datetime) -> NextAction:
    outcome = case.outcome
    if outcome is None:
        return NextAction("outcome", "Record what was decided", None, "clinician")
    if not outcome.final and outcome.result in ("approved", "partial", "modified", "upheld"):
        return NextAction("chase", f"Get the written notice from {case.payer_name}", chase_at(outcome), "payer")
    answered = _answered_lines(case, outcome)
    if answered is not None:
        return answered
    if outcome.result == "upheld" and outcome.way == "file_appeal":
        return NextAction("appeal", "Appeal to the next level, or close the case", _clock_end(case, "appeal"), "us")
    if outcome.result == "upheld":
        return NextAction("appeal", "File the appeal", _clock_end(case, "appeal"), "us")
    if outcome.result in ("partial", "modified"):
        return NextAction("accept_or_appeal", "Accept it or appeal the difference", _clock_end(case, "appeal"), "us")
    if outcome.result == "not_held":
        return NextAction("appeal", "File the appeal", _clock_end(case, "appeal"), "us")
    return NextAction("close", "Close the case", None, "us")


def _answered_lines(case: Case, outcome: Outcome) -> NextAction | None:
    """Return what is left once each line that was not approved is accepted or appealed; None while one is not."""
    less = [each for each in outcome.lines if each.result in ("modified", "upheld")]
    if not less or any(each.answer is None for each in less):
        return None
    appealed = [str(each.sequence) for each in less if each.answer == "appealed"]
    if not appealed:
        return NextAction("close", "Close the case: what was decided is accepted", None, "us")
    if len(appealed) == len(less) == len(outcome.lines):
        return None if outcome.result == "upheld" else _appeal(case, "File the appeal")
    return _appeal(case, f"Appeal line{'s' if len(appealed) > 1 else ''} {', '.join(appealed)}")


def _appeal(case: Case, said: str) -> NextAction:
    return NextAction("appeal", said, _clock_end(case, "appeal"), "us")


def _clock_end(case: Case, name: str | None = None) -> datetime | None:
    ends = [clock.ends_at for clock in case.clocks if name is None or clock.name == name]
    return min(ends, default=None)


def _first_end(case: Case) -> datetime | None:
    """Return the earliest clock that still matters off the call's path: not the window of the call itself."""
    ends = [clock.ends_at for clock in case.clocks if clock.name not in ("p2p_window", "offer")]
    return min(ends, default=None)
