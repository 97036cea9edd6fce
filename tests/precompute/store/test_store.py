"""The store: whole or nothing, stale and damaged entries, several users at once."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import zarr

from precompute.store import atomic, store
from precompute.store.store import Store, StoreError
from tests.precompute.store_helpers import DIGESTS, HEIGHT, SOURCE, WEIGHTS, WIDTH, make_entry, same

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def folder_of(root: Path, case: str = "alpha", method: str = "average") -> Path:
    (found,) = [path for path in root.rglob(method) if path.parent.name == case]
    return found


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flip(path: Path, position: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1 << bit
    path.write_bytes(data)


def no_scratch(root: Path) -> bool:
    return not list((root / ".work").glob("scratch-*"))


def test_what_was_written_is_read_to_the_bit(root: Path) -> None:
    entry = make_entry(radius=1)
    Store(root).write(entry)
    again = Store(root).read("alpha", "average", *DIGESTS)
    assert same(entry, again)
    assert again is not None
    assert again.whole_jacobian is None
    assert Store(root).status("alpha", "average", *DIGESTS, thorough=True).state == "ready"
    assert no_scratch(root)


def test_other_tools_open_it(root: Path) -> None:
    """With zarr alone, from the top down, without a warning; digests as hashlib sees the numbers."""
    entry = make_entry(radius=1)
    Store(root).write(entry)
    Store(root).write(make_entry(method="other"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        top = zarr.open_group(str(root / "entries.zarr"), mode="r")
        assert {name for name, _ in top["alpha"].groups()} == {"average", "other"}
        assert {name for name, _ in top.groups()} == {"alpha"}
    group = zarr.open_group(str(folder_of(root)), mode="r", zarr_format=3)
    np.testing.assert_array_equal(group["guidance"][...], entry.guidance)
    np.testing.assert_array_equal(group["whole_jacobian"][...], entry.whole_jacobian)
    assert group["whole_jacobian"].chunks == (1, WIDTH, 2, 3, 3)
    assert group["guidance"].metadata.dimension_names == ("source", "y", "x")
    assert group.attrs["metrics"] == {"ssim": [0.25, 0.5], "mse": [0.125, 1e-7]}
    for name, said in group.attrs["arrays"].items():
        assert said["sha256"] == hashlib.sha256(group[name][...].tobytes()).hexdigest()
    rows = group.attrs["whole_jacobian"]["row_sha256"]
    assert rows == [hashlib.sha256(row.tobytes()).hexdigest() for row in group["whole_jacobian"][...]]


def test_missing(root: Path) -> None:
    assert Store(root).read("alpha", "average", *DIGESTS) is None
    assert Store(root).status("alpha", "average", *DIGESTS).state == "missing"
    assert Store(root).entries() == ()
    assert Store(root).remove("alpha", "average") is False
    assert not root.exists(), "looking must not create anything"


@pytest.mark.parametrize(
    ("source", "weights", "version", "word"),
    [
        ("6" * 64, WEIGHTS, 0, "source"),
        (SOURCE, "b" * 64, 0, "weights"),
        (SOURCE, WEIGHTS, 1, "code version"),
    ],
)
def test_stale(
    root: Path, monkeypatch: pytest.MonkeyPatch, source: str, weights: str, version: int, word: str
) -> None:
    Store(root).write(make_entry(radius=0))
    monkeypatch.setattr(store, "CODE_VERSION", store.CODE_VERSION + version)
    state, reason = Store(root).status("alpha", "average", source, weights)
    assert state == "stale"
    assert word in reason
    assert Store(root).read("alpha", "average", source, weights) is None
    assert Store(root).entry_jacobian("alpha", "average", (0, 0), source, weights) is None
    assert Store(root).problem("alpha", "average") is None, "stale is not damaged"


def test_a_flipped_bit_anywhere_never_gives_other_numbers(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry = make_entry()
    Store(root).write(entry)
    clean = tmp_path / "clean"
    folder = folder_of(root)
    shutil.copytree(folder, clean)
    rng = np.random.default_rng(3)
    noticed = 0
    for path in files_of(folder):
        size = path.stat().st_size
        chunk = path.name != "zarr.json"
        for position in rng.choice(size, size=min(size, 25), replace=False):
            flip(path, int(position), int(rng.integers(8)))
            caplog.clear()
            found = Store(root).read("alpha", "average", *DIGESTS)
            if found is None:
                noticed += 1
                assert "alpha/average is damaged" in caplog.text
                assert Store(root).status("alpha", "average", *DIGESTS).state == "damaged"
            else:
                # A name or a space in an array's metadata may change without harm.
                assert same(found, entry)
                assert not chunk
            shutil.copy(clean / path.relative_to(folder), path)
    assert noticed > 50
    assert same(Store(root).read("alpha", "average", *DIGESTS), entry)


def damage_truncate_metadata(folder: Path) -> None:
    path = folder / "zarr.json"
    path.write_bytes(path.read_bytes()[:-40])


def damage_remove_metadata(folder: Path) -> None:
    (folder / "zarr.json").unlink()


def damage_truncate_array_metadata(folder: Path) -> None:
    os.truncate(folder / "guidance" / "zarr.json", 100)


def damage_remove_chunk(folder: Path) -> None:
    files_of(folder / "guidance" / "c")[0].unlink()


def damage_truncate_chunk(folder: Path) -> None:
    os.truncate(files_of(folder / "fused" / "c")[0], 20)


def damage_remove_array(folder: Path) -> None:
    shutil.rmtree(folder / "summed_gradient")


def damage_exchange_arrays(folder: Path) -> None:
    """Both sound by themselves, of the same shape and type."""
    os.rename(folder / "guidance", folder / "kept")
    os.rename(folder / "summed_gradient", folder / "guidance")
    os.rename(folder / "kept", folder / "summed_gradient")


def damage_shape(folder: Path) -> None:
    zarr.open_array(str(folder / "fused"), mode="r+").resize((HEIGHT, WIDTH + 1))


def damage_dtype(folder: Path) -> None:
    shutil.rmtree(folder / "fused")
    zarr.create_array(str(folder), name="fused", data=np.zeros((HEIGHT, WIDTH)))


def damage_remove_attribute(folder: Path) -> None:
    document = json.loads((folder / "zarr.json").read_text())
    del document["attributes"]["device"]
    (folder / "zarr.json").write_text(json.dumps(document))


def damage_edit_attribute(folder: Path) -> None:
    document = json.loads((folder / "zarr.json").read_text())
    document["attributes"]["metrics"]["ssim"][0] = 0.99
    (folder / "zarr.json").write_text(json.dumps(document))


def damage_remove_jacobian(folder: Path) -> None:
    shutil.rmtree(folder / "whole_jacobian")


DAMAGES = [value for name, value in sorted(globals().items()) if name.startswith("damage_")]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_is_noticed_named_and_rebuilt(root: Path, damage, caplog: pytest.LogCaptureFixture) -> None:
    entry = make_entry(radius=0)
    Store(root).write(entry)
    damage(folder_of(root))
    state, reason = Store(root).status("alpha", "average", *DIGESTS)
    assert state == "damaged"
    assert reason.startswith("alpha/average is damaged: ")
    assert "\n" not in reason
    assert Store(root).problem("alpha", "average") == reason
    assert Store(root).read("alpha", "average", *DIGESTS) is None
    assert "alpha/average is damaged" in caplog.text
    assert [info.key for info in Store(root).entries()] == [("alpha", "average")]
    Store(root).write(entry)
    assert same(Store(root).read("alpha", "average", *DIGESTS), entry)


def test_an_entry_in_the_wrong_place_is_damaged(root: Path) -> None:
    Store(root).write(make_entry())
    shutil.copytree(folder_of(root), folder_of(root).parent / "impostor")
    state, reason = Store(root).status("alpha", "impostor", *DIGESTS)
    assert state == "damaged"
    assert "alpha/average" in reason


@pytest.mark.parametrize("pixel", [(0, 0), (0, WIDTH - 1), (HEIGHT - 1, 0), (HEIGHT - 1, 3), (4, 3), (1, 5)])
def test_one_pixels_jacobian_is_its_window_clipped(root: Path, pixel: tuple[int, int]) -> None:
    """Oracle: the window laid into an image that is wider by the radius, then cut."""
    radius = 2
    entry = make_entry(radius=radius)
    Store(root).write(entry)
    found = Store(root).entry_jacobian("alpha", "average", pixel, *DIGESTS)
    assert found is not None
    assert entry.whole_jacobian is not None
    y, x = pixel
    canvas = np.full((2, HEIGHT + 2 * radius, WIDTH + 2 * radius), np.nan, np.float32)
    canvas[:, y : y + 2 * radius + 1, x : x + 2 * radius + 1] = entry.whole_jacobian[y, x]
    image = canvas[:, radius:-radius, radius:-radius]
    rows, columns = np.isfinite(image[0]).any(1), np.isfinite(image[0]).any(0)
    np.testing.assert_array_equal(found.values, image[:, rows][:, :, columns])
    assert found.origin == (int(rows.argmax()), int(columns.argmax()))
    assert found.pixel == pixel
    assert found.values.dtype == np.float32


@pytest.mark.parametrize("pixel", [(-1, 0), (0, WIDTH), (HEIGHT, 0)])
def test_pixels_outside_are_refused(root: Path, pixel: tuple[int, int]) -> None:
    Store(root).write(make_entry(radius=1))
    with pytest.raises(StoreError, match="outside the image"):
        Store(root).entry_jacobian("alpha", "average", pixel, *DIGESTS)


def test_small_arrays_do_not_wait_for_the_whole_jacobian(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry = make_entry(radius=1)
    Store(root).write(entry)
    row = folder_of(root) / "whole_jacobian" / "c" / "4"
    flip(files_of(row)[0], 60)
    assert same(Store(root).read("alpha", "average", *DIGESTS), entry)
    assert Store(root).status("alpha", "average", *DIGESTS).state == "ready"
    state, reason = Store(root).status("alpha", "average", *DIGESTS, thorough=True)
    assert state == "damaged"
    assert "row 4 of whole_jacobian" in reason
    assert Store(root).entry_jacobian("alpha", "average", (3, 0), *DIGESTS) is not None
    assert Store(root).entry_jacobian("alpha", "average", (4, 0), *DIGESTS) is None
    assert "row 4 of whole_jacobian" in caplog.text
    shutil.rmtree(row)
    assert "row 4 of whole_jacobian" in (Store(root).problem("alpha", "average") or "")


def test_without_a_whole_jacobian_there_is_no_pixel_to_read(root: Path) -> None:
    Store(root).write(make_entry())
    assert Store(root).entry_jacobian("alpha", "average", (0, 0), *DIGESTS) is None
    assert not Store(root).has_jacobian("alpha", "average")


BAD_IDS = ["..", "../alpha", "a/b", "/etc", "", ".hidden", "Alpha", "a" * 65, "a\0", "a\n", "ä", None]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_ids_cannot_leave_the_store(root: Path, bad: str) -> None:
    here = Store(root)
    for pair in ((bad, "average"), ("alpha", bad)):
        for act in (
            lambda pair=pair: here.read(*pair, *DIGESTS),
            lambda pair=pair: here.status(*pair, *DIGESTS),
            lambda pair=pair: here.entry_jacobian(*pair, (0, 0), *DIGESTS),
            lambda pair=pair: here.problem(*pair),
            lambda pair=pair: here.remove(*pair),
            lambda pair=pair: here.claim(*pair),
            lambda pair=pair: here.write(make_entry(*pair)),
        ):
            with pytest.raises(StoreError, match="id; expected"):
                act()
    assert not root.exists()


def test_a_newer_entry_takes_the_place_of_the_older(root: Path) -> None:
    here = Store(root)
    here.write(make_entry(seed=1, radius=1))
    newer = make_entry(seed=2)
    here.write(newer)
    assert same(here.read("alpha", "average", *DIGESTS), newer)
    assert not here.has_jacobian("alpha", "average")
    assert no_scratch(root)


def test_entries_and_remove(root: Path) -> None:
    here = Store(root)
    here.write(make_entry("beta", "other", radius=1))
    here.write(make_entry())
    (root / "entries.zarr" / "Not An Id").mkdir()
    (root / "entries.zarr" / "alpha" / "notes.txt").write_text("mine")
    first, second = here.entries()
    assert (first.key, second.key) == (("alpha", "average"), ("beta", "other"))
    assert (first.pixels, first.device, first.seconds) == (63, "cpu", {"guidance": 1.25, "fuse": 0.5})
    assert (first.jacobian, second.jacobian) == (False, True)
    assert second.size > first.size > 1000
    assert here.remove("alpha", "average")
    assert not here.remove("alpha", "average")
    assert [info.key for info in here.entries()] == [("beta", "other")]
    assert no_scratch(root)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"guidance": np.zeros((HEIGHT, WIDTH), np.float32)}, "guidance has shape"),
        ({"fused": np.zeros((WIDTH, HEIGHT), np.float32)}, "fused is float32"),
        ({"fused": np.zeros((HEIGHT, WIDTH))}, "fused is float64"),
        (
            {"summed_gradient": np.full((2, HEIGHT, WIDTH), np.nan, np.float32)},
            "126 values that are not finite",
        ),
        ({"metrics": {"ssim": (0.5,)}}, "metric 'ssim'"),
        ({"metrics": {"mse": (0.5, float("nan"))}}, "metric 'mse'"),
        ({"fusion_metrics": {"q_fmi": float("inf")}}, "fusion metric 'q_fmi'"),
        ({"whole_jacobian": np.zeros((HEIGHT, WIDTH, 2, 3, 3), np.float16)}, "needs its radius"),
        (
            {"whole_jacobian": np.zeros((HEIGHT, WIDTH, 2, 3, 3), np.float16), "jacobian_radius": 2},
            "expected float16",
        ),
    ],
)
def test_a_wrong_entry_is_refused(root: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(StoreError, match=words):
        Store(root).write(make_entry(**change))
    assert not root.exists()


def test_a_full_disk_leaves_the_older_entry(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, entry = Store(root), make_entry(seed=1)
    here.write(entry)

    def full(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "sync_tree", full)
    with pytest.raises(StoreError, match=r"cannot be written .*No space left"):
        here.write(make_entry(seed=2))
    assert same(here.read("alpha", "average", *DIGESTS), entry)
    assert no_scratch(root)


def test_a_store_that_may_only_be_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = make_entry(radius=0)
    Store(root).write(entry)
    shutil.rmtree(root / ".work" / "locks")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    here = Store(root)
    assert same(here.read("alpha", "average", *DIGESTS), entry)
    assert here.entry_jacobian("alpha", "average", (0, 0), *DIGESTS) is not None
    with pytest.raises(StoreError, match="Read-only file system"):
        here.write(entry)


def test_a_file_is_not_a_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file; expected a folder"):
        Store(tmp_path / "file")


# Killed in the middle ---------------------------------------------------------------------------

KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[1:3]
from tests.precompute.store_helpers import make_entry
from precompute.store.store import Store
call, count = sys.argv[4], int(sys.argv[5])
real, seen = getattr(os, call), 0
def deadly(*args, **kwargs):
    global seen
    seen += 1
    if seen == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)
here = Store(sys.argv[3])
setattr(os, call, deadly)
here.write(make_entry(seed=2))
here.remove("alpha", "average")
"""


@pytest.mark.parametrize(
    ("call", "count", "left"),
    [
        ("fsync", 1, "old"),  # while the new entry is brought to disk
        ("rename", 1, "old"),  # before the older one is put aside
        ("rename", 2, "new"),  # the older one aside, the new one not yet in place
        ("rename", 3, "new"),  # both renamed, before it is taken away again
    ],
)
def test_killed_at_the_worst_moment(root: Path, call: str, count: int, left: str) -> None:
    old, new = make_entry(seed=1), make_entry(seed=2)
    Store(root).write(old)
    paths = [str(PROJECT), str(Path(__file__).parent), str(root)]
    done = subprocess.run([sys.executable, "-c", KILLED, *paths, call, str(count)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not no_scratch(root)
    here = Store(root)  # cleans up
    found = here.read("alpha", "average", *DIGESTS)
    expected = old if left == "old" else new
    assert found is not None
    assert found.guidance.tobytes() == expected.guidance.tobytes()
    assert here.problem("alpha", "average") is None
    assert no_scratch(root)


def test_what_a_live_process_is_writing_is_left_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, entry = Store(root), make_entry()
    real, opened = atomic.sync_tree, []

    def meanwhile(folder: Path) -> None:
        opened.append(Store(root))  # another one opens the store while this one writes
        real(folder)

    monkeypatch.setattr(atomic, "sync_tree", meanwhile)
    here.write(entry)
    assert opened
    assert same(here.read("alpha", "average", *DIGESTS), entry)


# Several at once --------------------------------------------------------------------------------


def test_readers_never_see_a_mixture_or_a_gap(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    versions = [make_entry(seed=seed, created=f"2026-01-0{seed + 1}") for seed in range(2)]
    Store(root).write(versions[0])
    stop, wrong, reads = threading.Event(), [], []

    def reader() -> None:
        here = Store(root)
        while not stop.is_set():
            found = here.read("alpha", "average", *DIGESTS)
            reads.append(1)
            if not any(same(found, version) for version in versions):
                wrong.append(found)

    threads = [threading.Thread(target=reader) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(30):
        Store(root).write(versions[turn % 2])
    stop.set()
    for thread in threads:
        thread.join()
    assert reads
    assert not wrong
    assert not caplog.records


def test_a_claim_is_given_to_one_at_a_time(root: Path) -> None:
    first, second = Store(root), Store(root)
    with first.claim("alpha", "average") as mine:
        assert mine
        with second.claim("alpha", "average") as also:
            assert not also
        with second.claim("alpha", "other") as other:
            assert other
    with second.claim("alpha", "average", wait=True) as now:
        assert now
