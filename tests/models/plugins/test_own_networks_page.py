"""The page about own networks against the code: every key of a card, every value of an option, its card."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from models.plugins import adapt, cards

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "own-networks.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.*) \|$", PAGE, re.MULTILINE)


def test_every_key_is_documented_and_every_documented_key_exists() -> None:
    keys = [key for names, _ in ROWS for key in re.findall(r"`(\w+)`", names)]
    assert sorted(keys) == sorted(cards._KEYS)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("padding", adapt.PADDINGS),
        ("inputs", (adapt.SEPARATE, adapt.CONCATENATED)),
        ("channels", (adapt.YCBCR,)),
        ("precision", cards._PRECISIONS),
    ],
)
def test_every_value_of_an_option_is_documented(key: str, values: tuple[str, ...]) -> None:
    said = next(text for names, text in ROWS if names == f"`{key}`")
    assert set(re.findall(r'`"(\w+)"`', said)) == set(values)


def test_its_cards_have_known_keys() -> None:
    found = [
        tomllib.loads(text) for text in re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    ]
    assert found
    for card in found:
        assert {"title", "module"} <= set(card) <= set(cards._KEYS)
