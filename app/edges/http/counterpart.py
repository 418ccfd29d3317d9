"""A FHIR server: an endpoint that is asked for resources and Bundles, and told of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.core.effects import WriteUnknown
from app.edges.http.endpoint import Endpoint, Params
from app.edges.http.errors import Endless, NotFhir, TooLarge
from app.edges.http.transport import Answer

_FHIR = "application/fhir+json"
_MOST_PAGES = 100


class Counterpart(Endpoint):
    """An endpoint that speaks FHIR JSON; `explain` reads its OperationOutcome."""

    def get(self, path: str, params: Params = ()) -> dict[str, Any]:
        """Return one resource or Bundle; asked up to three times. raises: what `errors` lists, never WriteUnknown."""
        return self._ask("GET", self.url_of(path, params)).json()

    def get_with_version(self, path: str) -> tuple[dict[str, Any], str | None]:
        """Return a resource and the ETag to send back as If-Match (its meta.versionId where no ETag came)."""
        answer = self._ask("GET", self.url_of(path))
        resource = answer.json()
        version = resource.get("meta", {}).get("versionId") if isinstance(resource.get("meta"), dict) else None
        return resource, answer.headers.get("ETag") or (f'W/"{version}"' if version else None)

    def batch(self, bundle: dict[str, Any]) -> dict[str, Any]:
        """Post a batch of reads: it changes nothing, so it may be asked again like any question."""
        return self._ask("POST", self.base, bundle).json()

    def question(self, path: str, body: dict[str, Any]) -> Answer:
        """Post an operation that changes nothing; asked up to three times like any question. raises: as `get`."""
        answer = self._ask("POST", self.url_of(path), body)
        if not answer.is_json:
            raise NotFhir(f"{self.who} answered with a page, not with data.")
        return answer

    def pages(self, first: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """
        Yield the pages of a searchset: `first`, then each by its next link, inside the base, no link twice.

        raises: Endless after 100 pages or when a link comes again, and whatever `get` raises; what was yielded stays
        """
        page, seen = first, set()
        while True:
            yield page
            url = _next_of(page)
            if url is None:
                return
            if url in seen or len(seen) >= _MOST_PAGES - 1:
                raise Endless
            seen.add(url)
            page = self.get(url)

    def write(
        self,
        method: str,
        path: str,
        resource: dict[str, Any] | list[dict[str, Any]],
        *,
        if_match: str | None = None,
        if_none_exist: str | None = None,
    ) -> Answer:
        """
        Send a write once, and return its 2xx answer (whose body may be missing: `whole`, `is_json`).

        resource: for PATCH the operations of a JSON Patch

        raises: WriteUnknown when it may have been done, Down when it certainly was not, else the refusal by name
        """
        headers = {"Prefer": "return=representation", **_headers(resource)}
        if method == "PATCH":
            headers["Content-Type"] = "application/json-patch+json"
        if if_match:
            headers["If-Match"] = if_match
        if if_none_exist:
            headers["If-None-Exist"] = if_none_exist
        answer = self.tell(method, self.url_of(path), body=_bytes(resource), headers=headers)
        if answer.whole and answer.body and not answer.is_json:
            # 200 with a login page: a gateway spoke, not the server.
            raise WriteUnknown from NotFhir(f"{self.who} answered with a page, not with data.")
        if _tells_an_error(answer):  # some servers say 200 to everything
            raise WriteUnknown
        return answer

    def _ask(self, method: str, url: str, body: dict[str, Any] | None = None) -> Answer:
        return self.ask(method, url, body=_bytes(body), headers=_headers(body))


def _tells_an_error(answer: Answer) -> bool:
    """Whether the body of a 2xx is an OperationOutcome of an error."""
    try:
        body = answer.json() if b"OperationOutcome" in answer.body else {}
    except (NotFhir, TooLarge):
        return False
    issues = body.get("issue") if body.get("resourceType") == "OperationOutcome" else None
    told = [each for each in issues if isinstance(each, dict)] if isinstance(issues, list) else []
    return any(each.get("severity") in ("error", "fatal") for each in told)


def _bytes(body: dict[str, Any] | list[dict[str, Any]] | None) -> bytes | None:
    return None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _headers(body: object | None) -> Mapping[str, str]:
    return {"Accept": _FHIR, **({} if body is None else {"Content-Type": _FHIR})}


def _next_of(page: dict[str, Any]) -> str | None:
    links = page.get("link")
    for each in links if isinstance(links, list) else ():
        if isinstance(each, dict) and each.get("relation") == "next" and isinstance(each.get("url"), str):
            return each["url"]
    return None
