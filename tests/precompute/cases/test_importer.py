"""Importing: files and folders become case studies, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from precompute.__main__ import main
from precompute.cases import importer
from precompute.cases.case_study import CaseError, list_case_folders, load_case
from precompute.cases.importer import Request, case_from_files, cases_from_folders, make_id, write_cases

ATLAS = Path(__file__).resolve().parents[4] / "shared" / "data" / "atlas"
RNG = np.random.default_rng(11)
NAMES = ("T2-MRI", "FDG-PET")


def _image(path: Path, shape: tuple[int, int] = (10, 8)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, shape).astype(np.uint8)).save(path)
    return path


def _mask(path: Path, shape: tuple[int, int] = (10, 8)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros(shape, np.uint8)
    mask[2:4, 3:6] = 255
    Image.fromarray(mask).save(path)
    return path


def _run(*arguments: object) -> int:
    return main(["import", *map(str, arguments)])


def test_two_files_become_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = _image(tmp_path / "in" / "mri.png"), _image(tmp_path / "in" / "pet.png")
    mask = _mask(tmp_path / "in" / "mask.png")
    options = [
        "--id",
        "mine",
        "--title",
        "Mine",
        "--description",
        "A test.",
        "--modalities",
        "T2-MRI, FDG-PET",
    ]
    region = ["--region", f"Enhancing rim={mask}"]
    assert _run(first, second, *options, *region, "--cases", tmp_path / "cases") == 0
    case = load_case(tmp_path / "cases" / "mine")
    assert (case.title, case.description, case.modalities, case.synthetic) == (
        "Mine",
        "A test.",
        NAMES,
        False,
    )
    raw = np.asarray(Image.open(first)).astype(float)
    expected = (raw - raw.min()) / (raw.max() - raw.min())
    assert np.abs(case.sources[0] - expected).max() <= 0.5 / 65535 + 1e-7
    assert [(region.id, region.title) for region in case.regions] == [("enhancing-rim", "Enhancing rim")]
    np.testing.assert_array_equal(case.regions[0].mask, np.asarray(Image.open(mask)) > 0)
    assert case.provenance == "Imported from mri.png and pet.png."
    assert str(tmp_path) not in (tmp_path / "cases" / "mine" / "case.toml").read_text(encoding="utf-8")
    assert "8×10, 1 regions" in capsys.readouterr().out
    assert case.digest == case_from_files([first, second], Request(NAMES, "mine")).digest


def test_a_taken_id_needs_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [_image(tmp_path / f"{k}.png") for k in range(3)]
    common = ["--id", "mine", "--modalities", "A,B", "--cases", tmp_path / "cases"]
    assert _run(*files[:2], *common) == 0
    before = load_case(tmp_path / "cases" / "mine").digest
    assert _run(*files[1:], *common) == 1
    assert "exists already; expected a new id, or --force" in capsys.readouterr().err
    assert load_case(tmp_path / "cases" / "mine").digest == before
    assert _run(*files[1:], *common, "--force") == 0
    assert load_case(tmp_path / "cases" / "mine").digest != before


def test_the_id_of_a_bundled_case_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [_image(tmp_path / "a.png"), _image(tmp_path / "b.png")]
    common = ["--modalities", "A,B", "--cases", tmp_path / "cases", "--force"]
    assert _run(*files, "--id", "control-t2-fdg", *common) == 1
    assert "is that of a bundled case study" in capsys.readouterr().err
    assert not (tmp_path / "cases").exists()


def test_the_environment_names_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [_image(tmp_path / "a.png"), _image(tmp_path / "b.png")]
    monkeypatch.delenv("FUSEVIS_CASES", raising=False)
    assert _run(*files, "--id", "x", "--modalities", "A,B") == 1
    assert "expected --cases DIR or FUSEVIS_CASES" in capsys.readouterr().err
    monkeypatch.setenv("FUSEVIS_CASES", str(tmp_path / "env"))
    assert _run(*files, "--id", "x", "--modalities", "A,B") == 0
    assert load_case(tmp_path / "env" / "x").id == "x"


def test_folders_pair_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("1", "Two b", "only-mri"):
        _image(tmp_path / "mri" / f"{name}.png")
    for name in ("1", "Two b", "only-pet"):
        _image(tmp_path / "pet" / f"{name}.gif")
    (tmp_path / "mri" / "notes.txt").write_text("not an image")
    _mask(tmp_path / "mask" / "1.png")
    options = ["--id", "p", "--title", "Pair", "--modalities", "A,B", "--region", f"core={tmp_path / 'mask'}"]
    assert _run(tmp_path / "mri", tmp_path / "pet", *options, "--cases", tmp_path / "cases") == 0
    assert list(list_case_folders([tmp_path / "cases"])) == ["p-1", "p-two-b"]
    case = load_case(tmp_path / "cases" / "p-1")
    assert case.title == "Pair 1"
    assert case.provenance == "Imported from 1.png and 1.gif."
    assert [region.id for region in case.regions] == ["core"]
    assert load_case(tmp_path / "cases" / "p-two-b").regions == ()
    left = "2 files without a partner were left out: only-mri.png, only-pet.gif."
    assert left in capsys.readouterr().err


def test_one_bad_pair_and_nothing_is_written(tmp_path: Path) -> None:
    for name in ("1", "2", "3"):
        _image(tmp_path / "mri" / f"{name}.png")
        _image(tmp_path / "pet" / f"{name}.png", (10, 8) if name != "3" else (5, 5))
    folders = [tmp_path / "mri", tmp_path / "pet"]
    assert _run(*folders, "--modalities", "A,B", "--cases", tmp_path / "cases") == 1
    assert not (tmp_path / "cases").exists()
    with pytest.raises(CaseError, match=r"3\.png: the image is 5×5; expected 8×10 as in 3\.png"):
        cases_from_folders(folders, Request(("A", "B")))


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [_image(tmp_path / "a.png"), _image(tmp_path / "b.png")]
    cases = [case_from_files(files, Request(("A", "B"), name)) for name in ("one", "two")]
    write_cases(cases[:1], tmp_path / "cases")
    original = importer.save_case

    def second_fails(case: object, folder: Path) -> None:
        if folder.name == "two":
            raise OSError("disk full")
        original(case, folder)  # type: ignore[arg-type]

    monkeypatch.setattr(importer, "save_case", second_fails)
    with pytest.raises(OSError, match="disk full"):
        write_cases(cases, tmp_path / "cases", force=True)
    assert [path.name for path in (tmp_path / "cases").iterdir()] == ["one"]
    load_case(tmp_path / "cases" / "one")


def _bad(tmp_path: Path) -> dict[str, list[object]]:
    good, other = _image(tmp_path / "a.png"), _image(tmp_path / "b.png")
    small, mask = _image(tmp_path / "small.png", (4, 4)), _mask(tmp_path / "mask.png", (4, 4))
    flat = tmp_path / "flat.png"
    Image.fromarray(np.full((10, 8), 3, np.uint8)).save(flat)
    empty = tmp_path / "empty"
    empty.mkdir()
    two = _image(tmp_path / "twice" / "x.png").parent
    _image(two / "x.gif")
    like = _image(tmp_path / "like" / "A b.png").parent
    _image(like / "a-b.png")
    return {
        "small.png: the image is 4×4; expected 8×10 as in a.png": [good, small, "--id", "x"],
        "flat.png: the image is constant (3 everywhere)": [good, flat, "--id", "x"],
        "nope.png: no such file": [good, tmp_path / "nope.png", "--id", "x"],
        "Number of source files: 1; expected 2 or 3": [good, "--id", "x"],
        "'../x' is not a case study id": [good, other, "--id", "../x"],
        "'' is not a case study id": [good, other],
        "expected a tuple of 2 names": [good, other, "--id", "x", "--modalities", "A"],
        "expected different names": [good, other, "--id", "x", "--modalities", "A,A"],
        "is not of the form NAME=MASK": [good, other, "--id", "x", "--region", "core"],
        "is given twice": [good, other, "--id", "x", "--region", f"c={mask}", "--region", f"c={mask}"],
        "has no letter or digit": [good, other, "--id", "x", "--region", f"?={mask}"],
        "mask.png: the mask is 4×4; expected 8×10": [good, other, "--id", "x", "--region", f"c={mask}"],
        "none.png: no such file": [good, other, "--id", "x", "--region", "c=none.png"],
        "a folder; expected a PNG": [good, empty, "--id", "x"],
        "No name is in all of": [two.parent / "like", empty],
        "x.gif has the same name": [two, like],
        "a second file that gives the id 'a-b'": [like, like],
        "no mask is named as one of the images": [two.parent / "like", like, "--region", f"c={empty}"],
    }


def test_a_request_that_cannot_be_met_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wanted, arguments in _bad(tmp_path).items():
        names = [] if "--modalities" in arguments else ["--modalities", "A,B"]
        assert _run(*arguments, *names, "--cases", tmp_path / "cases") == 1
        message = capsys.readouterr().err
        assert wanted in message
        assert message.startswith("error: ")
        assert message.count("\n") == 1
        assert not (tmp_path / "cases").exists()


def test_volumes_give_the_same_slice_and_say_which(tmp_path: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    volumes = RNG.integers(0, 1000, (2, 6, 5, 9)).astype(np.int16)
    files = [tmp_path / "t2.nii.gz", tmp_path / "pet.nii"]
    for path, volume in zip(files, volumes, strict=True):
        nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), path)
    case = case_from_files(files, Request(NAMES, "v"))
    middle = "slice 4 of 0 to 8, the middle one"
    assert case.provenance == f"Imported from t2.nii.gz ({middle}) and pet.nii ({middle})."
    case = case_from_files(files, Request(NAMES, "v", slice_index=2))
    assert "slice 2 of 0 to 8)" in case.provenance
    expected = volumes[1, ::-1, ::-1, 2].T.astype(float)
    expected = (expected - expected.min()) / (expected.max() - expected.min())
    np.testing.assert_allclose(case.sources[1], expected, atol=1e-5)
    nibabel.save(nibabel.Nifti1Image(volumes[1, :, :, :7], np.eye(4)), files[1])
    with pytest.raises(CaseError, match=r"pet\.nii: the volume has 7 slices; expected 9 as in t2\.nii\.gz"):
        case_from_files(files, Request(NAMES, "v", slice_index=2))


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        (("", "1"), "1"),
        (("a", "B c.d"), "a-b-c-d"),
        (("ä", "ö"), ""),
        (("_x",), "x"),
        (("y" * 99,), "y" * 64),
    ],
)
def test_ids_are_made_from_names(parts: tuple[str, ...], wanted: str) -> None:
    assert make_id(*parts) == wanted


@pytest.mark.skipif(not ATLAS.is_dir(), reason=f"the real pairs are not there: {ATLAS}")
def test_the_atlas_pairs_import(tmp_path: Path) -> None:
    options = ["--id", "atlas", "--modalities", "T2-MRI,FDG-PET", "--cases", tmp_path / "cases"]
    assert _run(ATLAS / "mri", ATLAS / "pet", *options) == 0
    folders = list_case_folders([tmp_path / "cases"])
    assert list(folders) == [f"atlas-{k}" for k in (1, 2, 4, 5, 6, 9)]
    for name, folder in folders.items():
        case = load_case(folder)
        assert case.shape == (256, 256)
        assert case.provenance == f"Imported from mri/{name[6:]}.gif and pet/{name[6:]}.gif."
        grey = np.asarray(Image.open(ATLAS / "pet" / f"{name[6:]}.gif").convert("RGB")).astype(float)
        grey = grey @ [0.2989, 0.5870, 0.1140]
        expected = (grey - grey.min()) / (grey.max() - grey.min())
        np.testing.assert_allclose(case.sources[1], expected, atol=1e-5)
        assert case.sources.min(axis=(1, 2)).tolist() == [0, 0]
        assert case.sources.max(axis=(1, 2)).tolist() == [1, 1]
