"""The worklist's rows: each drawn once, and shown again as it is while nothing that stands in it has changed."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from markupsafe import Markup

from app.core.learn.odds import Odds
from app.core.learn.share import Share
from app.flow.ports import WorklistRow
from app.web.filters import lateness, next_page
from app.web.session import Here

MOST_LAUNCHES = 40  # whose rows are kept: a page of 200 takes two hundred kilobytes
MOST_ROWS = 1_000  # of one launch
_CASE = "0" * 32  # no case's: it stands for the case in an address that is made once


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row as it was drawn, with all that it shows. how: whether its time was short."""

    row: WorklistRow
    share: Share | None
    how: str
    html: Markup


class DrawnRows:
    """
    The rows drawn last for each launch, by case; the launch that looked longest ago is forgotten first.

    None is ever shown to another launch: a row holds addresses of its own. Threads may draw a row twice, none a wrong
    one: what was drawn is kept and found as one.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: OrderedDict[Hashable, dict[str, Drawn]] = OrderedDict()

    def of(self, reader: Hashable) -> dict[str, Drawn]:
        """Return the rows drawn for a reader (the launch, and all that each of its rows shows), to be added to."""
        with self._lock:
            drawn = self._of.setdefault(reader, {})
            self._of.move_to_end(reader)
            while len(self._of) > MOST_LAUNCHES:
                self._of.popitem(last=False)
        return drawn


class Addresses:
    """Where the pages of cases are, each kind asked for once: to make one takes half as long as to draw a row."""

    def __init__(self) -> None:
        self._known: dict[str, list[str]] = {}

    def of(self, endpoint: str, case_id: str) -> str:
        """Return the address of a page of this case."""
        return self._filled(endpoint, lambda: url_for(endpoint, case_id=_CASE), case_id)

    def next(self, kind: str, case_id: str) -> str:
        """Return where the next action of this kind is done."""
        return self._filled(f"next {kind}", lambda: next_page(kind, _CASE), case_id)

    def _filled(self, name: str, make: Callable[[], str], case_id: str) -> str:
        if name not in self._known:
            self._known[name] = make().split(_CASE)
        return case_id.join(self._known[name])


def row_drawer(at: Here, odds: Mapping[str, Odds]) -> Callable[[WorklistRow], Markup]:
    """Return what draws a row for this launch. Of the instant, a row shows the day and whether its time is short."""
    session, addresses = at.session, Addresses()
    reader = (session.id, session.user.key, session.zone, at.now.astimezone(ZoneInfo(session.zone)).date())
    known = current_app.extensions["parley.rows"].of(reader)
    macro = current_app.jinja_env.get_template("worklist/row.html").module.row
    if len(known) > MOST_ROWS:
        known.clear()

    def draw(row: WorklistRow) -> Markup:
        share = odds[row.case_id].share if row.case_id in odds else None
        how, found = lateness(row.act_by, at.now), known.get(row.case_id)
        if found is None or (found.row, found.share, found.how) != (row, share, how):
            html = macro(row, share, addresses, session.user.key, session.zone, at.now)
            known[row.case_id] = found = Drawn(row, share, how, html)
        return found.html

    return draw
