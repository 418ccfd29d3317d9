"""An app that nobody has asked anything loads nothing that is slow to load and seldom needed."""

from tests.bench import cold
from tests.bench.race import race


def test_nothing_heavy_is_loaded_before_it_is_needed(tmp_path):
    """Makers of documents, solvers, parsers, the world's holidays, the other database's dialect."""
    cold.prepare(tmp_path)

    assert [] == race(("cold:make_app",), tmp_path, rounds=1)["cold:make_app"].told["heavy"]
