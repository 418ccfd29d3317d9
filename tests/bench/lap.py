"""
One lap in a fresh process: `python -m tests.bench.lap MODULE:FUNCTION FOLDER`; its result as one line of JSON.

Imports next to nothing: what a lap measures may be an import.
"""

import json
import sys
from importlib import import_module
from pathlib import Path


def peak_mib() -> float:
    """Return the most memory this process has held. ru_maxrss would tell the parent's where that was more."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    module, _, function = sys.argv[1].partition(":")
    lap = getattr(import_module(f"tests.bench.{module}"), function)(Path(sys.argv[2]))
    print(json.dumps({**lap, "memory_mib": round(peak_mib(), 1)}))
