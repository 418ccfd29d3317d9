"""
One base URL and the right to speak to it: what is asked may be asked again, what is told is told once.

The credential goes to URLs inside the base and nowhere else, whatever a Bundle's next link or a Location says.
"""

import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlencode, urljoin, urlsplit

from app.core.effects import WriteUnknown
from app.edges.http.errors import Busy, CutShort, Down, Endless, NotFhir, OutsideBase, TooLarge
from app.edges.http.refusal import Explain, refusal_of
from app.edges.http.transport import Answer, Transport
from app.errors import Misconfigured, ParleyError

Params = Iterable[tuple[str, str]]
# Returns the token to use, given the one that was just answered with 401 (else None): then another, if it can.
Token = Callable[[str | None], str]
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST_WAIT_SECONDS = 0.25
_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
_MOST_STEPS = 5  # along redirects
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    accept: Collection[int]


class Endpoint:
    """
    A server at `base`, spoken to with `token` (None: no authorization), sent as `scheme` says.

    who: how it is named to people ("The EHR"). explain: reads its error bodies; without one, status codes speak.
    setting: what holds the base, for the message. raises: Misconfigured for a base that is not https (http only on
    loopback, where that is allowed)
    """

    def __init__(
        self,
        base: str,
        transport: Transport,
        *,
        token: Token | None = None,
        who: str = "The EHR",
        explain: Explain | None = None,
        sleep: Callable[[float], None] = time.sleep,
        scheme: str = "Bearer",
        setting: str = "fhir_base",
    ) -> None:
        parts = urlsplit(base)
        on_loopback = transport.allow_loopback and parts.hostname in _LOOPBACK
        if (
            not parts.hostname
            or parts.username
            or parts.scheme not in (("https", "http") if on_loopback else ("https",))
        ):
            raise Misconfigured(setting, "is not an https address")
        self.base = base.rstrip("/")
        self.who = who
        self._transport, self._token, self._explain, self._sleep = transport, token, explain, sleep
        self._scheme = scheme

    def url_of(self, path: str, params: Params = ()) -> str:
        """
        Return the absolute URL of a path, or of an absolute URL inside the base.

        params: pairs, percent-encoded whole (| and / too: a proxy that collapses // finds nothing, silently)
        raises: OutsideBase
        """
        url = urljoin(self.base + "/", path)
        theirs, ours = urlsplit(url), urlsplit(self.base)
        same = _origin(theirs) == _origin(ours)
        steps = unquote(theirs.path).replace("\\", "/").split("/")
        if not same or theirs.username or ".." in steps or not f"{theirs.path}/".startswith(f"{ours.path}/"):
            raise OutsideBase
        query = urlencode(list(params), quote_via=quote, safe="")
        return url if not query else f"{url}{'&' if theirs.query else '?'}{query}"

    def has(self, url: str) -> bool:
        """Whether an absolute URL lies inside the base."""
        try:
            return bool(self.url_of(url))
        except (OutsideBase, ValueError):
            return False

    def ask(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        accept: Collection[int] = (),
    ) -> Answer:
        """
        Ask what changes nothing, up to three times, and return the whole 2xx answer, or one whose status is accepted.

        raises: what `errors` lists, never WriteUnknown
        """
        question = _Question(method, url, body, headers, accept)
        ends_at = time.monotonic() + self._transport.limits.total_seconds
        for attempts_left in reversed(range(self._transport.limits.tries)):
            answer, problem, wait = self._try(question, ends_at)
            if problem is None:
                return answer
            wait = random.random() * _FIRST_WAIT_SECONDS * 4 ** (2 - attempts_left) if wait is None else wait  # noqa: S311
            if not attempts_left or time.monotonic() + wait >= ends_at:
                break
            self._sleep(wait)
        raise problem

    def ask_along(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        accept: Collection[int] = (),
    ) -> tuple[Answer, str]:
        """
        Ask, and go along where the server sends us as long as that lies inside the base; return also where it was.

        raises: as `ask`; OutsideBase, Endless
        """
        for _ in range(_MOST_STEPS):
            answer = self.ask(method, url, body=body, headers=headers, accept=_ELSEWHERE | set(accept))
            if answer.status not in _ELSEWHERE:
                return answer, url
            url = self.url_of(urljoin(url, answer.headers.get("Location", "")))
        raise Endless

    def tell(self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Answer:
        """
        Send a write once, and return its 2xx answer, whose body may be missing.

        raises: WriteUnknown when it may have been done, Down when it certainly was not, else the refusal by name
        """
        try:
            answer = self._send(method, url, body, headers)
        except Down as problem:
            if not problem.sent:
                raise
            raise WriteUnknown from problem
        except TooLarge as problem:
            raise WriteUnknown from problem
        refusal = self._refusal(answer)
        if isinstance(refusal, NotFhir) or (isinstance(refusal, Down) and not isinstance(refusal, Busy)):
            raise WriteUnknown(retry_after_seconds=refusal.retry_after_seconds) from refusal
        if refusal is not None:
            raise refusal
        return answer

    def _refusal(self, answer: Answer) -> ParleyError | None:
        return refusal_of(answer, who=self.who, explain=self._explain)

    def _try(self, question: _Question, ends_at: float) -> tuple[Answer | None, ParleyError | None, float | None]:
        """Return (answer, None, None), or (None, a problem worth another try, seconds asked for); raise all others."""
        try:
            answer = self._send(question.method, question.url, question.body, question.headers, ends_at=ends_at)
        except Down as problem:
            if not problem.again:
                raise
            return None, problem, None
        if not answer.whole and answer.status < 300:
            return None, CutShort("The answer ended before it was whole."), None
        problem = None if answer.status in question.accept else self._refusal(answer)
        if problem is None:
            return answer, None, None
        if answer.status not in _AGAIN or not getattr(problem, "again", True):
            raise problem
        return None, problem, answer.retry_after_seconds

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        ends_at: float | None = None,
    ) -> Answer:
        """Send with the credential; on 401, which means that nothing was done, once more with another token."""
        kind = urlsplit(url).path[len(urlsplit(self.base).path) :].strip("/").partition("/")[0]

        def once(token: str | None) -> Answer:
            authorized = {**headers, "Authorization": f"{self._scheme} {token}"} if token else headers
            return self._transport.exchange(method, url, headers=authorized, body=body, ends_at=ends_at, kind=kind)

        token = self._token(None) if self._token else None
        answer = once(token)
        if answer.status == 401 and self._token and (renewed := self._token(token)) != token:
            return once(renewed)
        return answer


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
