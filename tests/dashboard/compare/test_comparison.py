"""The state of the Compare page: every key restored, every senseless value named."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from dashboard.compare.state import KEYS, Choices, Comparison, from_query, to_query

CHOICES = Choices(
    cases=("small", "other"),
    methods=("a", "b", "c"),
    usual=("a", "b"),
    shape=(12, 20),
    pixel=(6, 10),
    regions={"spot": (3, 5)},
)
FULL = Comparison(
    case="small",
    methods=("c", "a"),
    y=11,
    x=19,
    region="spot",
    gamma1=0.3,
    gamma2=1.7,
    scale="signed",
    scope="method",
    jacobians="image",
    coded="colour",
    omega=0.35,
    mode="swipe",
    pair=("b", "c"),
    mix=73,
    case2="other",
    pin=True,
    theme="light",
)


def read(**query: str) -> tuple[Comparison, tuple[str, ...]]:
    return from_query(query, "small", CHOICES)


def test_every_key_survives_the_round_trip() -> None:
    query = dict(parse_qsl(to_query(FULL)))
    assert tuple(query) == KEYS
    assert from_query(query, "small", CHOICES) == (FULL, ())


def test_a_bare_link_shows_the_usual_rows_at_the_first_pixel() -> None:
    state, notices = read()
    assert (state.methods, state.y, state.x, notices) == (("a", "b"), 6, 10, ())
    assert from_query(dict(parse_qsl(to_query(state))), "small", CHOICES) == (state, ())


def test_a_region_without_a_pixel_starts_in_its_middle() -> None:
    state, _ = read(region="spot")
    assert (state.y, state.x) == (3, 5)
    state, _ = read(region="spot", y="1", x="2")
    assert (state.y, state.x) == (1, 2)


def test_known_methods_stay_in_their_order() -> None:
    state, notices = read(methods="c,nope,a,c")
    assert state.methods == ("c", "a")
    assert len(notices) == 1
    assert "nope" in notices[0]
    assert "a, b, c" in notices[0]


@pytest.mark.parametrize(
    ("key", "value", "fallback"),
    [
        ("methods", "", ("a", "b")),
        ("y", "12", 6),
        ("x", "-1", 10),
        ("region", "nowhere", ""),
        ("gamma1", "nan", 1.0),
        ("gamma2", "9", 1.0),
        ("scale", "loud", "published"),
        ("scope", "pixel", "shared"),
        ("jacobians", "both", "window"),
        ("coded", "split", ""),
        ("omega", "1.5", 0.6),
        ("mode", "morph", "blend"),
        ("pair", "a", ()),
        ("pair", "a,nope", ()),
        ("mix", "101", 50),
        ("case2", "small", ""),
        ("case2", "<script>", ""),
        ("pin", "yes", False),
        ("theme", "pink", ""),
    ],
)
def test_a_senseless_value_falls_back_and_is_named(key: str, value: str, fallback: object) -> None:
    state, notices = read(**{key: value})
    assert getattr(state, key) == fallback
    assert len(notices) == 1
    assert key in notices[0]


def test_every_key_is_part_of_the_state() -> None:
    assert set(KEYS) == set(Comparison.__match_args__)


def test_a_method_named_by_another_page_is_among_the_rows() -> None:
    assert from_query({"method": "b"}, "small", CHOICES)[0].methods == ("a", "b")
    assert from_query({"method": "c"}, "small", CHOICES)[0].methods == ("a", "b", "c")
    assert from_query({"method": "c", "methods": "a"}, "small", CHOICES)[0].methods == ("a",)
    state, notices = from_query({"method": "nope"}, "small", CHOICES)
    assert state.methods == CHOICES.usual
    assert "“nope” makes no sense" in notices[0]
