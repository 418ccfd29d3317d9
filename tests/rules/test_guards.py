"""Before an act that burns a right to a call, the shipped rules say what is lost, by which rule, and how surely."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.core.rulebook.guards import RiskyAct, Severity, Standing, what_is_lost
from app.edges.rulebook import RuleBook

BOOK = RuleBook.load(Path(__file__).parents[2] / "app" / "rules")
NOW = datetime(2026, 11, 20, 21, tzinfo=UTC)
LOSES, MAY_LOSE, ASK = "loses", "may_lose", "ask_first"


def lost(act, key, **standing):
    """Return what the act loses by a shipped rule; None is an unknown payer."""
    rule = BOOK.payer_by_key(key)
    assert (rule is None) == (key is None)
    return what_is_lost(act, standing=Standing(**standing), rule=rule, calendar=BOOK.calendar, now=NOW)


@pytest.mark.parametrize(
    ("act", "key", "standing", "severity", "said"),
    [
        ("file_appeal", "uhc_general", {}, LOSES, "no call once an appeal is filed"),
        ("file_appeal", "regence_med", {}, LOSES, "no call once an appeal is filed"),
        ("file_appeal", "regence_rx", {}, LOSES, "no call once an appeal is filed"),
        ("file_appeal", "bcbsm_bcn", {}, LOSES, "no call once an appeal is filed"),
        ("file_appeal", "aetna_lack_info", {}, LOSES, "no call once an appeal is filed"),
        ("file_appeal", "wellpoint_nj", {}, ASK, "is not known"),
        ("file_appeal", "superior_tx", {}, None, None),
        ("file_appeal", "anthem_va", {}, None, None),
        ("file_appeal", "humana_ma", {}, None, None),  # after the denial the appeal is all there is
        ("file_appeal", "humana_ma", {"pended": True}, MAY_LOSE, "Nothing is decided yet"),
        ("send_new_information", "priority_health", {}, LOSES, "cancels the call"),
        ("send_new_information", "priority_health", {"pended": True}, None, None),
        ("send_new_information", "regence_med", {}, LOSES, "as an appeal only"),
        ("send_new_information", "bcbssc", {}, None, None),
        ("send_new_information", "uhc_ma", {"line_of_business": "medicare_advantage"}, MAY_LOSE, "reconsideration"),
        ("send_new_information", "uhc_ma", {"line_of_business": "medicare_advantage", "pended": True}, None, None),
        ("send_new_information", "cigna", {}, ASK, "is not known"),
        ("second_request", "regence_med", {}, None, None),
        ("second_request", "regence_med", {"calls_held": 1}, LOSES, "1 call for one denial"),
        ("second_request", "regence_med", {"calls_missed": 1}, LOSES, "1 call for one denial"),
        ("second_request", "vaya", {"calls_held": 1}, LOSES, "another request is refused"),
        ("second_request", "vaya", {"calls_missed": 1}, None, None),
        ("second_request", "uhc_general", {"calls_held": 1}, ASK, "is not known"),
        ("missed_window", "regence_med", {}, LOSES, "as held after 2 tries"),
        ("missed_window", "uhc_ma", {}, LOSES, "decides when no call was held"),
        ("missed_window", "wellpoint_nj", {}, MAY_LOSE, "leaves 1 business day"),
        ("missed_window", "meridian_il", {}, MAY_LOSE, "leaves 2 business days"),
        ("missed_window", "molina_wa", {}, ASK, "is not known"),
        ("missed_window", "molina_wa", {"window_ends_at": NOW}, LOSES, "is over"),
        ("missed_window", "molina_wa", {"window_ends_at": NOW + timedelta(hours=1)}, ASK, "is not known"),
        ("wrong_credential", "regence_med", {"credential": "np"}, LOSES, "a clinician with a doctorate"),
        ("wrong_credential", "regence_med", {"credential": "pa"}, None, None),
        ("wrong_credential", "regence_med", {"credential": "doctoral_degree"}, None, None),
        ("wrong_credential", "bcbssc", {"credential": "pa"}, LOSES, "a physician"),
        ("wrong_credential", "bcbssc", {"credential": "covering_physician"}, ASK, "Ask whether"),
        ("wrong_credential", "moffitt_anecdote", {"credential": "rn"}, LOSES, "turns this caller away"),
        ("wrong_credential", "evolent_nia", {"credential": "rn"}, None, None),
        ("wrong_credential", "evolent_nia", {"credential": "staff"}, LOSES, "turns this caller away"),
        ("wrong_credential", "uhc_general", {"credential": "np"}, None, None),
        ("wrong_credential", "uhc_general", {"credential": "rn"}, ASK, "Ask whether"),
        ("wrong_credential", "uhc_general", {"credential": "staff"}, LOSES, "turned away"),
        ("wrong_credential", "cigna", {"credential": "np"}, ASK, "Who may speak is not known"),
        ("wrong_credential", "cigna", {"credential": "physician"}, None, None),
        ("wait_for_written", "molina_wa", {}, LOSES, "from the notice by telephone"),
        ("wait_for_written", "uhc_ma", {"pended": True}, LOSES, "it is too late"),
        ("wait_for_written", "uhc_ma", {}, None, None),
        ("wait_for_written", "uhc_general", {}, MAY_LOSE, "from the denial"),
        ("wait_for_written", "wellpoint_nj", {}, ASK, "is not known"),
    ],
)
def test_each_payers_rule_says_what_an_act_loses(act, key, standing, severity, said):
    """Facts C, row by row."""
    found = lost(act, key, **standing)

    assert [severity] * (severity is not None) == [each.severity for each in found]
    for each in found:
        assert said in each.sentence
        assert (RiskyAct(act), key) == (each.act, each.rule)


@pytest.mark.parametrize("act", list(RiskyAct))
def test_of_an_unknown_payer_everything_is_asked_first(act):
    """No rule known is not the same as nothing lost (facts C.1, the unknown payer)."""
    (forfeit,) = lost(act, None, credential="np")

    assert (Severity.ASK_FIRST, None, False) == (forfeit.severity, forfeit.rule, forfeit.known)
    assert BOOK.calendar.cautious.source == forfeit.source


def test_where_a_rule_is_silent_its_source_is_not_claimed():
    """What the payer does not say is our own caution, and is told as that; never as read at some payer's page."""
    (silent,), (told,) = lost("file_appeal", "wellpoint_nj"), lost("file_appeal", "uhc_general")

    assert (False, BOOK.calendar.cautious.source) == (silent.known, silent.source)
    assert (True, BOOK.payer_by_key("uhc_general").source) == (told.known, told.source)


def test_a_loss_names_the_source_of_its_own_value():
    """Where one value of a rule was read elsewhere, the guard cites that place and its grade."""
    (forfeit,) = lost("file_appeal", "bcbsm_bcn")

    assert "bcn-news-159" in forfeit.source
    assert (date(2026, 11, 21), "V") == (forfeit.verified_on, forfeit.grade)
    assert "I" == lost("file_appeal", "turningpoint")[0].grade


@pytest.mark.parametrize("act", list(RiskyAct))
@pytest.mark.parametrize("rule", BOOK.payers, ids=lambda rule: rule.key)
def test_every_guard_answers_for_every_rule(rule, act):
    """No rule leaves a guard without an answer, whoever speaks and whatever was held."""
    for credential in (None, "physician", "np", "resident", "rn", "staff", "a stranger's word"):
        standing = Standing("medicare_advantage", credential=credential, calls_held=1, calls_missed=1)
        for each in (standing, replace(standing, pended=True, calls_held=0)):
            for forfeit in what_is_lost(act, standing=each, rule=rule, calendar=BOOK.calendar, now=NOW):
                assert forfeit.sentence.endswith(".") and forfeit.source and forfeit.severity in set(Severity)
