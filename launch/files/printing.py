"""One answer a file, as JSON or as lines for people; a file that cannot be read is named and hides no other."""

from collections.abc import Callable, Sequence
from typing import IO, Any, Protocol

import msgspec

from app.errors import BadInput
from launch.files.reading import complain, read_object, shown_name


class Answer(Protocol):
    """What a command makes of one file."""

    def as_json(self) -> dict[str, Any]:
        """Return it as the command's JSON."""
        ...

    def as_table(self) -> list[str]:
        """Return it as lines for people."""
        ...


def print_answers(
    names: Sequence[str],
    answer: Callable[[dict[str, Any]], Answer],
    *,
    json: bool,
    stdin: IO[Any],
    stdout: IO[str],
    stderr: IO[str],
) -> int:
    """Print the answer to every file; return 0, or 2 when one of them could not be read."""
    answers, status = [], 0
    for name in names:
        try:
            answers.append((name, answer(read_object(name, stdin=stdin))))
        except BadInput as error:
            complain(name, error, stderr=stderr)
            status = 2
    if json:
        found = [{"file": name, **each.as_json()} for name, each in answers]
        whole = found if len(names) > 1 else (answers[0][1].as_json() if answers else None)
        if whole is not None:
            print(msgspec.json.format(msgspec.json.encode(whole), indent=2).decode(), file=stdout)
        return status
    for name, each in answers:
        if len(names) > 1:
            print(f"{shown_name(name)}:", file=stdout)
        print("\n".join(each.as_table()), file=stdout)
    return status
