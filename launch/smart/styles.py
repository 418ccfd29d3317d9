"""The EHR's look (SMART style), fetched once a URL; only values that can be nothing but a colour or a size are kept."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.edges.http import Transport
from app.errors import ParleyError
from app.settings import Issuer
from launch.smart.hosts import distrust

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_FONT = r"(?:'[A-Za-z0-9 -]+'|[A-Za-z][A-Za-z0-9 -]*)"
_ALLOWED = {
    "color_background": _COLOUR,
    "color_error": _COLOUR,
    "color_highlight": _COLOUR,
    "dim_font_size": re.compile(r"1[2-9]px"),
    "font_family_body": re.compile(rf"(?=.{{1,120}}$){_FONT}(?:, ?{_FONT})*"),
}
PALEST_INK = "#545f6e"  # static/css/tokens.css --quiet
ENOUGH = 4.5
NOTHING: Mapping[str, str] = MappingProxyType({})
LARGEST_BYTES = 64_000
LONGEST_SECONDS = 2.0
SILENT_SECONDS = 300.0
MOST_KEPT = 64


class Styles:
    """Styles by URL; the URL is their version (SMART App Launch 2.2, styling)."""

    def __init__(
        self, transport: Transport, *, allow_loopback: bool, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport, self._allow_loopback, self._monotonic = transport, allow_loopback, monotonic
        self._kept: dict[str, tuple[Mapping[str, str], float]] = {}  # (style, the second it is asked for again)
        self._lock = threading.Lock()

    def __call__(self, url: str | None, issuer: Issuer) -> Mapping[str, str]:
        """Return the checked values; none where the EHR has no style or it cannot be trusted."""
        if not url or distrust(url, issuer, allow_loopback=self._allow_loopback):
            return NOTHING
        now = self._monotonic()
        with self._lock:
            style, until = self._kept.get(url, (NOTHING, 0.0))
            if now < until:
                return style
            # Said before it is true: while one asks, the others show their page without it.
            self._kept[url] = (style, now + SILENT_SECONDS)
        read = self._read(url)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[url] = (style, now + SILENT_SECONDS) if read is None else (read, float("inf"))
        return style if read is None else read

    def _read(self, url: str) -> Mapping[str, str] | None:
        """Return what of the style may be used, None when it cannot be had just now."""
        try:
            answer = self._transport.exchange(
                "GET",
                url,
                headers={"Accept": "application/json"},
                ends_at=time.monotonic() + LONGEST_SECONDS,
                kind="style",
            )
            if answer.status != 200 or len(answer.body) > LARGEST_BYTES:
                return None
            told = answer.json()
        except ParleyError:
            return None
        return readable(
            {
                key: value
                for key, pattern in _ALLOWED.items()
                if isinstance(value := told.get(key), str) and pattern.fullmatch(value)
            }
        )


def readable(style: dict[str, str]) -> Mapping[str, str]:
    """Drop colours that make text unreadable: our ink on their paper, their accent and error on it (WCAG 1.4.3)."""
    paper = style.get("color_background", "#ffffff")
    if contrast(paper, PALEST_INK) < ENOUGH:
        style.pop("color_background", None)
        paper = "#ffffff"
    for name in ("color_highlight", "color_error"):
        if name in style and min(contrast(style[name], paper), contrast(style[name], "#ffffff")) < ENOUGH:
            style.pop(name)
    return MappingProxyType(style)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two hex colours (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(each * 2 for each in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
