"""Learn: what the calls so far teach."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core.learn import FLOOR, mark_of
from app.core.learn.export import FREE_GROUPS, LEAST, ExportRow
from app.core.people import Act
from app.flow import learn as flow_learn
from app.web.guard import may
from app.web.session import here
from app.web.show import DOCX, download, show

bp = Blueprint("learn", __name__)


@bp.get("/learn")
@may(Act.SEE_LEARN)
def learn() -> Response:
    """Show the measures with their n and interval."""
    at = here()
    lessons = flow_learn.lessons(at.ports, now=at.now)
    told = flow_learn.advice(at.ports, now=at.now)
    values = {
        "lessons": lessons,
        "advice": told,
        "floor": FLOOR,
        "groups": FREE_GROUPS,
        "least": LEAST,
        "mark_of": mark_of,
    }
    return show("learn/page.html", "learn/_learn.html", session=at.session, now=at.now, **values)


@bp.get("/learn/definitions")
@may(Act.SEE_LEARN)
def definitions() -> Response:
    """Show exactly what each measure counts."""
    at = here()
    told = flow_learn.definitions(at.ports, now=at.now)
    return show("learn/definitions.html", "learn/_definitions.html", session=at.session, told=told)


@bp.get("/learn/cases")
@may(Act.SEE_LEARN)
def cases() -> Response:
    """Show the cases behind a number."""
    at, asked = here(), request.args
    group, mark = asked.get("group") or None, asked.get("of", "")
    found = flow_learn.behind(at.ports, asked.get("measure", ""), group=group, mark=mark, now=at.now)
    values = {"found": found, "zone": at.session.zone, "floor": FLOOR}
    return show("learn/cases.html", "learn/_cases.html", session=at.session, now=at.now, **values)


@bp.get("/learn/payer")
@may(Act.SEE_LEARN)
def payer() -> Response:
    """Show a payer's record, each claim with its case."""
    at, mark = here(), request.args.get("of", "")
    card, numbers = flow_learn.scorecard(at.ports, mark, now=at.now)
    values = {
        "card": card,
        "mark": mark_of(card.payer),
        "numbers": numbers,
        "zone": at.session.zone,
        "floor": FLOOR,
    }
    return show("learn/payer.html", "learn/_payer.html", session=at.session, now=at.now, **values)


@bp.get("/learn/payer.docx")
@may(Act.SEE_LEARN)
def payer_docx() -> Response:
    """Download it for Word."""
    body = flow_learn.scorecard_docx(here().ports, request.args.get("of", ""), now=here().now)
    return download(body, DOCX, "payer-record.docx")


@bp.get("/learn/export.<kind>")
@may(Act.SEE_LEARN)
def export(kind: str) -> Response:
    """Download the measures, without persons and small cells: csv, else json."""
    by = tuple(request.args.getlist("by"))
    rows = flow_learn.export(here().ports, by, now=here().now)
    body, mime = (_as_csv(rows, by), "text/csv") if kind == "csv" else (_as_json(rows), "application/json")
    return download(body.encode(), f"{mime}; charset=utf-8", f"measures.{'csv' if kind == 'csv' else 'json'}")


_NUMBERS = ("n", "count", "value", "low", "high")
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b")


def _as_csv(rows: Sequence[ExportRow], by: Sequence[str]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([*by, "measure", "unit", *_NUMBERS, "left_out"])
    for row in rows:
        numbers = ["" if (value := getattr(row, each)) is None else value for each in _NUMBERS]
        names = [_plain(name) for _, name in row.names]
        writer.writerow([*names, row.key, row.unit, *numbers, "small cell" if row.hidden else ""])
    return written.getvalue()


def _plain(text: str) -> str:
    """Return a name that no spreadsheet takes for a formula: payers' names are the payers' own words."""
    seen = text.lstrip("'\"" + "".join(each for each in set(text) if not each.isprintable() or each.isspace()))
    return f"'{text}" if seen.startswith(_FORMULA) or text[:1] in ("\t", "\r", "\n") else text


def _as_json(rows: Sequence[ExportRow]) -> str:
    told = [{**dict(row.names), **{k: v for k, v in asdict(row).items() if k != "names"}} for row in rows]
    return json.dumps({"least_cell": LEAST, "measures": told}, indent=2)
