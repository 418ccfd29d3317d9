"""`parley clocks FILE`: when the call must be held, the payer must decide and an appeal must be filed, and why."""

import argparse
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from app.core.case import Clock
from app.core.deadlines import EVENTS, Facts, clocks_of, day_words, last_safe_booking_at, no_call
from app.core.rulebook.payers import PayerHours
from app.edges.rulebook import RuleBook
from app.errors import Misconfigured
from launch.files.printing import print_answers
from launch.files.told_case import ToldCase, read_told_case

RULES = Path(__file__).parents[2] / "app" / "rules"
_MINUTE = timedelta(minutes=1)
_NO_CALL = ("appeal", "information")  # clocks that end no call
_NAMES = {
    "p2p_window": "P2P window closes",
    "offer": "payer's own deadline",
    "determination": "payer must decide",
    "appeal": "appeal must be filed",
    "information": "information must be sent",
}


def run(argv: list[str], *, stdin: IO[Any], stdout: IO[str], stderr: IO[str]) -> int:
    """Print the clocks of every file; return 0, or 2 when one of them could not be read."""
    options = _parser().parse_args(argv)
    try:
        rules = RuleBook.load(RULES, Path(options.site_rules) if options.site_rules else None)
    except Misconfigured as error:
        print(f"parley clocks: {error.say}\n{error.next}", file=stderr)
        return 2

    def answer(data: dict[str, Any]) -> Answer:
        return answer_clocks(data, rules=rules)

    return print_answers(options.files, answer, json=options.json, stdin=stdin, stdout=stdout, stderr=stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parley clocks",
        description="Which clocks run on a case, from what, by which rule; and when booking must begin at the latest.",
        epilog='A file is one JSON object: "now", "payer" (a key of the rule book or a name), "line_of_business", '
        '"funding", "state", "lane", "setting", "urgent", "events": [{"kind", "at"}]; '
        'optional "zone" (the site\'s), "service" (drugs, medical), "length_minutes", "notice_minutes". '
        f"Kinds: {', '.join(EVENTS)}. Leave out, or null, what is not known.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help='a path, or "-" for standard input')
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--site-rules",
        default=os.environ.get("PARLEY_SITE_RULES"),
        metavar="FOLDER",
        help="payer rules of your own (default: PARLEY_SITE_RULES)",
    )
    return parser


class Answer:
    """The clocks of one case, in the payer's zone where it is known, and the last safe moment with its because."""

    def __init__(
        self, clocks: tuple[Clock, ...], last_safe: datetime | None, because: tuple[str, ...], zone: str
    ) -> None:
        self.clocks, self.last_safe, self.because, self.zone = clocks, last_safe, because, zone

    def as_json(self) -> dict[str, Any]:
        """Return the answer as the command's JSON."""
        return {
            "clocks": [
                {
                    "name": each.name,
                    "starts_at": self._iso(each.starts_at),
                    "ends_at": self._iso(each.ends_at),
                    "rule": each.rule,
                    "source": each.source,
                    "because": each.because,
                    "firm": each.firm,
                }
                for each in self.clocks
            ],
            "last_safe_booking_at": self._iso(self.last_safe),
            "because": list(self.because),
        }

    def as_table(self) -> list[str]:
        """Return the answer as lines for people."""
        lines = []
        for each in self.clocks:
            when = day_words(each.ends_at, self.zone, hour=True)
            lines += [f"{when:<22} {_NAMES[each.name]}{'' if each.firm else ' (a cautious reading)'}"]
            lines += [f"    {each.because}", f"    {each.rule}; {each.source}"]
        if self.last_safe is not None:
            lines += [f"{day_words(self.last_safe, self.zone, hour=True):<22} last safe moment to book"]
        return [*lines, *(f"    {each}" for each in self.because), f"Times in {self.zone}."]

    def _iso(self, at: datetime | None) -> str | None:
        return at.astimezone(ZoneInfo(self.zone)).isoformat() if at else None


def answer_clocks(data: dict[str, Any], *, rules: RuleBook) -> Answer:
    """Return the clocks of one case given as the command's JSON; raises BadInput naming the place."""
    told = read_told_case(data, rules=rules)
    facts, clocks = told.facts, clocks_of(told.facts)
    usual = facts.calendar.usual_hours(told.zone)
    last_safe = last_safe_booking_at(
        clocks,
        rule=facts.rule,
        length=told.length,
        notice=told.notice,
        now=facts.seen_at,
        usual=usual,
    )
    because = (*_rule_words(facts, told.lane), *_safe_words(told, clocks, last_safe, usual))
    return Answer(clocks, last_safe, because, told.zone)


def _rule_words(facts: Facts, lane: str | None) -> list[str]:
    rule, payer = facts.rule, facts.plan.payer.name
    if rule is None:
        named = f"{payer} with this plan" if payer else "this payer"
        said = [f"No rule is known for {named}: the cautious reading counts. Ask, and keep what is said."]
    else:
        said = [f"By the rule of {rule.payer} ({rule.key}), read on {rule.verified_on}, grade {rule.grade}."]
    if why := no_call(facts):
        said.append(why)
    if lane == "informational":
        said.append("In this lane a call only informs: the appeal is what can change the decision.")
    if lane == "pre_denial":
        said.append("That a call is offered or asked for stops no clock.")
    return said


def _safe_words(told: ToldCase, clocks: tuple[Clock, ...], last_safe: datetime | None, usual: PayerHours) -> list[str]:
    """Return why the last safe moment is when it is."""
    if last_safe is None:
        return ["No clock ends a call here."]
    rule, zone = told.facts.rule, told.zone
    first = min((each for each in clocks if each.name not in _NO_CALL), key=lambda each: each.ends_at)
    ends = day_words(first.ends_at, zone, hour=True)
    known = rule is not None and rule.hours is not None
    hours = rule.hours if known else usual
    told_or_not = "The payer answers" if known else "The payer's hours are not known; taken to be"
    notice = max(told.notice, (rule.lead_minutes or 0) * _MINUTE) if rule else told.notice
    said = [
        f"The first to end a call is “{_NAMES[first.name]}”, {ends}.",
        f"{told_or_not} {' '.join(hours.days)} {hours.opens:%H:%M}–{hours.closes:%H:%M} in {hours.zone}, no holidays.",
        f"Less {told.length // _MINUTE} minutes for the call and {notice // _MINUTE} to prepare it.",
    ]
    if last_safe <= told.facts.seen_at:
        said.append("That moment has passed: call at once, and ask the payer for more time.")
    return said
