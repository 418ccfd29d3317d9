"""The EHR's look: taken over where it can be nothing but a look, and where people can still read."""

import pytest

from app.edges.http import Transport
from app.settings import Issuer
from launch.smart.styles import Styles, contrast
from tests.edges.wire import answer, wire

FINE = {"color_background": "#fafafa", "color_error": "#9e1a1a", "color_highlight": "#134a86", "dim_font_size": "14px"}


class Clock:
    """Seconds that a test moves."""

    now = 100.0

    def __call__(self):
        return self.now


def styles_of(ehr, clock=None):
    """Return a function from a path to the style there."""
    styles = Styles(Transport(allow_loopback=True), allow_loopback=True, monotonic=clock or Clock())
    issuer = Issuer(slug="x", fhir_base=ehr.base, client_id="parley", auth="public")
    return lambda path="/style.json": dict(styles(ehr.base.removesuffix("/fhir") + path, issuer))


def style_of(told):
    """Return what is kept of a style."""
    with wire(answer(200, told, kind="application/json")) as ehr:
        return styles_of(ehr)()


def test_a_readable_style_is_taken_over():
    """Colours, a size and a font."""
    fonts = {"font_family_body": "'Segoe UI', Roboto, sans-serif"}

    assert FINE | fonts == style_of(FINE | fonts)


@pytest.mark.parametrize(
    "value",
    [
        "red; } body { display: none",
        "url(https://evil.example)",
        "#12345",
        "#1234567",
        "expression(1)",
        7,
        None,
        ["#fff"],
    ],
)
def test_a_value_that_is_no_colour_is_dropped(value):
    """Only what can be nothing but a colour reaches our stylesheet (CSS injection)."""
    assert {} == style_of({"color_highlight": value, "color_unknown": "#000000"})


@pytest.mark.parametrize("font", ["a;b", "a}b", "'a", 'a"b', "a\nb", "@import", "a" * 200, "url(x)", ""])
def test_a_font_that_is_no_name_is_dropped(font):
    """A font family is names and commas; an open quote would swallow what follows."""
    assert {} == style_of({"font_family_body": font})


@pytest.mark.parametrize("size", ["11px", "20px", "14pt", "1e9px", "14px;"])
def test_a_size_outside_the_readable_is_dropped(size):
    """Twelve to nineteen pixels."""
    assert {} == style_of({"dim_font_size": size})


@pytest.mark.parametrize("paper", ["#000000", "#1f5f8b", "#bbbbbb"])
def test_a_paper_too_dark_for_our_ink_is_dropped(paper):
    """WCAG 1.4.3: our palest text keeps 4.5 to 1."""
    assert {} == style_of({"color_background": paper})


@pytest.mark.parametrize("accent", ["#ffff00", "#9bc", "#8c8c8c"])
def test_an_accent_that_cannot_be_read_is_dropped(accent):
    """Links and buttons keep 4.5 to 1 on their paper."""
    assert {} == style_of({"color_highlight": accent})


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000", "#ffffff", 21), ("#777777", "#fff", 4.48), ("#fff", "#fff", 1)]
)
def test_contrast_is_wcags(one, other, ratio):
    """WCAG 2.2, relative luminance; #777 on white is the well-known near miss."""
    assert ratio == pytest.approx(contrast(one, other), abs=0.005)


def test_a_style_is_fetched_once():
    """The URL is its version (SMART 2.2, styling)."""
    with wire(answer(200, FINE, kind="application/json")) as ehr:
        style = styles_of(ehr)

        assert [FINE, FINE] == [style(), style()]
        assert 1 == len(ehr.requests)


def test_a_style_elsewhere_is_not_fetched():
    """Only the EHR's own and pinned hosts are asked; another server hears nothing, though it would answer."""
    fine = answer(200, FINE, kind="application/json")
    with wire(fine) as ehr, wire(fine) as stranger:
        styles = Styles(Transport(allow_loopback=True), allow_loopback=True)
        issuer = Issuer(slug="x", fhir_base=ehr.base, client_id="parley", auth="public")

        assert {} == dict(styles(f"{stranger.base}/style.json", issuer))
        assert {} == dict(styles(None, issuer))
        assert [] == stranger.requests
        assert FINE == dict(styles(f"{ehr.base}/style.json", issuer))


def test_a_style_that_cannot_be_had_is_asked_for_again_later():
    """An outage costs one short wait in five minutes, not one at every page."""
    clock = Clock()
    with wire(answer(503, {}), answer(200, FINE, kind="application/json")) as ehr:
        style = styles_of(ehr, clock)
        assert [{}, {}] == [style(), style()]
        assert 1 == len(ehr.requests)
        clock.now += 300

        assert FINE == style()


@pytest.mark.parametrize("told", [{"color_highlight": "#134a86", "more": "x" * 64_000}, ["#134a86"]])
def test_a_style_of_no_size_or_shape_is_none(told):
    """64 KB at most, and an object."""
    assert {} == style_of(told)
