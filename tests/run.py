"""
Runs the suite: `python -m tests.run`, which `make test` calls.

A browser's journey that fails beside the other worker is walked once more, alone and in a town of its own (decision
0039). Both walks are printed. Any other failing test, or more than a few journeys, ends the run at once;
`make nightly` walks nothing twice.
"""

import os
import subprocess
import sys

import pytest

TOGETHER = ["-n", "2", "--dist", "loadfile"]
JOURNEYS = "tests/journeys/"
MOST_WALKED_AGAIN = 3


class Failures:
    """Keeps the names of the tests that failed, in any of the workers."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.nodeid not in self.names:
            self.names.append(report.nodeid)


def walked_again(code: int, failed: list[str], *, nightly: bool) -> list[str]:
    """Return the tests that get a second, quiet walk: all that failed, or none of them."""
    few = 0 < len(failed) <= MOST_WALKED_AGAIN
    journeys = all(name.startswith(JOURNEYS) for name in failed)
    return failed if code == pytest.ExitCode.TESTS_FAILED and few and journeys and not nightly else []


def main() -> int:
    """Run all, and return what the process ends with."""
    failures = Failures()
    code = pytest.main(TOGETHER + sys.argv[1:], plugins=[failures])
    again = walked_again(code, failures.names, nightly="PARLEY_NIGHTLY" in os.environ)
    if not again:
        return code
    print("failed beside the other worker; walked once more, alone:", *again, sep="\n  ", flush=True)
    # A process of its own: nothing of the first walk, not its browser and not its town, is in the second.
    return subprocess.run([sys.executable, "-m", "pytest", *again], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
