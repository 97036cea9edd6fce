"""The address and the state: what goes out comes back, and nonsense falls back with a sentence."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from dashboard.explore.state import KEYS, Parsed, ViewState, from_query, to_query
from dashboard.shared.query import choose

SHAPE = (200, 256)
PIXEL = (90, 120)


def read(**query: str) -> Parsed:
    return from_query(query, "c", "m", SHAPE, PIXEL)


@pytest.mark.parametrize(
    "state",
    [
        ViewState("c", "m", 0, 0),
        ViewState("c", "m", 199, 255, gamma1=0.1, gamma2=2.0, scale="signed"),
        ViewState("c", "m", 90, 120, gamma1=0.3, gamma2=1.7),
        ViewState("c", "m", 90, 120, pin=True, theme="light"),
        ViewState("c", "m", 90, 120, theme="dark"),
        ViewState("c", "m", 90, 120, coded="split", omega=0.35, hue="0"),
        ViewState("c", "m", 90, 120, coded="colour", omega=0.0),
    ],
)
def test_round_trip(state: ViewState) -> None:
    query = dict(parse_qsl(to_query(state)))
    assert tuple(query) == tuple(key for key in KEYS if key in query)
    assert set(KEYS) - set(query) <= {"brush", "pin", "coded", "hue", "theme"}
    assert read(**query) == Parsed(state)


def test_empty_query_is_the_default_without_a_notice() -> None:
    assert read() == Parsed(ViewState("c", "m", *PIXEL))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("y", "200"),
        ("y", "-1"),
        ("y", "zz"),
        ("y", ""),
        ("y", "1.5"),
        ("y", "٣"),
        ("y", "9" * 400),
        ("x", "256"),
        ("x", "1e3"),
        ("gamma1", "0"),
        ("gamma1", "2.1"),
        ("gamma1", "nan"),
        ("gamma1", "inf"),
        ("gamma2", "<script>alert(1)</script>"),
        ("scale", "rainbow"),
        ("pin", "yes"),
        ("pin", "<img src=x onerror=alert(1)>"),
        ("coded", "rainbow"),
        ("omega", "1.2"),
        ("omega", "nan"),
        ("omega", "much"),
        ("hue", "2"),
        ("theme", "blue"),
        ("theme", '"><script>alert(1)</script>'),
    ],
)
def test_nonsense_falls_back_and_says_so(key: str, value: str) -> None:
    parsed = read(**{key: value})
    assert parsed.state == ViewState("c", "m", *PIXEL)
    (sentence,) = parsed.notices
    assert key in sentence
    assert value[:40] in sentence
    assert len(sentence) < 250


def test_every_bad_value_has_its_own_sentence() -> None:
    assert len(read(y="a", x="b", gamma1="c", gamma2="d", scale="e").notices) == 5


@pytest.mark.parametrize(("text", "gamma"), [("0.1", 0.1), ("2", 2.0), ("0.34", 0.3), ("1.96", 2.0)])
def test_gamma_takes_the_nearest_step(text: str, gamma: float) -> None:
    assert read(gamma1=text).state.gamma1 == gamma
    assert read(gamma1=text).notices == ()


def test_unknown_keys_are_ignored() -> None:
    assert read(brushes="x", utm_source="y") == Parsed(ViewState("c", "m", *PIXEL))


def test_choose() -> None:
    notices: list[str] = []
    assert choose({}, "method", ["a", "b"], "b", notices) == "b"
    assert choose({"method": "a"}, "method", ["a", "b"], "b", notices) == "a"
    assert notices == []
    assert choose({"method": "../x"}, "method", ["a", "b"], "b", notices) == "b"
    assert "../x" in notices[0]
    assert "a, b" in notices[0]
