"""What a page is made of, and what is wrong with it by the house's own rules."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
FIELDS = frozenset({"input", "select", "textarea"})
URLS = ("href", "src", "action", "hx-get", "hx-post", "hx-put", "hx-delete", "hx-patch", "formaction", "data", "poster")


@dataclass
class Node:
    """One element: its name, attributes, and what stands in it."""

    tag: str
    attributes: dict[str, str]
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the words in it, on one line."""
        return " ".join(" ".join([*self.texts, *(each.text for each in self.children)]).split())

    @property
    def above(self) -> Iterator["Node"]:
        """Yield what it stands in, nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def all(self, *tags: str) -> list["Node"]:
        """Return every element below, of these names if any are given, in order."""
        found = []
        for each in self.children:
            found += ([each] if not tags or each.tag in tags else []) + each.all(*tags)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.at = Node("", {})

    def handle_starttag(self, tag: str, attrs: list) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.at = self.at.parent

    def handle_endtag(self, tag: str) -> None:
        for node in (self.at, *self.at.above):
            if node.tag == tag and node.parent is not None:
                self.at = node.parent
                return

    def handle_data(self, data: str) -> None:
        self.at.texts.append(data)


def read(html: str) -> Node:
    """Return the document's root."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


def faults_of_page(html: str) -> list[str]:
    """Return what a whole page does wrong, in words; none when all is well."""
    root = read(html)
    return [*_faults_of_head(root), *faults_of_part(html)]


def faults_of_part(html: str) -> list[str]:
    """Return what a page or a part of one does wrong: forms, labels, ids, inline script, addresses."""
    root = read(html)
    found: list[str] = []
    for check in (_forms, _labels, _errors, _ids, _inline, _addresses):
        found += check(root)
    return found


def _faults_of_head(root: Node) -> Iterator[str]:
    headings = root.all("h1")
    titles = [each for head in root.all("head") for each in head.all("title")]  # a picture may have titles of its own
    if len(headings) != 1:
        yield f"{len(headings)} h1"
    elif len(titles) != 1 or not titles[0].text.startswith(headings[0].text):
        yield f"the title does not begin with the heading “{headings[0].text}”"
    if not root.all("main"):
        yield "no main"
    if not any(each.tag == "html" and each.attributes.get("lang") for each in root.children):
        yield "no language"
    if [each for each in root.all("body") if each.attributes.get("hx-history") != "false"]:
        yield "htmx may keep this page"


def _forms(root: Node) -> Iterator[str]:
    lent = {each.attributes.get("form") for each in root.all("button")}  # buttons that stand outside their form
    for form in root.all("form"):
        method = form.attributes.get("method")
        names = {each.attributes.get("name") for each in form.all("input")}
        if not form.attributes.get("action") or method not in ("get", "post"):
            yield f"a form without action or method: {form.attributes}"
        if method == "post" and "csrf_token" not in names:
            yield f"no token in the form to {form.attributes.get('action')}"
        if form.attributes.get("hx-post", form.attributes.get("action")) != form.attributes.get("action"):
            yield f"htmx sends {form.attributes.get('action')} elsewhere"
        if not form.all("button") and form.attributes.get("id", "") not in lent:
            yield f"no button in the form to {form.attributes.get('action')}"
        if any(each.tag == "form" for each in form.above):
            yield "a form in a form"


def _labels(root: Node) -> Iterator[str]:
    named = {each.attributes.get("for") for each in root.all("label")}
    for each in root.all(*FIELDS):
        inside = any(above.tag == "label" for above in each.above)
        if each.attributes.get("type") == "hidden" or inside or "aria-label" in each.attributes:
            continue
        if not each.attributes.get("id") or each.attributes["id"] not in named:
            yield f"no label for {each.attributes.get('name')}"
    for each in root.all("button", "a"):
        if not each.text and "aria-label" not in each.attributes:
            yield f"nothing on a {each.tag}"


def _errors(root: Node) -> Iterator[str]:
    """A reason that no field names is read by nobody who goes through the fields one by one."""
    tied = {id for each in root.all() for id in each.attributes.get("aria-describedby", "").split()}
    for each in root.all():
        if "field__wrong" in each.attributes.get("class", "").split() and each.attributes.get("id") not in tied:
            yield f"no field says that it was refused by “{each.text}”"


def _ids(root: Node) -> Iterator[str]:
    ids = Counter(each.attributes["id"] for each in root.all() if "id" in each.attributes)
    yield from (f"id {name} stands {count} times" for name, count in ids.items() if count > 1)
    for each in root.all():
        for name in ("for", "aria-describedby", "aria-errormessage", "aria-labelledby"):
            for missing in set(each.attributes.get(name, "").split()) - ids.keys():
                yield f"{each.tag} {name} names {missing}, which is not there"
        link = each.attributes.get("href", "")
        if each.tag == "a" and link.startswith("#") and link[1:] not in ids:
            yield f"a link to {link}, which is not there"


def _inline(root: Node) -> Iterator[str]:
    for each in root.all():
        if each.tag in ("style", "iframe", "object", "embed", "base") or (
            each.tag == "script" and (not each.attributes.get("src") or each.text)
        ):
            yield f"a {each.tag} in the page"
        for name in each.attributes:
            if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
                yield f"{name} on a {each.tag}"
        if each.tag == "meta" and each.attributes.get("http-equiv", "").lower() == "refresh":
            yield "a refreshing meta"


def _addresses(root: Node) -> Iterator[str]:
    for each in root.all():
        for name in URLS:
            address = each.attributes.get(name)
            if address is None or (each.tag, name, address) == ("link", "href", "data:,"):
                continue
            parts = urlsplit(address)
            if parts.netloc and parts.scheme in ("http", "https") and _is_source(each, name):
                continue
            if parts.netloc or parts.scheme not in ("", "tel"):
                yield f"{name} of a {each.tag} leads to {parts.scheme}://{parts.netloc}"


def _is_source(node: Node, name: str) -> bool:
    """Whether it is a link to where a rule was read: in a window of its own, which learns nothing of the page."""
    rel = set(node.attributes.get("rel", "").split())
    inside = node.parent is not None and node.parent.attributes.get("class") == "source"
    apart = node.attributes.get("target") == "_blank" and {"noreferrer", "noopener"} <= rel
    return (node.tag, name) == ("a", "href") and inside and apart
