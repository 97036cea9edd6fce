"""Readers: every format gives the numbers that were written, every bad file one clear sentence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from precompute.cases import picture
from precompute.cases.case_study import CaseError
from precompute.cases.readers import ReadError, normalise, read_image, read_mask, read_picture, stem

nibabel = pytest.importorskip("nibabel")
pydicom = pytest.importorskip("pydicom")

RNG = np.random.default_rng(5)
BYTES = RNG.integers(0, 256, (7, 9)).astype(np.uint8)
WORDS = RNG.integers(0, 65536, (7, 9)).astype(np.uint16)
FLOATS = RNG.normal(0, 1000, (7, 9)).astype(np.float32)
COLOURS = RNG.integers(0, 256, (7, 9, 3)).astype(np.uint8)


def _grey(colours: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(colours.astype(float), -1, 0)
    return 0.2989 * red + 0.5870 * green + 0.1140 * blue


def _saved(path: Path, array: np.ndarray, **options: Any) -> Path:
    Image.fromarray(array).save(path, **options)
    return path


def _nifti(path: Path, data: np.ndarray, affine: np.ndarray | None = None) -> Path:
    nibabel.save(nibabel.Nifti1Image(data, np.eye(4) if affine is None else affine), path)
    return path


def _dicom(path: Path, pixels: np.ndarray, **tags: Any) -> Path:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = tags.pop("syntax", ExplicitVRLittleEndian)
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["test"])
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    colour = pixels.shape[-1] == 3
    size = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    data.Rows, data.Columns = size
    data.SamplesPerPixel = 3 if colour else 1
    if colour:
        data.PlanarConfiguration = 0
    data.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = pixels.dtype.itemsize * 8
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    frames = pixels.size // (size[0] * size[1] * data.SamplesPerPixel)
    if frames > 1:
        data.NumberOfFrames = frames
    content = pixels.tobytes()
    data.PixelData = content + b"\0" * (len(content) % 2)
    for name, value in tags.items():
        setattr(data, name, value)
    data.save_as(path, enforce_file_format=True)
    return path


# Plain images


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("a.png", BYTES),
        ("a.png", WORDS),
        ("a.tif", BYTES),
        ("a.TIFF", WORDS),
        ("a.tiff", FLOATS),
        ("a.tif", WORDS.astype(np.int32) - 30000),
        ("a.png", BYTES > 128),
    ],
)
def test_grey_images_come_back_exactly(name: str, array: np.ndarray, tmp_path: Path) -> None:
    image = read_image(_saved(tmp_path / name, array))
    assert image.dtype == np.float32
    scale = image.max() / array.max() if array.dtype == bool else 1  # 1-bit white may be 1 or 255
    np.testing.assert_array_equal(image, array.astype(np.float32) * scale)


def test_a_grey_gif_is_the_same_image_after_scaling(tmp_path: Path) -> None:
    image = read_image(_saved(tmp_path / "a.gif", BYTES))  # in colour: the weights' sum is 0.9999
    np.testing.assert_allclose(normalise(image), normalise(BYTES.astype(np.float32)), atol=1e-6)


def test_a_jpeg_is_read_within_its_loss(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(32) * 3, np.arange(40) * 2).astype(np.uint8)
    image = read_image(_saved(tmp_path / "a.JPG", smooth, quality=95))
    assert np.abs(image - smooth).max() < 4


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_colour_becomes_grey(name: str, tmp_path: Path) -> None:
    image = read_image(_saved(tmp_path / name, COLOURS))
    np.testing.assert_allclose(image, _grey(COLOURS), rtol=1e-6)


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    palette = RNG.integers(0, 256, (256, 3)).astype(np.uint8)
    indexed = Image.fromarray(BYTES, mode="L").copy()
    indexed.putpalette(palette.tobytes())
    for name in ("a.gif", "a.png"):
        indexed.save(tmp_path / name)
        np.testing.assert_allclose(read_image(tmp_path / name), _grey(palette[BYTES]), rtol=1e-6)


def test_what_is_transparent_is_zero(tmp_path: Path) -> None:
    alpha = np.zeros((7, 9), np.uint8)
    alpha[2:5, 3:6] = 255
    alpha[6, 8] = 51
    image = read_image(_saved(tmp_path / "rgba.png", np.dstack([COLOURS, alpha])))
    np.testing.assert_allclose(image, _grey(COLOURS) * alpha / 255.0, rtol=1e-6)
    image = read_image(_saved(tmp_path / "la.png", np.dstack([BYTES, alpha])))
    np.testing.assert_allclose(image, BYTES * (alpha / 255.0), rtol=1e-6)
    image = read_image(_saved(tmp_path / "grey.png", BYTES, transparency=int(BYTES[0, 0])))
    np.testing.assert_array_equal(image, np.where(BYTES[0, 0] == BYTES, 0, BYTES))
    clear = tuple(int(value) for value in COLOURS[1, 1])
    image = read_image(_saved(tmp_path / "rgb.png", COLOURS, transparency=clear))
    expected = np.where((clear == COLOURS).all(axis=-1), 0, _grey(COLOURS))
    np.testing.assert_allclose(image, expected, rtol=1e-6)


def test_the_content_counts_where_the_suffix_is_wrong(tmp_path: Path) -> None:
    _saved(tmp_path / "a.png", BYTES).rename(tmp_path / "a.gif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.gif"), BYTES)


def test_several_frames_need_a_number(tmp_path: Path) -> None:
    frames = [Image.fromarray(BYTES + np.uint8(k)) for k in range(3)]
    for name in ("a.gif", "a.tif", "a.png"):
        path = tmp_path / name
        frames[0].save(path, save_all=True, append_images=frames[1:])
        with pytest.raises(
            ReadError, match="holds 3 frames; expected one image, or the number of a frame, 0 to 2"
        ):
            read_image(path)
        with pytest.raises(ReadError, match="there is no slice 3; expected 0 to 2"):
            read_image(path, 3)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", 2), BYTES + np.uint8(2))
    assert read_picture(tmp_path / "a.tif", 2).note == "slice 2 of 0 to 2"


# NIfTI


def test_a_volume_is_cut_in_radiological_slices(tmp_path: Path) -> None:
    data = RNG.integers(-500, 500, (4, 5, 6)).astype(np.int16)  # x to the right, y to the nose, z up
    path = _nifti(tmp_path / "a.nii.gz", data)
    for z in range(6):
        image = read_image(path, z)
        assert image.shape == (5, 4)
        assert image[0, 0] == data[3, 4, z]  # top left: the patient's right, at the nose
        assert image[4, 3] == data[0, 0, z]
        np.testing.assert_array_equal(image, data[::-1, ::-1, z].T)
    chosen = read_picture(path)
    np.testing.assert_array_equal(chosen.values, read_image(path, 3))
    assert chosen.note == "slice 3 of 0 to 5, the middle one"


@pytest.mark.parametrize("codes", ["LPS", "RAS", "ASR", "SAL", "IRP", "PIL"])
def test_the_voxel_order_of_the_file_does_not_matter(codes: str, tmp_path: Path) -> None:
    data = RNG.integers(-500, 500, (4, 5, 6)).astype(np.int16)
    upright = nibabel.Nifti1Image(data, np.diag([2.0, 2.0, 3.0, 1.0]))
    orientation = nibabel.orientations.axcodes2ornt(codes)
    turned = upright.as_reoriented(
        nibabel.orientations.ornt_transform(nibabel.orientations.axcodes2ornt("RAS"), orientation)
    )
    assert "".join(nibabel.aff2axcodes(turned.affine)) == codes
    nibabel.save(turned, tmp_path / "a.nii")
    np.testing.assert_array_equal(read_image(tmp_path / "a.nii", 1), data[::-1, ::-1, 1].T)


def test_a_file_of_one_voxel_thickness_is_that_image(tmp_path: Path) -> None:
    data = RNG.normal(size=(4, 5, 6)).astype(np.float32)
    for name, part, expected in (
        ("axial", data[:, :, 2:3], data[::-1, ::-1, 2].T),
        ("coronal", data[:, 2:3], data[::-1, 2, ::-1].T),
        ("sagittal", data[2:3], data[2, ::-1, ::-1].T),
        ("flat", data[:, :, 2], data[::-1, ::-1, 2].T),
        ("extra", data[:, :, 2:3, None], data[::-1, ::-1, 2].T),
    ):
        path = _nifti(tmp_path / f"{name}.nii", part)
        np.testing.assert_array_equal(read_image(path), expected)
        assert read_picture(path, 40).note == ""  # a file of one image has no slices


def test_scaling_of_the_file_is_applied(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(WORDS.astype(np.int16)[..., None], np.eye(4))
    image.header.set_slope_inter(0.5, -3.0)
    raw = WORDS.astype(np.int16).astype(float)
    nibabel.save(image, tmp_path / "a.nii")
    stored = nibabel.load(tmp_path / "a.nii")
    expected = np.asarray(stored.dataobj)[::-1, ::-1, 0].T
    np.testing.assert_allclose(read_image(tmp_path / "a.nii"), expected, rtol=1e-6)
    assert np.ptp(expected) == pytest.approx(np.ptp(raw), rel=0.6)


# DICOM


def test_dicom_is_rescaled_to_its_units(tmp_path: Path) -> None:
    pixels = RNG.integers(-1000, 1000, (7, 9)).astype(np.int16)
    path = _dicom(tmp_path / "a.dcm", pixels, RescaleSlope="2.5", RescaleIntercept="-1024")
    np.testing.assert_allclose(read_image(path), pixels * 2.5 - 1024, rtol=1e-6)
    path.rename(tmp_path / "IM0001")  # known by its content
    np.testing.assert_allclose(read_image(tmp_path / "IM0001"), pixels * 2.5 - 1024, rtol=1e-6)


def test_monochrome1_is_inverted(tmp_path: Path) -> None:
    path = _dicom(tmp_path / "a.dcm", WORDS, PhotometricInterpretation="MONOCHROME1")
    expected = float(WORDS.max()) + float(WORDS.min()) - WORDS
    np.testing.assert_allclose(read_image(path), expected, rtol=1e-6)
    np.testing.assert_allclose(
        normalise(read_image(path)), 1 - normalise(WORDS.astype(np.float32)), atol=1e-6
    )


def test_dicom_colour_becomes_grey(tmp_path: Path) -> None:
    np.testing.assert_allclose(read_image(_dicom(tmp_path / "a.dcm", COLOURS)), _grey(COLOURS), rtol=1e-6)


def test_dicom_frames_are_slices_with_their_own_scale(tmp_path: Path) -> None:
    from pydicom.dataset import Dataset

    def group(slope: float) -> Dataset:
        item, outer = Dataset(), Dataset()
        item.RescaleSlope, item.RescaleIntercept = slope, 1.0
        outer.PixelValueTransformationSequence = [item]
        return outer

    pixels = RNG.integers(0, 1000, (3, 7, 9)).astype(np.uint16)
    path = _dicom(tmp_path / "a.dcm", pixels, RescaleSlope="7", RescaleIntercept="0")
    assert read_picture(path).note == "slice 1 of 0 to 2, the middle one"
    np.testing.assert_allclose(read_image(path), pixels[1] * 7.0)
    groups = [group(1.0 + k) for k in range(3)]
    path = _dicom(tmp_path / "b.dcm", pixels, PerFrameFunctionalGroupsSequence=groups)
    np.testing.assert_allclose(read_image(path, 2), pixels[2] * 3.0 + 1.0)
    path = _dicom(tmp_path / "c.dcm", pixels, SharedFunctionalGroupsSequence=[group(5.0)])
    np.testing.assert_allclose(read_image(path, 0), pixels[0] * 5.0 + 1.0)


def test_a_compressed_dicom_without_a_decoder_says_so(tmp_path: Path) -> None:
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGLSLossless

    path = _dicom(tmp_path / "a.dcm", WORDS)
    data = pydicom.dcmread(path)
    data.file_meta.TransferSyntaxUID = JPEGLSLossless
    data.PixelData = encapsulate([b"\xff\xd8\xff\xf7 not really"])
    data["PixelData"].VR = "OB"
    data.save_as(path)
    with pytest.raises(ReadError, match=r"a\.dcm: compressed as JPEG-LS Lossless.*, with no decoder here"):
        read_image(path)


# Bad files: make(folder) writes one and returns its path.


def _text(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _with_one(value: float) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        bad = FLOATS.copy()
        bad[2, 3] = value
        return _saved(folder / "a.tif", bad)

    return make


def _rgb_nifti(folder: Path) -> Path:
    kind = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    return _nifti(folder / "a.nii", np.zeros((4, 5, 6), dtype=kind))


def _no_orientation(folder: Path) -> Path:
    image = nibabel.Nifti1Image(BYTES[..., None], np.eye(4))
    image.header["sform_code"], image.header["qform_code"] = 1, 0
    image.header["srow_x"] = image.header["srow_y"] = image.header["srow_z"] = 0
    (folder / "a.nii").write_bytes(image.header.binaryblock + b"\0" * 4 + BYTES.tobytes(order="F"))
    return folder / "a.nii"


def _no_pixels(folder: Path) -> Path:
    path = _dicom(folder / "a.dcm", BYTES)
    data = pydicom.dcmread(path)
    del data.PixelData
    data.save_as(path)
    return path


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda folder: folder / "a.png", "no such file; expected a PNG, GIF"),
        (lambda folder: folder / "a.nii.gz", "no such file"),
        (lambda folder: folder, "a folder; expected a PNG"),
        (_text("a.png", b""), "the file is empty"),
        (_text("a.nii.gz", b""), "the file is empty"),
        (_text("a.dcm", b""), "the file is empty"),
        (_text("a.png", b"hello, world"), "not an image that can be read"),
        (_text("a.jpg", b"%PDF-1.4 and so on"), "not an image that can be read"),
        (_text("a.nii", b"hello, world" * 100), "not a readable NIfTI file"),
        (_text("a.nii.gz", b"hello, world"), "not a readable NIfTI file"),
        (_text("a.dcm", b"hello, world" * 100), "not a readable DICOM file"),
        (_text("a.txt", b"hello"), "the file type '.txt' is not known; expected a PNG"),
        (_text("noname", b"hello"), "the file type '(none)' is not known"),
        (lambda folder: _saved(folder / "a.webp", BYTES), "the file type '.webp' is not known"),
        (lambda folder: _saved(folder / "a.png", np.full((5, 6), 9, np.uint8)), "constant (9 everywhere)"),
        (lambda folder: _saved(folder / "a.png", np.full((65, 66, 3), 9, np.uint8)), "constant"),
        (lambda folder: _saved(folder / "a.png", BYTES[:1, :1]), "constant"),
        (_with_one(np.nan), "1 of 63 pixels are NaN or infinite"),
        (_with_one(-np.inf), "1 of 63 pixels are NaN or infinite"),
        (
            lambda folder: _nifti(folder / "a.nii", np.zeros((4, 5, 6, 2), np.int16)),
            "two or three dimensions",
        ),
        (lambda folder: _nifti(folder / "a.nii", np.zeros((4, 5, 6), np.complex64)), "colour or complex"),
        (_rgb_nifti, "colour or complex voxels"),
        (_no_orientation, "gives no orientation"),
        (
            lambda folder: _nifti(folder / "a.nii", np.zeros((4, 5, 6), np.int16)),
            "0 to 5, the middle one) is constant (0",
        ),
        (_no_pixels, "a DICOM file without an image"),
    ],
)
def test_a_bad_file_is_one_sentence_that_names_it(
    make: Callable[[Path], Path], sentence: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    with pytest.raises(ReadError) as caught:
        read_image(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert sentence in message
    assert "expected" in message
    assert "\n" not in message
    assert isinstance(caught.value, CaseError)


@pytest.mark.parametrize("index", [-1, 6])
def test_a_slice_that_is_not_there_is_refused(index: int, tmp_path: Path) -> None:
    path = _nifti(tmp_path / "a.nii", RNG.integers(0, 9, (4, 5, 6)).astype(np.int16))
    with pytest.raises(ReadError, match=f"there is no slice {index}; expected 0 to 5"):
        read_image(path, index)
    path = _dicom(tmp_path / "a.dcm", RNG.integers(0, 9, (6, 7, 9)).astype(np.uint16))
    with pytest.raises(ReadError, match=f"there is no slice {index}; expected 0 to 5"):
        read_image(path, index)


KINDS = ["a.png", "a.gif", "a.tif", "a.jpg", "a.nii", "a.nii.gz", "a.dcm"]


def _written(path: Path) -> Path:
    if ".nii" in path.name:
        return _nifti(path, WORDS.astype(np.int16)[..., None])
    return _dicom(path, WORDS) if path.suffix == ".dcm" else _saved(path, BYTES)


def _outcome(path: Path) -> np.ndarray | str:
    """The image, or the sentence; any other kind of error fails the test."""
    try:
        return read_image(path)
    except ReadError as error:
        return str(error)


@pytest.mark.parametrize("name", KINDS)
def test_a_file_cut_anywhere_is_one_sentence_or_whole(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path / name)
    image, whole = read_image(path), path.read_bytes()
    for length in np.unique(np.linspace(0, len(whole) - 1, 60).astype(int)):
        path.write_bytes(whole[:length])
        outcome = _outcome(path)
        if isinstance(outcome, str):
            assert outcome.startswith(f"{path}: ")
            assert "\n" not in outcome
        else:  # some formats end in bytes that hold no pixels
            assert length >= len(whole) - 24
            np.testing.assert_array_equal(outcome, image)


@pytest.mark.parametrize("name", KINDS)
def test_a_file_with_altered_bytes_is_one_sentence_or_an_image(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path / name)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(80):
        altered = whole.copy()
        places = rng.integers(0, min(whole.size, 400), 4)
        altered[places] = rng.integers(0, 256, 4)
        path.write_bytes(altered.tobytes())
        outcome = _outcome(path)
        if isinstance(outcome, str):
            assert "\n" not in outcome
        else:
            assert outcome.ndim == 2
            assert np.isfinite(outcome).all()


def test_a_decompression_bomb_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "MAX_PIXELS", 50)
    for path in (
        _saved(tmp_path / "a.png", BYTES),
        _nifti(tmp_path / "a.nii", WORDS.astype(np.int16)[..., None]),
        _dicom(tmp_path / "a.dcm", WORDS),
    ):
        with pytest.raises(ReadError, match="expected at most 50 pixels"):
            read_image(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(ReadError, match=r"a\.png: not a readable"):
        read_image(tmp_path / "a.png")


def test_masks_are_true_where_not_zero(tmp_path: Path) -> None:
    values = np.where(BYTES > 100, 3, 0).astype(np.uint8)
    np.testing.assert_array_equal(read_mask(_saved(tmp_path / "a.png", values)), values > 0)
    assert read_mask(_saved(tmp_path / "b.png", np.ones((4, 5), np.uint8))).all()
    with pytest.raises(ReadError, match="the mask is 0 everywhere"):
        read_mask(_saved(tmp_path / "c.png", np.zeros((4, 5), np.uint8)))


def test_normalise_is_min_max() -> None:
    image = normalise(FLOATS)
    assert image.dtype == np.float32
    assert (image.min(), image.max()) == (0.0, 1.0)
    wanted = (FLOATS.astype(float) - FLOATS.min()) / (float(FLOATS.max()) - float(FLOATS.min()))
    np.testing.assert_allclose(image, wanted, rtol=1e-6, atol=1e-7)
    huge = np.array([[-3e38, 0.0, 3e38]], np.float32)
    np.testing.assert_allclose(normalise(huge), [[0.0, 0.5, 1.0]])
    for bad in (np.full((3, 3), 2.0, np.float32), np.array([[np.nan, 1.0]], np.float32)):
        with pytest.raises(ReadError, match="cannot be scaled"):
            normalise(bad)


def test_the_name_without_its_suffix() -> None:
    names = {"a.nii.gz": "a", "b.PNG": "b", "c.d.tif": "c.d", "e": "e"}
    assert {name: stem(Path(name)) for name in names} == names


def test_reading_writes_and_logs_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = _saved(tmp_path / "a.png", BYTES)
    with caplog.at_level(logging.DEBUG, logger="precompute"):
        read_image(path)
    assert not caplog.records
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]
