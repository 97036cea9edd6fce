"""Reading pairs, splitting by patient, and one clear sentence for what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.training.data import (
    DataError,
    describe,
    patient_of,
    read_folder,
    read_folders,
    read_grey,
    split_by_patient,
)

MakePairs = Callable[..., Path]
REAL = Path(__file__).parents[3].parent / "shared" / "data"


@pytest.mark.parametrize(
    ("stem", "patient"),
    [("25015", "25"), ("3027", "3"), ("1", "1"), ("123", "123"), ("scan", "scan"), ("a123", "a")],
)
def test_patient_is_what_precedes_three_digits(stem: str, patient: str) -> None:
    assert patient_of(stem) == patient


def test_colour_and_palette_become_grey(tmp_path: Path) -> None:
    colour = np.zeros((2, 2, 3), np.uint8)
    colour[0, 0], colour[0, 1], colour[1, 0] = (255, 0, 0), (0, 255, 0), (255, 255, 255)
    Image.fromarray(colour).save(tmp_path / "c.png")
    Image.fromarray(colour).quantize(4).save(tmp_path / "p.gif")
    expected = np.array([[0.2989, 0.5870], [1.0, 0.0]]) / 0.9999 * np.array([[1, 1], [0.9999, 1]])
    for name in ("c.png", "p.gif"):
        assert read_grey(tmp_path / name) == pytest.approx(expected, abs=1e-6)


def test_grey_is_scaled_from_minimum_to_maximum(tmp_path: Path) -> None:
    Image.fromarray(np.array([[100, 150], [200, 100]], np.uint8)).save(tmp_path / "8.png")
    Image.fromarray(np.array([[1000, 1500], [2000, 1000]], np.uint16)).save(tmp_path / "16.png")
    for name in ("8.png", "16.png"):
        assert read_grey(tmp_path / name).tolist() == [[0, 0.5], [1, 0]]


def test_folder_is_read_in_order_with_first_source_first(make_pairs: MakePairs) -> None:
    folder = make_pairs("a", ["2001", "1002", "1001"])
    pairs = read_folder(str(folder))
    assert [pair.name for pair in pairs] == ["1001", "1002", "2001"]
    assert [pair.patient for pair in pairs] == ["a/1", "a/1", "a/2"]
    assert np.array_equal(pairs[0].sources[0], read_grey(folder / "mri" / "1001.png"))
    assert np.array_equal(pairs[0].sources[1], read_grey(folder / "pet" / "1001.png"))
    swapped = read_folder(f"{folder}:pet:mri")
    assert np.array_equal(swapped[0].sources, pairs[0].sources[::-1])


def test_no_patient_is_on_both_sides(make_pairs: MakePairs) -> None:
    stems = [f"{patient}{piece:03d}" for patient in (1, 2, 3, 11) for piece in range(3)]
    pairs = read_folders([str(make_pairs("a", stems)), str(make_pairs("b", stems))])
    train, held = split_by_patient(pairs, ["a/1", "b/11"])
    assert {pair.patient for pair in held} == {"a/1", "b/11"}
    assert not {pair.patient for pair in train} & {pair.patient for pair in held}
    assert len(train) + len(held) == len(pairs) == 24
    counts = describe(held)
    assert counts["a"]["pairs"] == 3
    assert counts["a"]["patient_ids"] == ["1"]


def test_the_digest_follows_the_content(make_pairs: MakePairs) -> None:
    folder = make_pairs("a", ["1001", "2001"])
    before = describe(read_folder(str(folder)))["a"]["sha256"]
    assert before == describe(read_folder(str(folder)))["a"]["sha256"]
    (folder / "pet" / "2001.png").write_bytes((folder / "pet" / "1001.png").read_bytes())
    assert before != describe(read_folder(str(folder)))["a"]["sha256"]


def test_the_same_slice_under_another_name_is_a_leak(make_pairs: MakePairs) -> None:
    one, other = make_pairs("a", ["1001", "2001"]), make_pairs("b", ["7001"])
    for sub in ("mri", "pet"):
        (other / sub / "7001.png").write_bytes((one / sub / "2001.png").read_bytes())
    pairs = read_folders([str(one), str(other)])
    with pytest.raises(DataError, match="same image as b/7001"):
        split_by_patient(pairs, ["a/2"])
    split_by_patient(pairs, ["a/2", "b/7"])


def _empty(folder: Path) -> str:
    for path in (folder / "mri").iterdir():
        path.unlink()
    return str(folder)


def _alone(folder: Path) -> str:
    (folder / "pet" / "1001.png").unlink()
    return str(folder)


def _renamed(folder: Path) -> str:
    (folder / "pet").rename(folder / "unknown")
    return str(folder)


def _no_image(folder: Path) -> str:
    (folder / "pet" / "1001.png").write_text("not an image")
    return str(folder)


def _truncated(folder: Path) -> str:
    path = folder / "pet" / "1001.png"
    path.write_bytes(path.read_bytes()[:200])
    return str(folder)


def _constant(folder: Path) -> str:
    Image.new("L", (32, 32), 7).save(folder / "mri" / "1001.png")
    return str(folder)


def _other_size(folder: Path) -> str:
    image = Image.new("L", (32, 30), 7)
    image.putpixel((0, 0), 9)
    image.save(folder / "mri" / "1001.png")
    return str(folder)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: str(folder / "nowhere"), "nowhere: no such folder"),
        (lambda folder: f"{folder}:mri", "expected DIR or DIR:first:second"),
        (lambda folder: f"{folder}:mri:ct", "no such folder"),
        (_empty, "no PNG or GIF"),
        (_alone, "1001"),
        (_renamed, "expected one subfolder named pet"),
        (_no_image, "not a readable image"),
        (_truncated, "not a readable image"),
        (_constant, "every pixel is 7"),
        (_other_size, "its partner has"),
    ],
)
def test_bad_folders_give_one_sentence(make_pairs: MakePairs, spoil: object, says: str) -> None:
    folder = make_pairs("a", ["1001", "1002"])
    with pytest.raises(DataError, match=says) as caught:
        read_folder(spoil(folder))  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", ")."))


def test_bad_splits_give_one_sentence(make_pairs: MakePairs) -> None:
    folder = make_pairs("a", ["1001", "2001"])
    pairs = read_folder(str(folder))
    with pytest.raises(DataError, match="'a/9' is in no pairs folder; there are: a/1, a/2"):
        split_by_patient(pairs, ["a/9"])
    with pytest.raises(DataError, match="nothing is left"):
        split_by_patient(pairs, ["a/1", "a/2"])
    with pytest.raises(DataError, match="named 'a'"):
        read_folders([str(folder), str(folder)])
    with pytest.raises(DataError, match="No pairs folder"):
        read_folders([])


@pytest.mark.skipif(not (REAL / "atlas").is_dir(), reason="the real image pairs are not on this machine")
def test_known_twins_of_the_real_collections_are_found() -> None:
    """Atlas pair 9 is a slice of SPECT patient 3; pairs 1, 2 and 4 occur nowhere else."""
    pairs = read_folders([str(REAL / "atlas"), str(REAL / "spect-mri")])
    with pytest.raises(DataError, match="atlas/9 is the same image as spect-mri/3027"):
        split_by_patient(pairs, ["atlas/9"])
    train, held = split_by_patient(pairs, ["atlas/1", "atlas/2", "atlas/4"])
    assert (len(train), len(held)) == (293, 3)
