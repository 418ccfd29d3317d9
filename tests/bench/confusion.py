"""
How often a route or a reason is right: a confusion matrix, macro-F1, and what was never to happen.

`python -m tests.bench.confusion` prints both matrices for our own texts and letters (tests/readings.py), the half that
is written against and the sealed one apart; and, where ../shared/data stands beside the checkout, for the labelled
texts there, with the routes of the labelled ClaimResponses. Nothing of app is imported: rows come from the `parley
route` command, as an integrator's would.
"""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.readings import Reading, letter_readings, short_readings

DATA = Path(__file__).parents[3] / "shared" / "data"
ROUTES = {  # the data's own words for routes (data/README.md)
    "p2p": "P2P_CLINICAL",
    "ask_reason": "P2P_CANDIDATE",
    "wait": "WATCH_PENDED",
    "additional_information": "SEND_INFO",
    "resubmit": "FIX_RESUBMIT",
    "new_request": "FIX_RESUBMIT",
    "benefit_exception": "OTHER_PATH",
    "network_exception": "OTHER_PATH",
    "retro_authorization": "OTHER_PATH",
    "appeal": "OTHER_PATH",
    "review_modified": "REVIEW_MODIFIED",
    "human": "MANUAL",
    "closed": "CLOSED",
}
NO_ROUTE = {"approved": "NONE_APPROVED", "not_prior_auth": "NOT_PA"}
LABELS = {
    "clinical": "CLIN",
    "experimental": "EXPR",
    "benefit": "BENX",
    "administrative": "ADMN",
    "documents": "DOCS",
    "eligibility": "ELIG",
    "network": "NETW",
    "payment": "PAYM",
    "pending": "PEND",
    "not_needed": "NOPA",
    "none": "UNCL",
    "not_a_denial": "DATA",
}
Pair = tuple[str, str]  # (expected, found)


def macro_f1(pairs: Iterable[Pair]) -> float:
    """Return the mean over the expected classes of 2·tp / (2·tp + fp + fn)."""
    counted = Counter(pairs)
    scores = []
    for name in {expected for expected, _ in counted}:
        right = counted[name, name]
        missed = sum(n for (expected, found), n in counted.items() if expected == name != found)
        wrong = sum(n for (expected, found), n in counted.items() if found == name != expected)
        scores.append(2 * right / (2 * right + missed + wrong))
    return sum(scores) / len(scores) if scores else 0.0


def as_matrix(pairs: Iterable[Pair]) -> str:
    """Return the matrix as text: a row for what was expected, a column for what was found."""
    counted = Counter(pairs)
    names = sorted({name for pair in counted for name in pair})
    wide = max((len(name) for name in names), default=0)
    head = " " * wide + "".join(f" {name[:9]:>9}" for name in names)
    rows = [f"{row:>{wide}}" + "".join(f" {counted[row, found] or '·':>9}" for found in names) for row in names]
    return "\n".join([head, *rows])


def route_word(row: Mapping[str, str]) -> str:
    """Return the data's word for where an answer of `parley route --json` goes."""
    return ROUTES.get(row["route"]) or NO_ROUTE.get(row["decision"], "NONE")


def judged(found: str, accepted: list[str]) -> Pair:
    """Return (expected, found): any accepted word is right, and the first stands for them where none was found."""
    return (found if found in accepted else accepted[0], found)


def is_held_out(name: str) -> bool:
    """Whether a text belongs to the half that nobody reads while writing cues: by a hash of its id."""
    return bool(hashlib.sha256(name.encode()).digest()[0] % 2)


def routed(*files: Path) -> list[dict]:
    """Return the rows of `parley route` on files."""
    command = [sys.executable, "-m", "launch", "route", *map(str, files), "--json", "--now", "2026-11-21T15:00:00Z"]
    run = subprocess.run(command, capture_output=True, check=False, text=True, cwd=Path(__file__).parents[2])
    return json.loads(run.stdout)


def text_pairs(rows: list[dict], cases: Mapping[str, dict]) -> tuple[dict[bool, list[Pair]], dict[bool, list[Pair]]]:
    """Return (labels, routes), each by whether the text was held out."""
    labels: dict[bool, list[Pair]] = {False: [], True: []}
    routes: dict[bool, list[Pair]] = {False: [], True: []}
    for row in rows:
        case, held = cases[row["resource"]], is_held_out(row["resource"])
        labels[held].append(judged(LABELS[row["reason_kind"]], [case["label"], *case["also_accept"]]))
        routes[held].append(judged(route_word(row), case["route_accept"]))
    return labels, routes


def forbidden(rows: list[dict], cases: Mapping[str, dict]) -> list[str]:
    """Return the ids that went where they never should, an exclusion to a call above all."""
    return [row["resource"] for row in rows if route_word(row) in cases[row["resource"]]["route_forbid"]]


def rows_of(readings: Iterable[Reading]) -> dict[str, dict]:
    """Return the row of each of our texts, by its name."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "readings.jsonl"
        file.write_text("\n".join(json.dumps({"id": each.name, "text": each.text}) for each in readings), "utf-8")
        return {row["resource"]: row for row in routed(file)}


def reading_pairs(readings: Iterable[Reading], rows: Mapping[str, dict]) -> tuple[list[Pair], list[Pair], list[str]]:
    """Return (labels, routes, names of the exclusions that were sent to a call)."""
    labels, routes, broken = [], [], []
    for each in readings:
        row = rows[each.name]
        labels.append(judged(LABELS[row["reason_kind"]], [LABELS[kind] for kind in each.kinds]))
        named = ([ROUTES[route]] if route in ROUTES else NO_ROUTE.values() for route in each.routes)
        accepted = [word for words in named for word in words]
        routes.append(judged(route_word(row), accepted))
        broken += [each.name] if each.no_call and row["route"] == "p2p" else []
    return labels, routes, broken


def main() -> None:
    """Print what was found."""
    for name, readings in (("short texts", short_readings()), ("letters", letter_readings())):
        rows = rows_of(readings)
        for half, what in (("a", "written against"), ("b", "sealed")):
            _print_readings(f"our {name}, {what}", [each for each in readings if each.half == half], rows)
    for file in ("fresh.txt", "fresher.txt", "freshest.txt"):
        fresh = short_readings(file)
        _print_totals(f"our short texts of {file}, written against since", list(fresh), rows_of(fresh))
    for name, sealed in (("texts", short_readings("sealed.txt")), ("letters", letter_readings("sealed_letters.toml"))):
        _print_totals(f"our {name} of set E, sealed", list(sealed), rows_of(sealed))
    last = short_readings("last.txt")
    _print_readings("our last short texts, written when the rules were done", list(last), rows_of(last))
    _print_shared()


def _print_totals(name: str, readings: list[Reading], rows: Mapping[str, dict]) -> None:
    """Print how many were right and no more: whoever writes rules must not learn which were not."""
    labels, routes, broken = reading_pairs(readings, rows)
    for what, pairs in (("reason", labels), ("route", routes)):
        right = sum(expected == found for expected, found in pairs)
        print(f"{what} of {name}: {right} of {len(pairs)} right, macro-F1 {macro_f1(pairs):.3f}")
    print(f"exclusions sent to a call: {len(broken)}\n")


def _print_readings(name: str, readings: list[Reading], rows: Mapping[str, dict]) -> None:
    labels, routes, broken = reading_pairs(readings, rows)
    _print(f"reason of {name}", labels, "")
    print()
    _print(f"route of {name}", routes, "")
    print(f"exclusions sent to a call: {len(broken)} {' '.join(broken)}\n")


def _print_shared() -> None:
    texts = DATA / "texts"
    if not texts.exists():
        print("../shared/data does not stand beside the checkout; nothing more to judge")
        return
    cases = json.loads((texts / "expected.json").read_text("utf-8"))["cases"]
    rows = routed(texts / "texts.jsonl")
    labels, routes = text_pairs(rows, cases)
    for name, pairs in (("reason of a text", labels), ("route of a text", routes)):
        _print(name, pairs[False] + pairs[True], f"read {macro_f1(pairs[False]):.3f}, ")
        print(f"held out {macro_f1(pairs[True]):.3f}\n")
    print(f"routed where it never should: {forbidden(rows, cases) or 'none'}\n")
    answers = json.loads((DATA / "claimresponses" / "expected.json").read_text("utf-8"))["cases"]
    by_file = {str(DATA / "claimresponses" / case["file"]): case for case in answers}
    found = [(by_file[row["file"]], row) for row in routed(*map(Path, by_file))]
    pairs = [judged(route_word(row), case["route_accept"]) for case, row in found]
    _print("route of a ClaimResponse", pairs, "")
    print()


def _print(name: str, pairs: list[Pair], more: str) -> None:
    right = sum(expected == found for expected, found in pairs)
    print(f"{name}: {right} of {len(pairs)} right, macro-F1 {macro_f1(pairs):.3f}\n{as_matrix(pairs)}\n{more}", end="")


if __name__ == "__main__":
    main()
