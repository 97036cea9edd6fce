"""The fusion loss against its formula, with numbers put in by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.metrics import source_similarity
from models.training.losses import LossWeights, _reflected, fusion_loss, loss_terms
from models.training.recipe import PUBLISHED_BALANCE


def test_formula_by_hand() -> None:
    terms = {
        "ssim1": torch.tensor([0.2, 0.4]),
        "ssim2": torch.tensor([0.6, 0.8]),
        "mse1": torch.tensor([0.01, 0.03]),
        "mse2": torch.tensor([0.05, 0.07]),
    }
    loss = fusion_loss(terms, LossWeights(structure=0.9, gamma_ssim=0.3, gamma_mse=0.25))
    first = 0.9 * (0.3 * 0.2 + 0.7 * 0.6) + 0.1 * (0.25 * 0.01 + 0.75 * 0.05)
    second = 0.9 * (0.3 * 0.4 + 0.7 * 0.8) + 0.1 * (0.25 * 0.03 + 0.75 * 0.07)
    assert float(loss) == pytest.approx((first + second) / 2)


def test_terms_of_a_perfect_copy_of_one_source() -> None:
    x1, x2 = torch.rand(2, 2, 1, 20, 20, generator=torch.Generator().manual_seed(3))
    terms = loss_terms(x1, x2, x1)
    assert terms["ssim1"].abs().max() < 1e-6
    assert terms["mse1"].tolist() == [0, 0]
    assert terms["mse2"].tolist() == pytest.approx(((x1 - x2) ** 2).mean(dim=(1, 2, 3)).tolist())
    assert (terms["ssim2"] > 0.5).all()  # independent noise has no structure in common


def test_a_grey_background_has_almost_no_structure_gradient() -> None:
    """Why there is a warm-up: at y = 0.8 over black, λ = 0.2 pulls far harder than λ = 0.99."""
    black = torch.zeros(1, 1, 32, 32)
    pull = {}
    for structure in (0.2, 0.99):
        fused = torch.full((1, 1, 32, 32), 0.8, requires_grad=True)
        fusion_loss(loss_terms(black, black, fused), LossWeights(structure, 0.5, 0.5)).backward()
        assert fused.grad is not None
        pull[structure] = float(fused.grad.sum())
    assert pull[0.2] > 30 * pull[0.99] > 0


@pytest.mark.parametrize("values", [(1.2, 0.5, 0.5), (0.9, -0.1, 0.5), (0.9, 0.5, float("nan"))])
def test_weights_outside_0_to_1_are_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="expected a number from 0 to 1"):
        LossWeights(*values)


def test_published_balance() -> None:
    assert PUBLISHED_BALANCE["funfusean"] == (0.47, 0.5)
    assert PUBLISHED_BALANCE["masknet"] == (0.5, 0.494)
    assert PUBLISHED_BALANCE["deepfuse"] == (0.497, 0.5)
    assert PUBLISHED_BALANCE["deeppedestrian"] == (0.52, 0.5)


def test_border_counts_the_outermost_pixels() -> None:
    """A grey line around a black image: hardly seen by SSIM as reported, plain with `border`."""
    black = torch.zeros(1, 1, 32, 32)
    framed = torch.full((1, 1, 32, 32), 0.1)
    framed[..., 1:-1, 1:-1] = 0
    plain, counted = loss_terms(black, black, framed), loss_terms(black, black, framed, border=True)
    assert float(counted["ssim1"]) > 5 * float(plain["ssim1"])
    assert torch.equal(plain["mse1"], counted["mse1"])


def test_border_is_ssim_of_mirrored_images() -> None:
    generator = np.random.default_rng(4)
    x1, x2, y = generator.random((3, 14, 18))
    mirrored = [np.pad(image, 5, mode="reflect") for image in (x1, x2, y)]
    expected = source_similarity(np.stack(mirrored[:2]), mirrored[2])["ssim"]
    terms = loss_terms(*(torch.from_numpy(image)[None, None] for image in (x1, x2, y)), border=True)
    assert [1 - float(terms["ssim1"]), 1 - float(terms["ssim2"])] == pytest.approx(expected, abs=1e-9)


def test_the_reflection_for_gpus_is_torchs() -> None:
    """Values and gradient; torch's own is not repeatable on a GPU."""
    generator = torch.Generator().manual_seed(5)
    image = torch.rand(2, 1, 14, 18, generator=generator, dtype=torch.float64, requires_grad=True)
    pull = torch.rand(2, 1, 24, 28, generator=generator, dtype=torch.float64)
    ours, theirs = _reflected(image, 5), torch.nn.functional.pad(image, (5,) * 4, mode="reflect")
    assert torch.equal(ours, theirs)
    gradients = [torch.autograd.grad((y * pull).sum(), image)[0] for y in (ours, theirs)]
    assert torch.allclose(*gradients, atol=1e-12)
