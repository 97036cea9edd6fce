"""A network as its authors left it, as a fusion of grey images in [0, 1].

Owns what lies between the two: inputs of their own range and channels, one tensor or several, an encoder, a
rule and a decoder called apart, sizes that must be multiples, outputs among others. Every step is
differentiable, so that the answer is the derivative by the grey source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PADDINGS = ("reflect", "replicate", "zeros")
SEPARATE, CONCATENATED = "separate", "concatenated"
YCBCR = "YCbCr"
_LUMA = (0.299, 0.587, 0.114)


class Adapted(nn.Module):
    """See `adapt`."""

    def __init__(
        self,
        module: nn.Module,
        inputs: str | tuple[str, ...],
        channels: int | str,
        limits: tuple[float, float],
        multiple: int,
        padding: str,
        output: int | str | None,
    ) -> None:
        super().__init__()
        self.module = module
        self.inputs, self.channels, self.limits = inputs, channels, limits
        self.multiple, self.padding, self.output = multiple, padding, output

    def forward(self, *sources: Tensor) -> Tensor:
        height, width = sources[0].shape[-2:]
        given = [self._given(source) for source in sources]
        if self.inputs == CONCATENATED:
            found: Any = self.module(torch.cat(given, 1))
        elif self.inputs == SEPARATE:
            found = self.module(*given)
        else:
            encode, fuse, decode = (getattr(self.module, name) for name in self.inputs)
            found = decode(fuse(*(encode(image) for image in given)))
        low, high = self.limits
        return (self._grey(self._chosen(found))[..., :height, :width] - low) / (high - low)

    def _given(self, source: Tensor) -> Tensor:
        """A source (B, 1, H, W) in [0, 1] in the network's range, channels and size."""
        low, high = self.limits
        image = self._padded(source) * (high - low) + low
        if self.channels == YCBCR:
            neutral = torch.full_like(image, (low + high) / 2)
            return torch.cat((image, neutral, neutral), 1)
        return image.expand(-1, int(self.channels), -1, -1)

    def _padded(self, image: Tensor) -> Tensor:
        below, right = (-size % self.multiple for size in image.shape[-2:])
        if not below and not right:
            return image
        if self.padding == "zeros":
            return F.pad(image, (0, right, 0, below))
        return F.pad(image, (0, right, 0, below), mode=self.padding)

    def _chosen(self, found: Any) -> Tensor:
        if self.output is not None:
            if isinstance(found, Tensor):
                raise TypeError(
                    "The network returns a single tensor; expected several outputs: leave `output` out."
                )
            found = found[self.output]
        if not isinstance(found, Tensor):
            kind = f"a {type(found).__name__}" + (
                f" of {', '.join(map(str, found))}" if isinstance(found, Mapping) else ""
            )
            raise TypeError(f"The network returns {kind}; expected a tensor: say which with `output`.")
        return found

    def _grey(self, image: Tensor) -> Tensor:
        if image.dim() != 4 or image.shape[1] not in (1, 3):
            raise ValueError(
                f"The network returns {tuple(image.shape)}; expected one or three channels: say which "
                "of several outputs with `output`."
            )
        if image.shape[1] == 1 or self.channels == YCBCR:
            return image[:, :1]
        weights = image.new_tensor(_LUMA)[:, None, None]
        return (image * weights).sum(1, keepdim=True)


def adapt(
    module: nn.Module,
    inputs: str | Sequence[str] = SEPARATE,
    channels: int | str = 1,
    range: Sequence[float] = (0, 1),
    multiple: int = 1,
    padding: str = "reflect",
    output: int | str | None = None,
) -> nn.Module:
    """A network as its authors left it as a fusion of K sources (B, 1, H, W) in [0, 1].

    Args:
        module: the network, its weights loaded.
        inputs: "separate" (a tensor a source), "concatenated" (one, sources along the channels), or three
            names of its methods: encoder (of a source), rule (of all that was encoded), decoder.
        channels: of each source: 1, 3 (grey repeated; a fused image in colour becomes grey by its luma) or
            "YCbCr" (neutral colours; the first channel of the fused image).
        range: the least and the greatest value of its images; fused values are brought back to [0, 1].
        multiple: images are padded below and on the right to multiples of this, and cut back.
        padding: "reflect", "replicate" or "zeros".
        output: number or key of the fused image among several outputs.

    Raises:
        ValueError: a value that is none of these; the sentence names the option.
    """
    parts = inputs if isinstance(inputs, str) else tuple(inputs)
    if isinstance(parts, str) and parts not in (SEPARATE, CONCATENATED):
        raise ValueError(
            f"inputs is {parts!r}; expected {SEPARATE!r}, {CONCATENATED!r} or three names of methods."
        )
    if isinstance(parts, tuple):
        missing = [name for name in parts if not callable(getattr(module, name, None))]
        if len(parts) != 3 or missing:
            said = (
                f"{missing[0]!r} is no method of {type(module).__name__}"
                if missing
                else f"inputs has {len(parts)} names"
            )
            raise ValueError(f"{said}; expected encoder, rule and decoder.")
    if channels not in (1, 3, YCBCR):
        raise ValueError(f"channels is {channels!r}; expected 1, 3 or {YCBCR!r}.")
    if len(range) != 2 or not range[0] < range[1]:
        raise ValueError(f"range is {list(range)!r}; expected its least and its greatest value.")
    if not isinstance(multiple, int) or multiple < 1:
        raise ValueError(f"multiple is {multiple!r}; expected a whole number of pixels.")
    if padding not in PADDINGS:
        raise ValueError(f"padding is {padding!r}; expected one of: {', '.join(PADDINGS)}.")
    limits = (float(range[0]), float(range[1]))
    return Adapted(module, parts, channels, limits, multiple, padding, output)
