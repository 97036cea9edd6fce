"""One slice of a NIfTI file. Owns orientation and scaling; nibabel is imported when such a file is met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from precompute.cases.picture import Format, Picture, ReadError, check_size, pick, unreadable


def read_nifti(path: Path, index: int | None) -> Picture:
    """An image of a NIfTI file, in radiological convention whatever the voxel order of the file.

    A volume is cut in axial slices, numbered from the feet (0) to the head; a slice has the nose up
    and the patient's right on the left. A file that is one voxel thick is that one image (coronal
    and sagittal ones have the head up, sagittal ones the nose to the left). Scaling (slope and
    intercept) is applied; oblique volumes are cut along their nearest axis.

    Raises:
        ReadError: damaged; not two or three dimensions; colour or complex voxels; no such slice.
    """
    import nibabel

    try:
        image: Any = nibabel.load(path)
        shape, dtype = tuple(image.shape), image.get_data_dtype()
        axes = nibabel.orientations.io_orientation(image.affine)
    except Exception as error:  # nibabel raises many unrelated kinds on damaged headers
        raise unreadable(path, "NIfTI file", error) from None
    _check_nifti(path, shape, dtype, axes)
    sizes = (*shape, 1)[:3]
    thin = [k for k in range(3) if sizes[k] == 1]
    through = thin[0] if len(thin) == 1 else int(np.argmax(axes[:, 0]))
    count = sizes[through]
    number, chosen = pick(path, count, index) if count > 1 else (0, False)
    others = [k for k in range(3) if k != through]
    check_size(path, sizes[others[0]], sizes[others[1]])
    cut: list[Any] = [slice(None)] * min(len(shape), 3) + [0] * (len(shape) - 3)
    if through < len(cut):
        cut[through] = number if axes[through, 1] > 0 else count - 1 - number
    try:
        values = np.asarray(image.dataobj[tuple(cut)]).astype(np.float32)
    except Exception as error:  # a truncated or damaged file, in any of the ways gzip and numpy know
        raise unreadable(path, "NIfTI file", error) from None
    upright = _radiological(values, axes[others])
    return Picture(upright, number, count, chosen) if count > 1 else Picture(upright)


def _check_nifti(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], axes: NDArray[Any]) -> None:
    size = "×".join(map(str, shape))
    if not 2 <= len(shape) <= 3 + sum(extent == 1 for extent in shape[3:]) or 0 in shape:
        raise ReadError(f"{path}: a NIfTI file of {size} voxels; expected two or three dimensions.")
    if dtype.fields is not None or dtype.kind not in "iuf":
        raise ReadError(f"{path}: a NIfTI file of colour or complex voxels; expected one real number each.")
    if not np.isfinite(axes).all():
        raise ReadError(f"{path}: its affine gives no orientation; expected an invertible affine.")


def _radiological(values: NDArray[np.float32], axes: NDArray[Any]) -> NDArray[np.float32]:
    """Rows from head or nose downwards, columns from right or nose; `axes` as nibabel gives them."""
    for axis in range(2):
        if axes[axis, 1] > 0:
            values = np.flip(values, axis)
    return np.ascontiguousarray(values if axes[0, 0] > axes[1, 0] else values.T)


FORMAT = Format("NIfTI (.nii, .nii.gz)", (".nii", ".nii.gz"), read_nifti)
