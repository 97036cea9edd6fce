"""The numbers of the FuseVis paper that ours stand beside.

Kumar & Gumhold, "FuseVis: Interpreting neural networks for image fusion using per-pixel saliency
visualization", Computers 9(4):98, 2020, https://doi.org/10.3390/computers9040098, Tables 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass

JACOBIAN_HARDWARE = "one GeForce GTX 1080 Ti"
GUIDANCE_HARDWARE = "six Tesla V100"


@dataclass(frozen=True)
class Published:
    """One network.

    Attributes:
        structure, gamma_ssim, gamma_mse: λ, γ_s and γ_2 of its training (Table 1).
        ssim: 1−SSIM of the fused image with MRI and PET, training pairs, after 200 epochs (Table 1).
        mse: the same for the mean squared error, which the paper writes as a norm (Table 1).
        jacobian_s: seconds for the Jacobian images of one pixel (Table 2).
        frames_per_s: Jacobian images shown per second under the pointer (Table 2).
        guidance_s: seconds for a pair of guidance images (Table 2).
        rate, batch: Adam's learning rate and the pairs a step, as in the released notebooks.
    """

    structure: float
    gamma_ssim: float
    gamma_mse: float
    ssim: tuple[float, float]
    mse: tuple[float, float]
    jacobian_s: float
    frames_per_s: float
    guidance_s: float
    rate: float = 0.002
    batch: int = 2


_FUNFUSEAN = Published(0.99, 0.47, 0.5, (0.2524, 0.2147), (0.0148, 0.0094), 0.003, 20, 198)

# The paper trains one FunFuseAn, and does not say with which of the two high-frequency rules.
PUBLISHED: dict[str, Published] = {
    "funfusean": _FUNFUSEAN,
    "funfusean_sum": _FUNFUSEAN,
    "masknet": Published(0.99, 0.5, 0.494, (0.2208, 0.2236), (0.0109, 0.0115), 0.004, 15, 265),
    "deepfuse": Published(0.99, 0.497, 0.5, (0.2824, 0.2830), (0.0385, 0.0338), 0.003, 20, 195, rate=2e-4),
    "deeppedestrian": Published(0.99, 0.52, 0.5, (0.2164, 0.2219), (0.0148, 0.0175), 0.005, 10, 360, batch=8),
}
