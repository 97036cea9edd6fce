"""Every value that the authors' own code gives for the reference images, to 1e-6 (SSIM 2e-6) relative."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.metrics import grey_level_metrics

REFERENCE = Path(__file__).parents[3].parent / "shared" / "reference"
IDS = {"q_ncie", "q_xy", "q_p_sw1", "q_p_sw2", "q_viff", "q_mi", "q_fmi", "ssim_1", "ssim_2"}
PAIRS = ("1", "2", "4", "5", "6", "9")

pytestmark = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason=f"the reference values are not there: {REFERENCE}"
)


def read(name: str) -> np.ndarray:
    with Image.open(REFERENCE / "images" / f"{name}.png") as image:
        return np.asarray(image)


@pytest.mark.parametrize("pair", PAIRS)
def test_agrees_with_the_authors_code(pair: str) -> None:
    table = json.loads((REFERENCE / "fusion_metrics.json").read_text(encoding="utf-8"))["pairs"]
    assert set(table) == set(PAIRS)
    sources = np.stack([read(f"{pair}_mri"), read(f"{pair}_pet")])
    fused = np.stack([read(f"{pair}_{name}") for name in table[pair]])
    found = grey_level_metrics(sources, fused, ids=IDS)
    for k, (fusion, expected) in enumerate(table[pair].items()):
        assert {metric.lower() for metric in expected} == IDS
        for metric, value in expected.items():
            tolerance = 2e-6 if metric.startswith("SSIM") else 1e-6
            assert found[metric.lower()][k] == pytest.approx(value, rel=tolerance), (fusion, metric)


def test_released_fmi_is_not_symmetric_and_the_clean_form_is() -> None:
    sources, fused = np.stack([read("1_mri"), read("1_pet")]), read("1_max")[None]
    ids = ["q_fmi", "q_fmi_symmetric"]
    there, back = (grey_level_metrics(order, fused, ids=ids) for order in (sources, sources[::-1]))
    assert 1e-5 < abs(there["q_fmi"] - back["q_fmi"])[0] < 0.02
    assert there["q_fmi_symmetric"] == pytest.approx(back["q_fmi_symmetric"], rel=1e-12)
