"""The fusion metrics in plain numpy, one pixel or window at a time, as their definitions are written.

Slow and simple on purpose; shares nothing with the code under test.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float64]


def pair(shape: tuple[int, int], seed: int) -> tuple[Image, Image]:
    """Sources (2, H, W) and a fused image (H, W), grey levels 0…255, with edges, noise and a flat frame."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    sources = np.stack(
        [120 + 80 * np.sin(x / 3 + seed) * np.cos(y / 5), 90 + 60 * ((x + 2 * y) % 17 > 8)]
    ) + rng.normal(0, 12, (2, *shape))
    fused = 0.6 * sources[0] + 0.3 * sources[1] + rng.normal(0, 6, shape)
    for image in (*sources, fused):
        image[:6] = 0
        image[:, -7:] = 0
    sources[1, 8:16, 8:16] = 200  # flat in one source only
    return np.clip(np.round(sources), 0, 255), np.clip(np.round(fused), 0, 255)


def stretch(image: Image) -> Image:
    return np.floor(255 * (image - image.min()) / (image.max() - image.min()) + 0.5)


def entropy(counts: Image, base: float) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum() / np.log(base))


def entropies(a: Image, b: Image, base: float) -> tuple[float, float, float]:
    """H(a), H(b), H(a, b) of stretched images or of any of their pixels."""
    joint = np.zeros((256, 256))
    for i, j in zip(a.astype(int).ravel(), b.astype(int).ravel(), strict=True):
        joint[i, j] += 1
    return entropy(joint.sum(1), base), entropy(joint.sum(0), base), entropy(joint, base)


def ncie(images: list[Image]) -> float:
    """Of (source 1, source 2, fused), stretched."""
    relation = np.eye(3)
    for i in range(3):
        for j in range(3):
            if i != j:
                one, two, both = entropies(images[i], images[j], 256)
                relation[i, j] = one + two - both
    values = np.linalg.eigvalsh(relation) / 3
    return float(1 + sum(v * np.log(v) / np.log(256) for v in values))


def mutual_information(images: list[Image]) -> float:
    """Of (source 1, source 2, fused), stretched."""
    total = 0.0
    for source in images[:2]:
        one, two, both = entropies(source, images[2], 2)
        total += (one + two - both) / (one + two)
    return 2 * total


def sobel(image: Image) -> tuple[Image, Image]:
    """Strength and angle, zeros outside the image."""
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    padded = np.pad(image, 1)
    strength, angle = np.zeros(image.shape), np.zeros(image.shape)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            window = padded[i : i + 3, j : j + 3]
            gx, gy = (kernel * window).sum(), (kernel.T * window).sum()
            strength[i, j] = np.sqrt(gx**2 + gy**2)
            angle[i, j] = np.arctan(gy / (gx if gx != 0 else 1e-5))
    return strength, angle


def edges(sources: Image, fused: Image, mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Q_XY over the pixels of the mask: mean of pixels, and ratio of sums."""
    gf, af = sobel(fused)
    found = [sobel(source) for source in sources]
    ratios, above, below = [], 0.0, 0.0
    for i, j in zip(*np.nonzero(mask), strict=True):
        kept, weights = [], []
        for gs, angle in found:
            if gs[i, j] == gf[i, j] == 0:
                g = 1.0
            else:
                g = gf[i, j] / gs[i, j] if gs[i, j] > gf[i, j] else gs[i, j] / gf[i, j]
            a = abs(abs(angle[i, j] - af[i, j]) - np.pi / 2) * 2 / np.pi
            kept.append(1 / (1 + np.exp(-10 * (g - 0.5))) / (1 + np.exp(-20 * (a - 0.75))))
            weights.append(gs[i, j])
        above += kept[0] * weights[0] + kept[1] * weights[1]
        below += sum(weights)
        one, two = (w if w != 0 else 1e-5 for w in weights)
        ratios.append((kept[0] * one + kept[1] * two) / (one + two))
    return float(np.mean(ratios)), above / below


def window_of(size: int, sigma: float) -> Image:
    axis = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(axis[:, None] ** 2 + axis[None] ** 2) / (2 * sigma**2))
    return weights / weights.sum()


def moments(a: Image, b: Image, weights: Image) -> tuple[Image, Image, Image, Image, Image]:
    """Local means, variances and covariance; variances exactly 0 in constant windows."""
    n = len(weights)
    result = np.zeros((5, a.shape[0] - n + 1, a.shape[1] - n + 1))
    for i in range(result.shape[1]):
        for j in range(result.shape[2]):
            x, y = a[i : i + n, j : j + n], b[i : i + n, j : j + n]
            mx, my = (weights * x).sum(), (weights * y).sum()
            vx = 0 if np.ptp(x) == 0 else (weights * (x - mx) ** 2).sum()
            vy = 0 if np.ptp(y) == 0 else (weights * (y - my) ** 2).sum()
            result[:, i, j] = mx, my, vx, vy, (weights * (x - mx) * (y - my)).sum()
    return tuple(result)  # type: ignore[return-value]


def ssim_map(source: Image, fused: Image) -> tuple[Image, Image]:
    """SSIM and the source's variance at every window."""
    ma, mb, va, vb, cov = moments(source, fused, window_of(11, 1.5))
    c1, c2 = 2.55**2, 7.65**2
    return (2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2)), va


def piella(sources: Image, fused: Image, mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Q_P sw1 and sw2 over the windows whose centre is in the mask."""
    (one, v1), (two, v2) = (ssim_map(source, fused) for source in sources)
    values, weights = [], []
    for i, j in zip(*np.nonzero(mask[5:-5, 5:-5]), strict=True):
        a, b = v1[i, j], v2[i, j]
        if a == b == 0:
            a = b = 0.5
        values.append(a / (a + b) * one[i, j] + b / (a + b) * two[i, j])
        weights.append(max(a, b))
    return float(np.mean(values)), float(np.dot(values, weights) / np.sum(weights))


def viff(sources: Image, fused: Image, mask: NDArray[np.bool_]) -> float:
    """Q_VIFF; a region takes the positions whose window centre is in the mask, at every scale."""
    images = [*sources, fused]
    noise, score = 0.005 * 255**2, 0.0
    for scale, (n, share) in enumerate(zip((17, 9, 5, 3), (1, 0, 0.15, 1), strict=True)):
        weights, half = window_of(n, n / 5), n // 2
        if scale:
            images = [moments(image, image, weights)[0][::2, ::2] for image in images]
            mask = mask[half:-half, half:-half][::2, ::2]
        found = [moments(source, images[2], weights) for source in images[:2]]
        kept = whole = 0.0
        for i, j in zip(*np.nonzero(mask[half:-half, half:-half]), strict=True):
            best: tuple[float, float, float] | None = None
            for _, _, vx, vf, cov in found[::-1]:
                v, w, c = vx[i, j], vf[i, j], cov[i, j]
                g = c / (v + 1e-10)
                s = w - g * c
                if v < 1e-10:
                    g, s, v = 0.0, w, 0.0
                if w < 1e-10:
                    g = s = 0.0
                if g < 0:
                    g, s = 0.0, w
                s = max(s, 1e-10)
                if best is None or g < best[0]:
                    best = g, np.log10(1 + g**2 * v / (s + noise)), np.log10(1 + v / noise)
            assert best is not None
            kept, whole = kept + best[1] + 1e-7, whole + best[2] + 1e-7
        score += share * kept / whole
    return score / 2.15


def unit(window: Image) -> Image:
    low, high = window.min(), window.max()
    return np.ones_like(window) if low == high else (window - low) / (high - low)


def window_score(source: Image, fused: Image, order: str) -> float:
    """The score of two windows that are not equal; the order is that of `numpy.ravel`, "F": columns."""
    if np.ptp(source) == 0 or np.ptp(fused) == 0:
        return float(np.ptp(source) == np.ptp(fused))
    a, f = (unit(window).ravel(order=order) for window in (source, fused))  # type: ignore[call-overload]
    a, f = a / a.sum(), f / f.sum()
    upper_a, upper_f = np.cumsum(a), np.cumsum(f)
    index = np.arange(1, 10)
    c = np.corrcoef(a, f)[0, 1]
    sa, sf = (np.sqrt(max((index**2 * p).sum() - (index * p).sum() ** 2, 0)) for p in (a, f))
    bound = np.zeros((10, 10))
    for i in range(9):
        for j in range(9):
            u, v = upper_f[i], upper_a[j]
            bound[i + 1, j + 1] = min(u, v) if c >= 0 else max(u + v - 1, 0)
    excess = (bound[1:, 1:] - np.outer(upper_f, upper_a)).sum()
    phi = 0 if c == 0 or sa < 1e-7 or sf < 1e-7 else c / (excess / (sa * sf))
    joint = phi * np.diff(np.diff(bound, axis=0), axis=1) + (1 - phi) * np.outer(f, a)
    ha, hf, haf = (-sum(p * np.log2(abs(p)) for p in each.ravel() if p != 0) for each in (a, f, joint))
    return 0.0 if ha + hf - haf == 0 else 2 * (ha + hf - haf) / (ha + hf)


def fmi_map(sources: Image, fused: Image) -> Image:
    """The released form: column by column, with the fused window overwritten as source 1 is treated."""
    result = np.zeros((fused.shape[0] - 2, fused.shape[1] - 2))
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            window = fused[i : i + 3, j : j + 3]
            for source in sources:
                other = source[i : i + 3, j : j + 3]
                if np.array_equal(other, window):
                    result[i, j] += 0.5
                    continue
                result[i, j] += window_score(other, window, "F") / 2
                window = unit(window)
    return result


def symmetric_fmi_map(sources: Image, fused: Image) -> Image:
    """The symmetric form: mean over the four ways to read a window, equality of the normalised windows."""
    result = np.zeros((fused.shape[0] - 2, fused.shape[1] - 2))
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            f = fused[i : i + 3, j : j + 3]
            for source in sources:
                a = source[i : i + 3, j : j + 3]
                if np.array_equal(unit(a), unit(f)):
                    result[i, j] += 0.5
                    continue
                for one, two in ((a, f), (a[::-1], f[::-1])):
                    for order in "FC":
                        result[i, j] += window_score(one, two, order) / 8
    return result
