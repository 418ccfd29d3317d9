"""A person without a browser: launches over real HTTP, reads pages, fills in and sends their forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests
from requests.cookies import RequestsCookieJar

SECONDS = 30


@dataclass
class Form:
    """One form of a page: where it goes and what stands in it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


class _Forms(HTMLParser):
    """Collects the forms that change something, with what stands in their fields and on their buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open, self._select, self._in_button = None, None, False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post":
            self._open = Form(given["action"])
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "button":
            self._in_button = True
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option":
            if "selected" in given or self._select not in self._open.fields:
                self._open.fields[self._select] = given.get("value") or ""
        elif tag == "input" and given.get("name"):
            chosen = given.get("type") not in ("radio", "checkbox") or "checked" in given
            if chosen:
                self._open.fields[given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "button":
            self._in_button = False

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._in_button:
            self._open.button += data


def forms_of(html: str) -> list[Form]:
    """Return the forms of a page that change something."""
    reader = _Forms()
    reader.feed(html)
    return reader.forms


class LoopbackJar(RequestsCookieJar):
    """Gives Secure cookies back to loopback over http, as browsers do."""

    def set_cookie(self, cookie, *args, **kwargs):
        """Keep a cookie."""
        cookie.secure = False
        return super().set_cookie(cookie, *args, **kwargs)


class Guest:
    """One launch: its cookies, and where it landed."""

    def __init__(self, town, user: str, **launch: str) -> None:
        """launch: as the EHR's own /launch takes it (patient, claimresponse, …); none opens the worklist."""
        self.http = requests.Session()
        self.http.cookies = LoopbackJar()
        self.app = town.app
        landed = self.http.get(f"{town.ehr}/launch", params={"user": user, **launch}, timeout=SECONDS)
        assert 200 == landed.status_code, f"{landed.status_code} at {urlsplit(landed.url).path.split('/')[1]}"
        self.landed = landed
        self.base = "/".join(landed.url.split("/")[:5]) + "/"

    def get(self, path: str, **more) -> requests.Response:
        """Read a page of this launch; path relative to it, or absolute as a link has it."""
        return self.http.get(urljoin(self.base, path), timeout=SECONDS, **more)

    def form(self, page: requests.Response, begins: str, *, nth: int = 0) -> Form:
        """Return a form of the page whose button begins so; past the last one it begins again at the first."""
        found = [each for each in forms_of(page.text) if " ".join(each.button.split()).startswith(begins)]
        assert found, f"no button begins with {begins!r}"
        return found[nth % len(found)]

    def send(self, form: Form, **fields: str) -> requests.Response:
        """Send a form as a browser would, some fields changed; follows to the page that comes of it."""
        headers = {"Origin": self.app, "Sec-Fetch-Site": "same-origin"}
        return self.http.post(
            urljoin(self.base, form.action), data=form.fields | fields, headers=headers, timeout=SECONDS
        )
