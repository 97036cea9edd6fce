"""All fusion metrics of an image pair and its fused images: numpy in, numbers out.

Owns the checks of the input, the 8-bit convention and the choice of what to compute; the definitions
are in the modules beside it, a family each. Torch stays inside.

The 8-bit convention: the metrics were defined on, and published for, 8-bit images. Images in [0, 1]
therefore become the whole grey levels 0…255 first, floor(255 x + 0.5), and fused values outside
[0, 1] are clipped, as in writing an 8-bit file. Q_FMI's test for equal and flat windows depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.devices import one_thread, select_device
from models.metrics.families import FAMILIES, list_metrics
from models.metrics.specs import MetricSpec

Images = NDArray[np.number]

_FAMILY_OF = {spec.id: family for family in FAMILIES for spec in family.specs}
# A fused image of 1024×1024 takes about 0.7 GB of intermediate values.
_PIXELS_AT_ONCE = 1 << 20


def _chosen(ids: Iterable[str] | None) -> list[MetricSpec]:
    """The specs of the ids, in the order of the table; all without ids."""
    wanted = set(_FAMILY_OF) if ids is None else set(ids)
    if unknown := sorted(wanted - set(_FAMILY_OF)):
        raise ValueError(f"Unknown metric {unknown[0]!r}; expected one of {', '.join(_FAMILY_OF)}.")
    return [spec for spec in list_metrics() if spec.id in wanted]


def _check_shapes(sources: Images, fused: Images, mask: NDArray[np.bool_] | None) -> None:
    if sources.ndim != 3 or len(sources) != 2 or fused.ndim != 3 or fused.shape[1:] != sources.shape[1:]:
        raise ValueError(
            f"Sources of shape {sources.shape} and fused images of shape {fused.shape}; "
            "expected (2, H, W) and (B, H, W)."
        )
    if fused.size == 0:
        raise ValueError(f"Fused images of shape {fused.shape} hold no pixel; expected at least one image.")
    for name, images in (("sources", sources), ("fused image", fused)):
        if not np.isfinite(images).all():
            raise ValueError(f"A NaN or infinite value in the {name}; expected finite numbers.")
    if mask is None:
        return
    if mask.dtype != np.bool_ or mask.shape != sources.shape[1:]:
        raise ValueError(
            f"A region of shape {mask.shape} and type {mask.dtype}; "
            f"expected bool of shape {sources.shape[1:]}."
        )
    if not mask.any():
        raise ValueError("The region holds no pixel; expected at least one.")


def _check_defined(specs: Sequence[MetricSpec], sources: Images, fused: Images) -> None:
    """Refuse images that are too small for a metric, or constant where it is stretched to 0…255."""
    height, width = sources.shape[1:]
    for spec in specs:
        if min(height, width) < spec.smallest:
            raise ValueError(
                f"{spec.symbol} of images of {height}×{width} pixels; "
                f"expected at least {spec.smallest}×{spec.smallest}."
            )
    stretched = [spec.symbol for spec in specs if _FAMILY_OF[spec.id].stretched]
    if not stretched:
        return
    names = ["Source 1", "Source 2", *(f"Fused image {k + 1} of {len(fused)}" for k in range(len(fused)))]
    for name, image in zip(names, (*sources, *fused), strict=True):
        if image.min() == image.max():
            raise ValueError(
                f"{name} is constant (grey level {image.min():g}), for which {stretched[0]} is not "
                "defined; expected at least two grey levels."
            )


def _tensor(images: Images, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(images, dtype=np.float64)).to(device)


def to_grey_levels(images: Images) -> NDArray[np.float64]:
    """Images in [0, 1] as whole grey levels 0…255, halves up, values outside clipped; any shape."""
    return np.clip(np.floor(255 * np.asarray(images, np.float64) + 0.5), 0, 255)


def _measure(
    wanted: set[str], sources: Tensor, fused: Tensor, mask: Tensor | None
) -> dict[str, NDArray[np.float64]]:
    """(B,) values of the wanted metrics, some fused images at a time."""
    parts: dict[str, list[NDArray[np.float64]]] = {name: [] for name in wanted}
    for batch in fused.split(max(1, _PIXELS_AT_ONCE // sources[0].numel())):
        for family in FAMILIES:
            members = wanted & {spec.id for spec in family.specs}
            found = family.measure(sources, batch, mask) if members else {}
            for name in members:
                parts[name].append(found[name].cpu().numpy())
    return {name: np.concatenate(values) for name, values in parts.items()}


def grey_level_metrics(
    sources: Images,
    fused: Images,
    mask: NDArray[np.bool_] | None = None,
    device: str = "cpu",
    ids: Iterable[str] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Fusion metrics of B fused images of one pair, from values 0…255 taken as they are, in float64.

    Args:
        sources: (2, H, W), 0…255.
        fused: (B, H, W), 0…255.
        mask: (H, W) bool, a region; None for the whole image. Q_XY takes the region's pixels, the
            histograms of Q_NCIE and Q_MI count them, and the other metrics take the windows (Q_VIFF: of
            every scale) whose centre lies in it. A window looks beyond the rim of the region.
        device: "auto", "cpu" or "cuda".
        ids: the metrics, of `list_metrics()`; None for all of them.

    Returns:
        (B,) values by metric id, in the order of `list_metrics()`; see the convention and the range of
        each there. NaN where a region leaves a metric nothing to measure (it holds no window's
        centre, or is flat), never for the whole image except "q_xy_sums" with two constant sources.

    Raises:
        ValueError: an unknown metric or device; shapes that do not fit; a value that is not finite or
            not in 0…255; an image too small for a metric; a constant image with "q_ncie" or "q_mi"; a
            region of another shape or type, or without a pixel.
    """
    sources, fused = np.asarray(sources), np.asarray(fused)
    specs = _chosen(ids)
    _check_shapes(sources, fused, mask)
    for name, images in (("Sources", sources), ("Fused images", fused)):
        if images.min() < 0 or images.max() > 255:
            raise ValueError(f"{name} from {images.min():g} to {images.max():g}; expected 0…255.")
    _check_defined(specs, sources, fused)
    where = select_device(device)
    region = None if mask is None else torch.tensor(np.asarray(mask)).to(where)
    # Many small steps: a second thread gains little, and costs much where a core is busy.
    with one_thread():
        found = _measure({spec.id for spec in specs}, _tensor(sources, where), _tensor(fused, where), region)
    return {spec.id: found[spec.id] for spec in specs}


def _check_unit_range(sources: Images) -> None:
    if sources.size and (np.nanmin(sources) < -1e-6 or np.nanmax(sources) > 1 + 1e-6):
        raise ValueError(f"Sources from {np.nanmin(sources):g} to {np.nanmax(sources):g}; expected [0, 1].")


def fusion_metrics_batch(
    sources: Images,
    fused: Images,
    mask: NDArray[np.bool_] | None = None,
    device: str = "cpu",
    ids: Iterable[str] | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Fusion metrics of B fused images of one pair; images in [0, 1], rounded to 8 bits as the module says.

    Args:
        sources: (2, H, W) in [0, 1].
        fused: (B, H, W), clipped to [0, 1].
        mask, device, ids: as in `grey_level_metrics`.

    Returns:
        As `grey_level_metrics`.

    Raises:
        ValueError: as `grey_level_metrics`, or sources outside [0, 1].
    """
    sources, fused = np.asarray(sources), np.asarray(fused)
    _check_shapes(sources, fused, mask)
    _check_unit_range(sources)
    return grey_level_metrics(to_grey_levels(sources), to_grey_levels(fused), mask, device, ids)


def fusion_metrics(
    sources: Images,
    fused: Images,
    mask: NDArray[np.bool_] | None = None,
    device: str = "cpu",
    ids: Iterable[str] | None = None,
) -> dict[str, float]:
    """Fusion metrics of one fused image (H, W) of a pair; otherwise as `fusion_metrics_batch`."""
    found = fusion_metrics_batch(sources, np.asarray(fused)[None], mask, device, ids)
    return {name: float(values[0]) for name, values in found.items()}


def local_metric_map(
    metric_id: str, sources: Images, fused: Images, device: str = "cpu"
) -> NDArray[np.float64]:
    """A local metric at every window, placed at the window's centre.

    The mean over a region is the metric of that region. Rounded to 8 bits as `fusion_metrics` does.

    Args:
        metric_id: one of the metrics with `local` in `list_metrics()`: SSIM (11×11) and Q_FMI (3×3).
        sources: (2, H, W) in [0, 1].
        fused: (H, W), clipped to [0, 1].
        device: "auto", "cpu" or "cuda".

    Returns:
        (H, W) float64, NaN where no window is centred: 5 pixels along the border for SSIM, 1 for Q_FMI.

    Raises:
        ValueError: as `fusion_metrics`, or a metric without a map.
    """
    (spec,) = _chosen([metric_id])
    local_map = _FAMILY_OF[metric_id].local_map
    if not spec.local or local_map is None:
        local = ", ".join(each.id for each in list_metrics() if each.local)
        raise ValueError(f"Metric {metric_id!r} has no local map; expected one of {local}.")
    sources, fused = np.asarray(sources), np.asarray(fused)[None]
    _check_shapes(sources, fused, None)
    _check_unit_range(sources)
    _check_defined([spec], sources, fused)
    where = select_device(device)
    pair, image = _tensor(to_grey_levels(sources), where), _tensor(to_grey_levels(fused), where)
    with one_thread():
        values = local_map(metric_id, pair, image)
    margin = spec.smallest // 2  # of a local metric, the smallest image is one window
    return np.pad(values.cpu().numpy(), margin, constant_values=np.nan)
