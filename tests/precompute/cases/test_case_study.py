"""Case studies: what is valid, and that a folder comes back as it was saved or not at all."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from precompute.cases import case_files, case_study
from precompute.cases.case_study import (
    BUNDLED,
    CaseError,
    CaseStudy,
    Region,
    check_id,
    list_case_folders,
    load_case,
    quantise,
    save_case,
)

SHAPE = (12, 15)


def _sources(count: int = 2) -> np.ndarray:
    return quantise(np.random.default_rng(1).random((count, *SHAPE)))


def _mask() -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[3:6, 4:9] = True
    return mask


def _case(**changes: Any) -> CaseStudy:
    content: dict[str, Any] = {
        "id": "a-case",
        "title": 'A "quoted" title – ±\x7f\n\\',
        "description": "Two lines\nand a tab\t.",
        "modalities": ("T2-MRI", "FDG-PET"),
        "sources": _sources(),
        "regions": (Region("core", "Core", _mask(), "inside"), Region("all", "All", np.ones(SHAPE, bool))),
        "provenance": "a test",
        "synthetic": True,
    }
    return CaseStudy(**{**content, **changes})


def test_a_saved_case_comes_back_exactly(tmp_path: Path) -> None:
    case = _case()
    save_case(case, tmp_path / "a-case")
    again = load_case(tmp_path / "a-case")
    for name in ("id", "title", "description", "modalities", "provenance", "synthetic", "digest", "shape"):
        assert getattr(again, name) == getattr(case, name)
    assert again.sources.dtype == np.float32
    np.testing.assert_array_equal(again.sources, case.sources)
    assert [(r.id, r.title, r.description) for r in again.regions] == [
        ("core", "Core", "inside"),
        ("all", "All", ""),
    ]
    np.testing.assert_array_equal(again.regions[0].mask, _mask())


def test_the_digest_is_that_of_shape_and_bytes() -> None:
    case = _case()
    expected = hashlib.sha256(b"2,12,15;" + _sources().astype("<f4").tobytes()).hexdigest()
    assert case.digest == expected
    assert _case(title="other", modalities=("A", "B")).digest == expected
    assert _case(sources=_sources()[::-1].copy()).digest != expected


def test_three_sources_are_a_case_and_arrays_are_read_only(tmp_path: Path) -> None:
    mine = _sources(3)
    case = _case(sources=mine, modalities=("A", "B", "C"))
    save_case(case, tmp_path / "a-case")
    assert load_case(tmp_path / "a-case").digest == case.digest
    mine[:] = 0  # the case keeps its own copy
    assert case.sources.max() > 0
    with pytest.raises(ValueError, match="read-only"):
        case.sources[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        case.regions[0].mask[0, 0] = True


@pytest.mark.parametrize(
    "value", ["../x", "", "-a", "_a", "A", "a b", "a/b", "a.b", "é", "a\n", "x" * 65, None, 3]
)
def test_an_id_that_could_leave_its_folder_is_refused(value: object, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="is not a case study id"):
        check_id(value)
    with pytest.raises(CaseError):
        _case(id=value)


@pytest.mark.parametrize("value", ["a", "0", "glioma-t2_fdg", "x" * 64])
def test_a_plain_id_is_accepted(value: str) -> None:
    assert check_id(value) == value


def _changed(value: float) -> np.ndarray:
    sources = _sources()
    sources[1, 2, 3] = value
    return sources


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sources": _sources().astype(np.float64)}, "not a float32 array"),
        ({"sources": _sources()[0]}, "not a float32 array"),
        ({"sources": _sources(1), "modalities": ("A",)}, "There are 1 source images"),
        ({"sources": _sources(4), "modalities": tuple("ABCD")}, "There are 4 source images"),
        ({"sources": _changed(np.nan)}, "Source 1 is empty or holds NaN"),
        ({"sources": _changed(np.inf)}, "Source 1 is empty or holds NaN"),
        ({"sources": _changed(1.5)}, "Source 1 ranges from"),
        ({"sources": _changed(-0.1)}, "Source 1 ranges from"),
        ({"sources": np.stack([_sources()[0], np.full(SHAPE, 0.25, np.float32)])}, "Source 1 is constant"),
        ({"sources": np.zeros((2, 0, 5), np.float32)}, "empty"),
        ({"modalities": ("A",)}, "expected a tuple of 2 names"),
        ({"modalities": ["A", "B"]}, "expected a tuple of 2 names"),
        ({"modalities": ("A", " ")}, "expected a text that is not empty"),
        ({"modalities": ("A", "A")}, "expected different names"),
        ({"title": ""}, "The title is ''"),
        ({"description": None}, "The description is None"),
        ({"synthetic": 1}, "'synthetic' is 1"),
        ({"regions": ("core",)}, "not a tuple of Region"),
        ({"regions": (Region("a", "A", np.ones((3, 3), bool)),)}, "is 3×3; expected 15×12"),
        ({"regions": (Region("a", "A", _mask()), Region("a", "B", _mask()))}, "two regions with the id 'a'"),
    ],
)
def test_an_invalid_case_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CaseError, match=re.escape(sentence)) as caught:
        _case(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("../a", "A", _mask()), "is not a region id"),
        (("a", "", _mask()), "title of region 'a'"),
        (("a", "A", _mask().astype(float)), "not a bool array"),
        (("a", "A", np.zeros(SHAPE, bool)), "is empty"),
    ],
)
def test_an_invalid_region_is_one_sentence(arguments: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(CaseError, match=re.escape(sentence)):
        Region(*arguments)


def test_listing_goes_by_roots_then_names_and_passes_other_folders(tmp_path: Path) -> None:
    for root, name in (("one", "zeta"), ("one", "alpha"), ("two", "mid")):
        save_case(_case(id=name), tmp_path / root / name)
    (tmp_path / "one" / "notes").mkdir()
    (tmp_path / "one" / ".hidden").mkdir()
    (tmp_path / "one" / ".hidden" / "case.toml").touch()
    found = list_case_folders([tmp_path / "one", tmp_path / "two", tmp_path / "one"])
    assert list(found) == ["alpha", "zeta", "mid"]
    assert found["mid"] == tmp_path / "two" / "mid"


def test_listing_refuses_two_of_one_id_bad_names_and_missing_roots(tmp_path: Path) -> None:
    for root in ("one", "two"):
        save_case(_case(), tmp_path / root / "a-case")
    with pytest.raises(CaseError, match="Two case studies have the id 'a-case'") as caught:
        list_case_folders([tmp_path / "one", tmp_path / "two"])
    assert str(tmp_path / "one") in str(caught.value)
    assert str(tmp_path / "two") in str(caught.value)
    (tmp_path / "one" / "a-case").rename(tmp_path / "one" / "A Case")
    with pytest.raises(CaseError, match="A Case: the folder's name is no id"):
        list_case_folders([tmp_path / "one"])
    with pytest.raises(CaseError, match="nowhere: not a folder"):
        list_case_folders([tmp_path / "nowhere"])


def _edit(old: str, new: str) -> Any:
    def change(folder: Path) -> None:
        text = (folder / "case.toml").read_text(encoding="utf-8")
        assert old in text
        (folder / "case.toml").write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def _picture(name: str, array: np.ndarray) -> Any:
    return lambda folder: Image.fromarray(array).save(folder / name)


@pytest.mark.parametrize(
    ("damage", "file", "sentence"),
    [
        (lambda folder: (folder / "case.toml").unlink(), "case.toml", "missing"),
        (lambda folder: (folder / "case.toml").write_bytes(b"\xff\xfe"), "case.toml", "not a readable TOML"),
        (_edit("title =", "title ="[:4]), "case.toml", "not a readable TOML"),
        (_edit("title =", "name ="), "case.toml", "'title' is None"),
        (_edit("synthetic = true", "synthetic = 1"), "case.toml", "expected a bool"),
        (_edit('["T2-MRI", "FDG-PET"]', '["T2-MRI"]'), "case.toml", "1 modalities; expected 2 or 3"),
        (_edit('["T2-MRI", "FDG-PET"]', '["A", "B", "C"]'), "source-2.png", "missing"),
        (_edit('["T2-MRI", "FDG-PET"]', "[1, 2]"), "case.toml", "The modality is 1"),
        (_edit("region-core.png", "../other.png"), "case.toml", "is not the name of a region's file"),
        (_edit('id = "core"', 'id = "../x"'), "case.toml", "is not a region id"),
        (lambda folder: (folder / "source-1.png").unlink(), "source-1.png", "missing"),
        (
            lambda folder: (folder / "source-1.png").write_bytes(b"GIF89a"),
            "source-1.png",
            "not a readable PNG",
        ),
        (lambda folder: (folder / "region-core.png").unlink(), "region-core.png", "missing"),
        (_picture("source-1.png", np.eye(3, dtype=np.uint16)), "source-1.png", "is 3×3; expected 15×12"),
        (_picture("source-0.png", np.full(SHAPE, 7, np.uint16)), "source-0.png", "constant"),
        (_picture("source-0.png", np.zeros((*SHAPE, 3), np.uint8)), "source-0.png", "mode RGB"),
        (_picture("region-core.png", np.eye(3, dtype=bool)), "region-core.png", "is 3×3; expected 15×12"),
        (_picture("region-core.png", np.zeros(SHAPE, np.uint8)), "region-core.png", "empty"),
    ],
)
def test_a_damaged_case_names_the_file(damage: Any, file: str, sentence: str, tmp_path: Path) -> None:
    folder = tmp_path / "a-case"
    save_case(_case(), folder)
    damage(folder)
    with pytest.raises(CaseError, match=re.escape(sentence)) as caught:
        load_case(folder)
    assert str(folder / file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_source_cut_anywhere_is_an_error_or_whole(tmp_path: Path) -> None:
    folder = tmp_path / "a-case"
    save_case(_case(), folder)
    digest = load_case(folder).digest
    whole = (folder / "source-0.png").read_bytes()
    tail = 20  # the last 20 bytes are checksums and PNG's end mark: without them all pixels are there
    for length in range(0, len(whole), 7):
        (folder / "source-0.png").write_bytes(whole[:length])
        if length < len(whole) - tail:
            with pytest.raises(CaseError, match=r"source-0\.png"):
                load_case(folder)
        else:
            assert load_case(folder).digest == digest


def test_an_8_bit_source_is_read_on_its_own_scale(tmp_path: Path) -> None:
    folder = tmp_path / "a-case"
    save_case(_case(), folder)
    levels = np.random.default_rng(0).integers(0, 256, SHAPE).astype(np.uint8)
    Image.fromarray(levels).save(folder / "source-1.png")
    np.testing.assert_array_equal(load_case(folder).sources[1], (levels / 255.0).astype(np.float32))


def test_saving_refuses_an_existing_folder_and_a_foreign_name(tmp_path: Path) -> None:
    save_case(_case(), tmp_path / "a-case")
    with pytest.raises(CaseError, match="exists already"):
        save_case(_case(), tmp_path / "a-case")
    with pytest.raises(CaseError, match="must be named 'a-case'"):
        save_case(_case(), tmp_path / "other")
    changed = _case(sources=_sources()[::-1].copy())
    save_case(changed, tmp_path / "a-case", replace=True)
    assert load_case(tmp_path / "a-case").digest == changed.digest
    assert [path.name for path in tmp_path.iterdir()] == ["a-case"]


def test_a_save_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_case(_case(), tmp_path / "a-case")
    before = load_case(tmp_path / "a-case").digest

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(case_study, "write_mask", full)
    with pytest.raises(OSError, match="disk full"):
        save_case(_case(sources=_sources()[::-1].copy()), tmp_path / "a-case", replace=True)
    with pytest.raises(OSError, match="disk full"):
        save_case(_case(id="fresh"), tmp_path / "fresh")
    assert [path.name for path in tmp_path.iterdir()] == ["a-case"]
    assert load_case(tmp_path / "a-case").digest == before


def test_publishing_is_undone_when_a_rename_fails(tmp_path: Path) -> None:
    for name in ("staged/a", "staged/b", "home/a", "aside"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "mark").write_text(name)
    staged = {tmp_path / "staged" / name: tmp_path / "home" / name for name in ("a", "b", "missing")}
    with pytest.raises(FileNotFoundError):
        case_files.publish(staged, tmp_path / "aside")
    assert (tmp_path / "home" / "a" / "mark").read_text() == "home/a"
    assert not (tmp_path / "home" / "b").exists()
    assert (tmp_path / "staged" / "b" / "mark").read_text() == "staged/b"


def test_the_bundled_cases_load_and_are_small() -> None:
    folders = list_case_folders([BUNDLED])
    assert set(folders) == {
        "alzheimer-t2-fdg",
        "control-t2-fdg",
        "glioma-t1gd-flair",
        "glioma-t2-fdg",
        "metastasis-t2-fdg",
    }
    for folder in folders.values():
        case = load_case(folder)
        assert case.shape == (256, 256)
        assert case.synthetic
        assert "imulated" in case.description
        assert "Louis Collins" in case.provenance
        assert len(case.regions) >= 4
        assert sum(path.stat().st_size for path in folder.iterdir()) < 400_000
    notice = (BUNDLED / "NOTICE.md").read_text(encoding="utf-8")
    assert "Permission to use, copy, modify, and distribute" in notice
