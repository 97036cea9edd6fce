"""Text stands out from what it is written on by WCAG 2.2's 4.5 : 1 (level AA) in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parents[3] / "assets" / "css" / "shared" / "variables.css").read_text()
PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-soft") for ground in ("ground", "panel", "raised")),
    *(("window-ink", ground) for ground in ("ground", "panel")),
    ("accent-ink", "accent"),
    ("warning-ink", "warning-ground"),
]


def colours(theme: str) -> dict[str, str]:
    """The colours of a theme by the name of their variable, those of every theme included."""
    blocks = re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL))
    own = [body for names, body in blocks if f'"{theme}"' in names or names.strip() == ":root"]
    found = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6}|var\(--[\w-]+\))", "".join(own)))
    return {name: found.get(value[6:-1], value) for name, value in found.items()}


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_is_readable(theme: str, ink: str, ground: str) -> None:
    known = colours(theme)
    low, high = sorted(luminance(known[name]) for name in (ink, ground))
    assert (high + 0.05) / (low + 0.05) >= 4.5, (known[ink], known[ground])
