"""The FHIR interactions themselves: one call in, one answer out, whether it came by HTTP or inside a batch."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from launch.sandbox.access import Access
from launch.sandbox.call import Call, body_of, if_match, versioned
from launch.sandbox.json_patch import apply_patch
from launch.sandbox.outcome import Answer, FhirError, invalid, issue, not_supported, outcome
from launch.sandbox.profiles import Profile, Write
from launch.sandbox.search import find, included, read_query
from launch.sandbox.searchset import Searches, history_bundle, searchset
from launch.sandbox.store import Store
from launch.sandbox.validation import check_references, check_rules, check_shape

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")


class Interactions:
    """A FHIR server over a store, as one profile offers it. Raises FhirError for every refusal."""

    def __init__(self, store: Store, profile: Profile, searches: Searches) -> None:
        self.store, self.profile, self.searches = store, profile, searches

    def answer(self, call: Call, access: Access) -> Answer:
        """Answer one call on a type or an instance."""
        run, *given = self._route(call)
        return run(call, access, *given)

    def _route(self, call: Call) -> tuple:
        kind, *rest = call.parts or ("",)
        shape = tuple(rest)
        if rest and not rest[0].startswith(("_", "$")):
            shape = ("id", *rest[1:2], *("version" for _ in rest[2:]))
        verbs: dict[str, Callable] = {
            (): {"GET": self.search, "POST": self.create},
            ("_search",): {"POST": self.search},
            ("id",): {"GET": self.read, "PUT": self.update, "PATCH": self.patch, "DELETE": self.delete},
            ("id", "_history"): {"GET": self.history},
            ("id", "_history", "version"): {"GET": self.vread},
        }.get(shape, {})
        if kind not in self.profile.interactions or not verbs:
            raise not_supported(f"/{'/'.join(call.parts)}")
        if call.method not in verbs:
            raise not_supported(f"{call.method} /{'/'.join(call.parts)}", status=405)
        if shape[:1] == ("id",) and not ID.match(rest[0]):
            raise invalid("not a FHIR id")
        return verbs[call.method], *(part for part in call.parts if not part.startswith("_"))

    # -- reading ---------------------------------------------------------------------------------------------
    def read(self, call: Call, access: Access, kind: str, key: str) -> Answer:
        """Read one; If-None-Match answers 304; a Binary in its own format where that is asked for."""
        self.profile.require(kind, "read")
        limit = access.require(kind, "r")
        resource = access.check_read(self.store.read(kind, key), limit)
        headers = versioned(resource)
        if call.headers.get("if-none-match") == headers["ETag"]:
            return Answer(304, headers=headers)
        wanted = call.headers.get("accept", "*/*")
        if kind == "Binary" and "json" not in wanted and "*/*" not in wanted:
            return Answer(
                200, headers=headers, raw=(base64.b64decode(resource.get("data", "")), resource["contentType"])
            )
        return Answer(200, resource, headers)

    def vread(self, call: Call, access: Access, kind: str, key: str, version: str) -> Answer:
        """Read one version."""
        self.profile.require(kind, "vread")
        limit = access.require(kind, "r")
        resource = access.check_read(self.store.vread(kind, key, version), limit)
        return Answer(200, resource, versioned(resource))

    def history(self, call: Call, access: Access, kind: str, key: str) -> Answer:
        """List the versions of one, newest first."""
        self.profile.require(kind, "history-instance")
        limit = access.require(kind, "r")
        versions = self.store.history(kind, key)
        access.check_read(next(version for version in versions if not version.get("_deleted")), limit)
        return Answer(200, history_bundle(versions, base=call.base))

    def search(self, call: Call, access: Access, kind: str) -> Answer:
        """Search one type, or turn a page."""
        self.profile.require(kind, "search-type")
        limit = access.require(kind, "s")
        asked = dict(call.pairs)
        if "_page" in asked:
            found = self.searches.turn(asked["_page"], kind, access.reader)
            offset = int(asked["_offset"]) if asked.get("_offset", "").isdecimal() else 0
            return self._page(call, access, found.query, found.matches, offset=offset, token=asked["_page"])
        strict = call.prefers("handling=strict")
        rules = self.profile.rules[kind]
        query = read_query(kind, call.pairs, rules, store=self.store, base=call.base, strict=strict)
        self.profile.check_search(query, call.pairs)
        matches = find(self.store, query, patient=limit)
        most = self.profile.most_matches
        if most is not None and len(matches) > most:
            raise FhirError(400, "too-costly", f"more than {most} results; narrow the search", number="4127")
        more = not query.count_only and len(matches) > query.count
        token = self.searches.keep(query, matches, access.reader) if more else None
        return self._page(call, access, query, matches, token=token)

    def _page(self, call: Call, access: Access, query, matches, *, offset: int = 0, token: str | None) -> Answer:
        number = "59100" if self.profile.numbered else None
        issues = [issue("warning", "not-supported", notice, number=number) for notice in query.notices]
        if self.profile.numbered and not matches:
            issues.append(issue("warning", "not-found", "the request returned no results", number="4101"))

        def may(resource: dict) -> bool:
            return self.profile.offers(resource["resourceType"], "read") and access.may_see(resource)

        def include(page: list[dict]) -> list[dict]:
            return included(self.store, page, query, base=call.base, may=may)

        bundle = searchset(
            query, matches, base=call.base, offset=offset, token=token, include=include, issues=tuple(issues)
        )
        return Answer(200, bundle)

    # -- writing ---------------------------------------------------------------------------------------------
    def create(self, call: Call, access: Access, kind: str) -> Answer:
        """Create one; If-None-Exist is honoured where the profile has conditional create, else it is ignored."""
        self.profile.require(kind, "create")
        limit = access.require(kind, "c")
        resource = body_of(call, kind)
        resource.pop("id", None)
        with self.store.lock:
            write = Write("create", resource, None, access.user, self.store)
            resource = self._checked(call, access, write, limit)
            condition = call.headers.get("if-none-exist")
            if condition and self.profile.conditional_create:
                existing = self.existing(call, access, kind, condition)
                if existing is not None:
                    return self._written(call, existing, 200)
            stored = self.store.create(resource, key=call.reserved)
            self.profile.effect(replace(write, resource=resource), stored)
        return self._written(call, stored, 201)

    def existing(self, call: Call, access: Access, kind: str, condition: str) -> dict | None:
        """Return what an If-None-Exist finds; 412 when it finds several, 400 when it says nothing."""
        pairs = tuple(parse_qsl(condition.rpartition("?")[2], keep_blank_values=True))
        rules = self.profile.rules[kind]
        query = read_query(kind, pairs, rules, store=self.store, base=call.base, strict=True)
        if not query.tests:
            raise invalid("If-None-Exist needs search parameters")
        found = find(self.store, query, patient=access.require(kind, "c"))
        if len(found) > 1:
            raise FhirError(412, "multiple-matches", "If-None-Exist matches more than one")
        return self.store.read(kind, found[0]["id"]) if found else None

    def update(self, call: Call, access: Access, kind: str, key: str) -> Answer:
        """Replace one; as a create where nothing stands yet and the profile allows it."""
        self.profile.require(kind, "update")
        limit = access.require(kind, "u")
        resource = body_of(call, kind)
        if resource.get("id") != key:
            raise invalid("the id of the body and of the URL differ")
        with self.store.lock:
            before = self._before(access, kind, key, limit)
            write = Write("update" if before else "create", resource, before, access.user, self.store)
            resource = self._checked(call, access, write, limit)
            stored = self.store.update(resource, if_match(call), stale=self.profile.stale)
            self.profile.effect(replace(write, resource=resource), stored)
        return self._written(call, stored, 200 if before else 201)

    def _before(self, access: Access, kind: str, key: str, limit: str | None) -> dict | None:
        if self.store.knows(kind, key):
            before = self.store.read(kind, key)
            access.check_write(before, limit)
            return before
        if self.profile.update_create:
            access.require(kind, "c")
            return None
        return self.store.read(kind, key)  # raises 404 or 410

    def patch(self, call: Call, access: Access, kind: str, key: str) -> Answer:
        """Change one by JSON Patch."""
        self.profile.require(kind, "patch")
        limit = access.require(kind, "u")
        if self.profile.patch_needs_match and not call.headers.get("if-match"):
            raise FhirError(428, "required", "If-Match is required to change a resource")
        with self.store.lock:
            before = self.store.read(kind, key)
            access.check_write(before, limit)
            after = apply_patch(before, call.body)
            if (after.get("resourceType"), after.get("id")) != (kind, key):
                raise invalid("a patch cannot change the type or the id")
            write = Write("patch", after, before, access.user, self.store)
            after = self._checked(call, access, write, limit)
            stored = self.store.update(after, if_match(call), stale=self.profile.stale)
            self.profile.effect(replace(write, resource=after), stored)
        return self._written(call, stored, 200)

    def delete(self, call: Call, access: Access, kind: str, key: str) -> Answer:
        """Delete one; again is fine."""
        self.profile.require(kind, "delete")
        limit = access.require(kind, "d")
        with self.store.lock:
            if self.store.knows(kind, key):
                access.check_write(self.store.stored(kind, key), limit)
            self.store.delete(kind, key)
        return Answer(204)

    def _checked(self, call: Call, access: Access, write: Write, limit: str | None) -> dict:
        """Return the resource as it will be stored; every reason to refuse it is looked for."""
        status = self.profile.invalid
        check_shape(write.resource, status=status)
        access.check_write(write.resource, limit)
        resource = self.profile.check_write(write)
        check_rules(resource, status=status)

        def knows(kind: str, key: str) -> bool:
            there = self.store.knows(kind, key) or f"{kind}/{key}" in call.pending
            return there and kind in self.profile.interactions

        check_references(resource, base=call.base, knows=knows)
        return resource

    def _written(self, call: Call, stored: dict, status: int) -> Answer:
        where = f"{call.base}/{stored['resourceType']}/{stored['id']}/_history/{stored['meta']['versionId']}"
        headers = versioned(stored) | {"Location": where}
        if self.profile.empty_answers or call.prefers("return=minimal"):
            return Answer(status, None, headers)
        if call.prefers("return=OperationOutcome"):
            return Answer(status, outcome(issue("information", "informational", "stored")), headers)
        return Answer(status, stored, headers)
