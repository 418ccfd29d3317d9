"""The rule book of each tenant: what was read at start, with the tenant's own edits over it as they stand now."""

import threading
from collections.abc import Callable
from typing import Any

from app.core.rulebook.edits import RuleEdit
from app.edges.rulebook import RuleBook
from app.flow.ports import RuleEdits


class SiteRules:
    """
    Hands out rule books.

    A book is built again only when its tenant's edits have changed: asking costs one look at an index, and whoever
    never asks for a rule pays nothing. So an edit counts in every process from the next request on.
    """

    def __init__(self, beneath: RuleBook, edits: RuleEdits) -> None:
        self.beneath, self._edits = beneath, edits
        self._books: dict[str, RuleBook] = {}
        self._lock = threading.Lock()

    def of(self, tenant: str) -> "LateRules":
        """Return the tenant's rules as they will stand when they are first asked for; the same from then on."""
        return LateRules(lambda: self._book(tenant))

    def _book(self, tenant: str) -> RuleBook:
        version = self._edits.rules_version(tenant)
        with self._lock:
            kept = self._books.get(tenant, self.beneath)
        if kept.version == version:
            return kept
        book = self.beneath.edited(self._edits.rule_edits(tenant))
        with self._lock:
            self._books[tenant] = book
        return book


class LateRules:
    """
    A rule book that is looked up at the first question (ports.Rules): one page, or one pass, sees one book.

    Its earlier states are kept for as long as it lives, since a pass asks for the same ones over and over.
    """

    def __init__(self, look_up: Callable[[], RuleBook]) -> None:
        self._look_up, self._found, self._lock = look_up, None, threading.Lock()
        self._past: dict[int, RuleBook] = {}

    def at(self, version: int) -> RuleBook:
        """Return the book as it was when this edit was the latest."""
        if version not in self._past:
            self._past[version] = self._book().at(version)
        return self._past[version]

    def tried(self, edit: RuleEdit) -> "LateRules":
        """Return the book with one more edit; raises Unfit at once."""
        book = self._book().tried(edit)
        return LateRules(lambda: book)

    def anew(self) -> "LateRules":
        """Return the book as it stands by now."""
        return LateRules(self._look_up)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book(), name)

    def _book(self) -> RuleBook:
        with self._lock:
            if self._found is None:
                self._found = self._look_up()
            return self._found
