"""Learn's page by DuckDB, from the events alone: the peer of goal 7. Nothing of core decides what is counted here."""

from pathlib import Path

JOURNEYS = """
CREATE OR REPLACE TEMP TABLE j AS
WITH g AS (
  SELECT case_id,
    min(t) FILTER (WHERE kind = 'denied') AS denied, min(t) FILTER (WHERE kind = 'offered') AS offered,
    min(t) FILTER (WHERE kind = 'connected') AS held, max(t) FILTER (WHERE kind = 'appealed') AS appealed,
    max(t) FILTER (WHERE kind IN ('closed', 'lapsed')) AS closed,
    max(t) FILTER (WHERE kind = 'lapsed') AS lapsed,
    arg_max(result, t) FILTER (WHERE kind IN ('decided', 'confirmed') AND way = 'call') AS result,
    arg_max(result, t) FILTER (WHERE kind = 'decided' AND way = 'call' AND NOT coalesce(final, false)) AS verbal,
    arg_max(result, t) FILTER (WHERE kind = 'confirmed' AND way = 'call') AS written,
    arg_max(result, t) FILTER (WHERE kind = 'decided' AND way = 'file_appeal') AS appeal,
    count(*) FILTER (WHERE kind = 'missed' AND side = 'payer') AS theirs,
    count(*) FILTER (WHERE kind = 'missed' AND side = 'us') AS ours,
    arg_max(side, t) FILTER (WHERE kind = 'missed') AS missed_by,
    list(t) FILTER (WHERE kind = 'attempt') AS tries,
    arg_min_null(inside, t) FILTER (WHERE kind = 'connected') AS inside,
    arg_min_null(fits, t) FILTER (WHERE kind = 'connected') AS fits,
    sum(hold) AS hold, sum(prep) AS prep, sum(talk) AS talk
  FROM events GROUP BY case_id)
SELECT g.*, c.payer, c.reason, c.clinician, c.service, coalesce(c.lane, 'not told') AS lane,
  strftime(denied, '%Y-%m') AS month,
  CASE WHEN lapsed IS NOT NULL THEN 'lapsed' ELSE missed_by END AS cause,
  nullif(len(list_filter(tries, lambda x: x <= held)), 0) AS calls,
  result IN ('approved', 'partial', 'modified') AS won,
  result IN ('approved', 'partial', 'modified', 'upheld') AND c.lane IS DISTINCT FROM 'informational' AS judged,
  offered IS NOT NULL AND held IS NULL AND (closed IS NOT NULL OR appealed IS NOT NULL) AS missed,
  CASE WHEN held >= offered THEN (epoch_us(held) - epoch_us(offered))::DOUBLE / 1e6 / 3600 END AS hours,
  CASE WHEN hold IS NOT NULL OR prep IS NOT NULL OR talk IS NOT NULL
    THEN coalesce(hold, 0) + coalesce(prep, 0) + coalesce(talk, 0) END AS minutes,
  CASE WHEN held IS NOT NULL THEN 33.5::DOUBLE - minutes END AS saved
FROM g JOIN cases c USING (case_id)
"""
OVER = "offered IS NOT NULL AND (held IS NOT NULL OR missed)"
SHARES = {
    "offer_to_connect": ("held IS NOT NULL", "offered IS NOT NULL"),
    "inside_window": ("inside", "inside IS NOT NULL"),
    "specialty_match": ("fits", "held IS NOT NULL AND fits IS NOT NULL"),
    "shift_pre_for": ("won", "judged AND lane = 'pre_denial'"),
    "shift_pre_against": ("false", "judged AND lane = 'pre_denial'"),
    "shift_post_for": ("won", "judged AND lane = 'post_denial'"),
    "shift_post_against": ("false", "judged AND lane = 'post_denial'"),
    "appeal_after_held": ("coalesce(appealed >= held, false)", "held IS NOT NULL"),
    "appeal_after_missed": ("appealed IS NOT NULL", "missed"),
    "overturn": ("won", "judged"),
    "appeal_overturn": (
        "appeal IN ('approved', 'partial', 'modified')",
        "appeal IN ('approved', 'partial', 'modified', 'upheld')",
    ),
    "missed": ("missed", OVER),
    "missed_by_payer": ("missed AND cause = 'payer'", OVER),
    "missed_by_us": ("missed AND cause = 'us'", OVER),
    "missed_lapsed": ("missed AND cause = 'lapsed'", OVER),
    "missed_withdrawn": ("missed AND cause = 'withdrawn'", OVER),
    "missed_untold": ("missed AND cause IS NULL", OVER),
    "mismatch": (
        "verbal <> written",
        "verbal IN ('approved', 'partial', 'modified', 'upheld') AND written IS NOT NULL",
    ),
}
KEPT = {"kept_by_us": "ours", "kept_by_payer": "theirs"}
VALUES = {
    "time_to_connect": "hours",
    "hold_minutes": "hold",
    "prep_minutes": "prep",
    "talk_minutes": "talk",
    "minutes": "minutes",
    "minutes_saved": "saved",
}
TRENDS = ("offer_to_connect", "time_to_connect", "inside_window", "attempts_per_connection", "specialty_match",
          "overturn")  # fmt: skip
GROUPED = ("overturn", "kept_by_payer")


def load(folder: Path):
    """Return DuckDB in memory, on every core, with the events and cases in typed columns."""
    import duckdb

    database = duckdb.connect(":memory:")
    told = "result: VARCHAR, way: VARCHAR, final: BOOLEAN, side: VARCHAR, inside: BOOLEAN, fits: BOOLEAN"
    columns = f"case_id: VARCHAR, t: TIMESTAMP, kind: VARCHAR, {told}, hold: DOUBLE, prep: DOUBLE, talk: DOUBLE"
    about = "case_id: VARCHAR, payer: VARCHAR, reason: VARCHAR, clinician: VARCHAR, service: VARCHAR, lane: VARCHAR"
    for name, shape in (("events", columns), ("cases", about)):
        typed = ", ".join("'{}': '{}'".format(*each.split(": ")) for each in shape.split(", "))
        read = f"read_csv('{folder / name}.csv', header = false, columns = {{{typed}}})"
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM {read}")
    return database


def page(database) -> dict:
    """Return {place: {measure: (n, total, squares)}} and {place: {measure: values at its ranks}}, as the page wants."""
    database.execute(JOURNEYS)
    sums = {("", ""): _sums(database, "''", (*SHARES, *KEPT, *VALUES, "attempts_per_connection"))[""]}
    for group in ("payer", "reason", "clinician", "service", "lane"):
        sums |= {(group, name): told for name, told in _sums(database, group, GROUPED).items()}
    months = _sums(database, "month", TRENDS)
    sums |= {("month", name): months[name] for name in sorted(months)[-12:]}
    return {"sums": sums, "middles": _middles(database, sums)}


def _sums(database, group: str, keys) -> dict[str, dict[str, tuple]]:
    columns = ["count(*)"]
    for key in keys:
        if key in SHARES:
            counts, among = SHARES[key]
            columns += [f"count(*) FILTER (WHERE {among})", f"count(*) FILTER (WHERE {among} AND {counts})", "0"]
        elif key in KEPT:
            columns += [f"count(held) + sum({KEPT[key]})", "count(held)", "0"]
        elif key in VALUES:
            columns += [f"count({VALUES[key]})", "0", "0"]
        else:
            columns += ["count(calls)", "sum(calls)", "sum(calls * calls)"]
    rows = database.execute(f"SELECT {group}, {', '.join(columns)} FROM j GROUP BY 1").fetchall()
    found = {}
    for name, cases, *numbers in rows:
        told = zip(keys, zip(*[iter(numbers)] * 3, strict=True), strict=True)
        found[name] = {"cases": (cases, 0, 0)} | {key: tuple(int(each or 0) for each in three) for key, three in told}
    return found


def _middles(database, sums) -> dict:
    from app.core.learn.share import ranks_of

    def at(n: int) -> str:
        # Half a rank before: the smallest value that so many are not above is then the one at the rank.
        return "[" + ", ".join(f"{(rank - 0.5) / n!r}" for rank in ranks_of(n)) + "]"

    whole = sums["", ""]
    asked = ", ".join(f"quantile_disc({value}, {at(whole[key][0])})" for key, value in VALUES.items())
    found = {("", ""): dict(zip(VALUES, database.execute(f"SELECT {asked} FROM j").fetchone(), strict=True))}
    months = {name: told["time_to_connect"][0] for (group, name), told in sums.items() if group == "month"}
    # At 32 months of calls a column each is as fast as it goes: DuckDB wants its quantiles as constants.
    asked = ", ".join(
        f"quantile_disc(hours, {at(n)}) FILTER (WHERE month = '{name}')" for name, n in months.items() if n
    )
    values = database.execute(f"SELECT {asked} FROM j").fetchone()
    told = zip([name for name, n in months.items() if n], values, strict=True)
    return found | {("month", name): {"time_to_connect": each} for name, each in told}
