"""
A town in a process of its own, so that all it says can be heard; run by test_privacy.py.

Logs as production sets them up, and whatever of INFO a library has to say to a site that asks for it. Prints where it
is; on the end of its input it prints every token that the EHR has handed out, and ends.
"""

import json
import logging
import sys
import threading

from launch.logs import set_up_logs
from launch.sandbox.tokens import Tokens
from tests.journeys.town import open_town


def main() -> None:
    """Run until stdin ends."""
    tokens: list[str] = []
    keep = Tokens._keep

    def keep_and_remember(self: Tokens, into: dict, *rest) -> str:
        value = keep(self, into, *rest)
        if into is not self._codes:  # a code travels through the browser, once
            tokens.append(value)
        return value

    Tokens._keep = keep_and_remember
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    set_up_logs()
    with open_town() as town:
        print(json.dumps([town.ehr, town.app, str(town.folder)]), flush=True)
        sys.stdin.read()
        print(json.dumps(tokens), flush=True)
    assert [threading.main_thread()] == threading.enumerate(), "something is left running"


if __name__ == "__main__":
    main()
