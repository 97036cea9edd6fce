"""Guidance that is estimated says so where it is shown, and that it is exact once it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import BrowserContext, expect
from torch import Tensor, nn

from dashboard.service.jacobians import JacobianService
from models.registry import MethodSpec, provided_by, register, unregister
from precompute.store.store import Store
from tests.browser.running_app import SMALL, serving, small_pair

WIDE = "sees_everything"


class SeesEverything(nn.Module):
    """A local part and the mean of the image."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return torch.sigmoid(x1 * x2 + 0.5 * x1 - 3 * (x2 - x2.mean()).square())


@pytest.fixture
def wide(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "net.py"
    file.write_text("")
    provided = provided_by(SeesEverything(), (file,))
    register(MethodSpec(WIDE, "Sees everything", "", "", SeesEverything, provided=provided))
    yield WIDE
    unregister(WIDE)


def test_an_estimate_is_labelled_until_it_is_exact(
    wide: str, tmp_path: Path, profile: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 1e9)  # nothing better follows
    service = JacobianService({SMALL: small_pair()}, Store(tmp_path / "store"), "cpu")
    with serving(service) as base:
        page = profile.new_page()
        page.goto(f"{base}/?method={wide}")
        stage = page.locator("#readout [data-value=stage]")
        expect(stage).to_have_text(re.compile(r"^±[\d.]+ %$"), timeout=60_000)
        assert f"estimated, {stage.inner_text()}" == str(service.stage(SMALL, wide)[0])
        page.goto(f"{base}/compare?methods={wide},masknet")
        estimate, exact = (page.locator(f".compare-row[data-row='{row}'] .row-estimate") for row in (0, 1))
        expect(estimate).to_have_text(re.compile(r"^guidance ±[\d.]+ %$"), timeout=60_000)
        page.wait_for_selector(".compare-row[data-row='1'][data-state=ready]", timeout=60_000)
        expect(exact).to_be_hidden()
        page.goto(f"{base}/?method={wide}")
        expect(stage).to_have_text(re.compile("^±"), timeout=60_000)
        monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 0.0)
        expect(stage).to_have_text("exact", timeout=60_000)
        page.close()
