"""The phantom: reproducible, registered, with the contrasts of its modalities.

Tests on the bundled files run everywhere; those that make something need nilearn's template and
skip, saying so, where it is not installed.
"""

from __future__ import annotations

import builtins
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from precompute.__main__ import main
from precompute.cases.case_study import BUNDLED, CaseStudy, load_case
from precompute.phantom import write_training_pairs

DIGESTS = {
    "alzheimer-t2-fdg": "beb92b5a6e6383e5",
    "control-t2-fdg": "2e4d6cab96558262",
    "glioma-t1gd-flair": "a34663bc50860795",
    "glioma-t2-fdg": "7c65417da3a13caf",
    "metastasis-t2-fdg": "8411d82f6e43b221",
}
"""A change of a bundled image makes stored results stale: it must be meant, and changed here too."""


@pytest.fixture(scope="module")
def template():
    pytest.importorskip("nilearn", reason="the phantom's template comes with nilearn, which is not installed")
    from precompute.phantom.template import load_template

    return load_template()


def _bundled(case_id: str) -> CaseStudy:
    return load_case(BUNDLED / case_id)


def _means(case: CaseStudy, k: int) -> dict[str, float]:
    return {region.id: float(case.sources[k][region.mask].mean()) for region in case.regions}


@pytest.mark.parametrize("case_id", DIGESTS)
def test_the_bundled_images_are_the_committed_ones(case_id: str) -> None:
    assert _bundled(case_id).digest.startswith(DIGESTS[case_id])


@pytest.mark.usefixtures("template")
def test_the_generator_makes_the_bundled_cases_again(tmp_path: Path) -> None:
    assert main(["bundle", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(DIGESTS)
    for case_id in DIGESTS:
        mine, theirs = load_case(tmp_path / case_id), _bundled(case_id)
        assert mine.digest == theirs.digest
        assert [region.id for region in mine.regions] == [region.id for region in theirs.regions]
        for region, other in zip(mine.regions, theirs.regions, strict=True):
            np.testing.assert_array_equal(region.mask, other.mask)
        assert (tmp_path / case_id / "case.toml").read_bytes() == (
            BUNDLED / case_id / "case.toml"
        ).read_bytes()


@pytest.mark.parametrize("case_id", DIGESTS)
def test_air_is_exactly_zero_and_the_head_fills_the_image(case_id: str) -> None:
    case = _bundled(case_id)
    head = (case.sources > 0).any(axis=0)
    assert (case.sources[:, ~head] == 0).all()
    assert 0.35 < (~head).mean() < 0.65
    assert not head[:4].any()
    assert not head[-4:].any()
    assert not head[:, :4].any()
    assert not head[:, -4:].any()
    rows, cols = np.nonzero(head)
    assert 190 <= np.ptp(rows) + 1 <= 235
    assert 160 <= np.ptp(cols) + 1 <= 200


@pytest.mark.parametrize("case_id", DIGESTS)
def test_no_slice_is_its_own_mirror_image(case_id: str) -> None:
    for source in _bundled(case_id).sources:
        cols = np.nonzero(source.any(axis=0))[0]
        head = source[:, cols[0] : cols[-1] + 1]
        assert np.corrcoef(head.ravel(), head[:, ::-1].ravel())[0, 1] < 0.93


def test_t2_and_pet_have_their_contrasts() -> None:
    for case_id in ("glioma-t2-fdg", "metastasis-t2-fdg"):
        case = _bundled(case_id)
        t2, pet = _means(case, 0), _means(case, 1)
        assert t2["csf"] > 1.4 * t2["healthy-grey-matter"]
        assert t2["healthy-grey-matter"] > 1.1 * t2["white-matter"]
        assert t2["necrotic-core"] > t2["oedema"] > 1.4 * t2["white-matter"]
        assert pet["healthy-grey-matter"] > 1.5 * pet["white-matter"]
        assert pet["enhancing-rim"] > 1.6 * pet["necrotic-core"]
        assert pet["oedema"] < 0.8 * pet["healthy-grey-matter"]


def test_t1gd_and_flair_have_their_contrasts() -> None:
    case = _bundled("glioma-t1gd-flair")
    t1, flair = _means(case, 0), _means(case, 1)
    assert t1["enhancing-rim"] > 1.3 * t1["white-matter"]
    assert t1["white-matter"] > 1.15 * t1["healthy-grey-matter"]
    assert t1["healthy-grey-matter"] > 1.3 * t1["csf"]
    assert t1["enhancing-rim"] > 2 * t1["necrotic-core"]
    assert flair["oedema"] > 1.4 * flair["white-matter"]
    assert flair["healthy-grey-matter"] > flair["white-matter"] > 2 * flair["csf"]


def test_both_glioma_cases_show_the_same_head() -> None:
    first, second = _bundled("glioma-t2-fdg"), _bundled("glioma-t1gd-flair")
    for region, other in zip(first.regions, second.regions, strict=True):
        assert region.id == other.id
        np.testing.assert_array_equal(region.mask, other.mask)
    np.testing.assert_array_equal(first.sources[0] > 0, second.sources[1] > 0)


def test_the_alzheimer_case_is_hypometabolic_where_it_says() -> None:
    pet = _means(_bundled("alzheimer-t2-fdg"), 1)
    assert pet["hypometabolic-cortex"] < 0.8 * pet["preserved-cortex"]
    control = _means(_bundled("control-t2-fdg"), 1)
    assert control["cortex"] > 1.5 * control["white-matter"]
    assert control["deep-grey-matter"] > 1.5 * control["white-matter"]


@pytest.mark.usefixtures("template")
def test_same_seed_same_bytes(tmp_path: Path) -> None:
    write_training_pairs(tmp_path / "a", 2, seed=3)
    write_training_pairs(tmp_path / "b", 1, seed=3)
    write_training_pairs(tmp_path / "c", 1, seed=4)
    for name in ("mri", "pet"):
        assert sorted(path.name for path in (tmp_path / "a" / name).iterdir()) == ["0000.png", "0001.png"]
        first = (tmp_path / "a" / name / "0000.png").read_bytes()
        assert (tmp_path / "b" / name / "0000.png").read_bytes() == first
        assert (tmp_path / "c" / name / "0000.png").read_bytes() != first
        levels = np.asarray(Image.open(tmp_path / "a" / name / "0001.png"))
        assert levels.dtype == np.uint16
        assert levels.shape == (256, 256)
        assert levels.min() == 0
        assert levels[0].max() == 0


def test_the_template_is_read_without_a_network(monkeypatch: pytest.MonkeyPatch, template) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a connection was opened")

    from precompute.phantom.template import load_template

    monkeypatch.setattr(socket.socket, "connect", refused)
    load_template.cache_clear()
    again = load_template()
    assert again.t1.shape == (197, 233, 189)
    np.testing.assert_array_equal(again.white, template.white)


def test_without_nilearn_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from precompute.phantom.template import load_template

    original = builtins.__import__

    def without(name: str, *arguments: object) -> object:
        if name.startswith("nilearn"):
            raise ImportError(name)
        return original(name, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    load_template.cache_clear()
    assert main(["phantom", "--out", str(tmp_path / "out"), "--count", "1"]) == 1
    assert "nilearn package, which is not installed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("option", "value"), [("--count", "0"), ("--seed", "-1")])
def test_a_senseless_request_is_one_sentence(
    option: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {"--count": "1", "--seed": "0", option: value}
    flags = [part for pair in arguments.items() for part in pair]
    assert main(["phantom", "--out", str(tmp_path / "out"), *flags]) == 1
    assert f"{option[2:]} is {value}; expected" in capsys.readouterr().err


# What the modules promise, on one head


@pytest.fixture(scope="module")
def head(template):
    from precompute.phantom.anatomy import make_head

    return make_head(template, np.random.default_rng(5), 15.0)


def test_tissues_share_each_pixel(head) -> None:
    parts = ("csf", "white", "grey", "bone", "marrow", "muscle", "fat", "skin", "air")
    total = sum(head.fractions[name] for name in parts)
    for name in parts:
        assert head.fractions[name].min() > -1e-9
        assert head.fractions[name].max() < 1 + 1e-9
    assert np.abs(total - 1).mean() < 0.01
    grey, white, csf = (head.fractions[name].sum() for name in ("grey", "white", "csf"))
    assert 0.7 < grey / white < 1.8  # in a young adult's slice both are near a half
    assert csf < 0.35 * (grey + white)


def _shift(image: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Least-squares displacement (rows, cols) of `image` against `truth`, in pixels."""
    gradient = np.stack([part.ravel() for part in np.gradient(truth)], axis=1)
    scale = float((image * truth).sum() / (truth * truth).sum())
    return -np.linalg.lstsq(gradient * scale, (image - scale * truth).ravel(), rcond=None)[0]


def test_both_modalities_are_registered_to_the_masks(head) -> None:
    from precompute.phantom.contrasts import PET, T2, render_mri, render_pet, signal
    from precompute.phantom.fields import FINE, MM, block_mean, blur

    rng = np.random.default_rng(0)
    still = {"texture": 0.0, "noise": 0.0, "bias": 0.0}
    inside = head.depth < -4.0
    value = signal(head, {}, T2) * inside
    mri = render_mri(head, value, replace(T2, **still), rng)
    assert np.abs(_shift(mri, block_mean(blur(value, 0.4 / MM), FINE))).max() < 0.05
    value = signal(head, {}, PET) * inside
    pet = render_pet(head, value, replace(PET, **still), rng)
    assert np.abs(_shift(pet, block_mean(blur(value, 6.0 / 2.355 / MM), FINE))).max() < 0.05


def test_pet_has_the_resolution_that_it_says(head) -> None:
    from precompute.phantom.contrasts import PET, render_pet
    from precompute.phantom.fields import GRID, MM_PER_PIXEL

    point = np.zeros(GRID)
    point[254:258, 254:258] = 1.0
    still = replace(PET, texture=0.0, noise=0.0)
    image = render_pet(head, point, still, np.random.default_rng(0), fwhm=6.0)
    profile = image.sum(axis=0)
    offsets = np.arange(256) - (profile * np.arange(256)).sum() / profile.sum()
    width = 2.355 * np.sqrt((profile * offsets**2).sum() / profile.sum()) * MM_PER_PIXEL
    assert width == pytest.approx(6.4, rel=0.08)  # 6 mm, with the 1.8 mm grid of point and detector


def test_mri_noise_is_rician_in_the_dark(head) -> None:
    from precompute.phantom.contrasts import T2, render_mri
    from precompute.phantom.fields import FINE, GRID, block_mean

    noisy = replace(T2, texture=0.0, bias=0.0, noise=0.05)
    image = render_mri(head, np.zeros(GRID), noisy, np.random.default_rng(0))
    dark = image[block_mean(head.inside.astype(float), FINE) > 0.99]
    # A Rayleigh distribution has this ratio of mean to standard deviation; Gaussian noise has 0.
    assert dark.mean() / dark.std() == pytest.approx(np.sqrt(np.pi / (4 - np.pi)), rel=0.05)


def test_a_lesion_stays_in_the_brain_and_pushes_outwards(head) -> None:
    from precompute.phantom.lesions import Lesion

    lesion = Lesion(centre=(0.0, -25.0), radius=12.0, rim=3.0, oedema=12.0)
    parts = lesion.fractions(head, np.random.default_rng(1))
    total = parts["core"] + parts["rim"] + parts["oedema"]
    assert total.min() >= 0
    assert total.max() < 1 + 1e-6
    assert total[head.depth > 2.0].max() < 0.05
    assert parts["oedema"][head.x < -5.0].max() < 0.05  # the other hemisphere
    area = (parts["core"] + parts["rim"]).sum() * 0.46**2
    assert area == pytest.approx(np.pi * 12.0**2, rel=0.3)
    x, y = lesion.push(head.x, head.y, head.depth)
    moved = np.hypot(x - head.x, y - head.y)
    assert moved[head.depth > 0].max() < 0.5
    distance = lesion.distance(head.down, head.right)
    near = (np.abs(distance - lesion.radius) < 1.0) & (head.depth < -16.0)
    outward = (head.right + 25.0) * (x - head.x) + head.down * (y - head.y)
    assert (outward[near] > 0).all()  # it shows what lay nearer to the centre
    assert moved[near].mean() > 1.0
