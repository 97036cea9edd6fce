"""Derivatives of a local network by its cones of influence, without autograd on the whole image.

A hidden value p pixels away from the pixel of interest matters to ∂y(i)/∂x(j) only when it lies in
the backward cone of y(i) (`backward_reach`); to the diagonal ∂y(i)/∂x(i) only when it also lies in
the forward cone of x(i) (`diagonal_reach`, the smaller of the two). Every layer is computed on just
that part, for many pixels at once, first values, then gradients.

All tensors are patches: (B, C, h + 2r, w + 2r) around a core of h×w pixels, r the node's reach.
Positions outside the image are filled in front of every convolution (`inside`) with what its padding
puts there, see `borders`. Saving work on a sparse Jacobian is the idea of Curtis, Powell & Reid 1974.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.saliency.engine.borders import filled, folded
from models.saliency.engine.derivatives import (
    Slopes,
    accumulate,
    as_channels,
    centre,
    convolve_back,
    times,
    widened,
    with_slopes,
)
from models.saliency.engine.graph import Concatenation, Convolution, Node, Pointwise, Selection, Source


@dataclass(frozen=True)
class ConeNetwork:
    """A traced network with its reaches; see the module's docstring.

    Attributes:
        nodes: in evaluation order, the last one the fused image.
        count: number of sources K.
        backward_reach: per node, how far its values can be from a fused pixel that they touch.
        diagonal_reach: per node, the smaller of that and of how far a source pixel's touch spreads.
    """

    nodes: tuple[Node, ...]
    count: int
    backward_reach: tuple[int, ...]
    diagonal_reach: tuple[int, ...]

    @classmethod
    def of(cls, nodes: Sequence[Node], count: int) -> ConeNetwork:
        """Measure the reaches of traced nodes."""
        forward = [0] * len(nodes)
        backward = [0] * len(nodes)
        for number, node in enumerate(nodes):
            own = node.reach if isinstance(node, Convolution) else 0
            forward[number] = max((forward[i] for i in node.inputs), default=0) + own
        for number in reversed(range(len(nodes))):
            node = nodes[number]
            own = node.reach if isinstance(node, Convolution) else 0
            for i in node.inputs:
                backward[i] = max(backward[i], backward[number] + own)
        diagonal = list(map(min, forward, backward))
        for number, node in enumerate(nodes):
            if isinstance(node, Convolution) and node.border != "zeros":
                # A source pixel near the border also matters where its mirror image is.
                (i,) = node.inputs
                diagonal[i] = max(diagonal[i], min(forward[number], backward[number]) + node.reach)
        return cls(tuple(nodes), count, tuple(backward), tuple(diagonal))

    @property
    def radius(self) -> int:
        """Half-width of the receptive field: the window is 2·radius + 1 pixels wide."""
        return max(self.radii)

    @property
    def radii(self) -> tuple[int, ...]:
        """Half-width of the receptive field of each source."""
        reach = [0] * self.count
        for node, far in zip(self.nodes, self.backward_reach, strict=True):
            if isinstance(node, Source):
                reach[node.index] = far
        return tuple(reach)

    def largest_patch(self, reach: Sequence[int]) -> int:
        """How many numbers the largest node of one pixel holds, on patches of these reaches."""
        return max(self._channels(number) * (2 * r + 1) ** 2 for number, r in enumerate(reach))

    def slopes_per_pixel(self) -> int:
        """How many slopes `linearise` keeps of one pixel."""
        return sum(
            max(node.channels, self._channels(i))
            for node in self.nodes
            if isinstance(node, Pointwise)
            for i in node.inputs
        )

    def value_reach(self, wanted: Sequence[int]) -> list[int]:
        """How far every node must be evaluated so that each is known on its `wanted` reach."""
        reach = list(wanted)
        for number in reversed(range(len(self.nodes))):
            node = self.nodes[number]
            own = node.reach if isinstance(node, Convolution) else 0
            for i in node.inputs:
                reach[i] = max(reach[i], reach[number] + own)
        return reach

    def linearise(
        self, sources: Tensor, wanted: Sequence[int], inside: Tensor | None
    ) -> tuple[Tensor, dict[int, Slopes]]:
        """Evaluate the network on patches and keep the slopes of its pointwise nodes.

        Args:
            sources: (B, K, h + 2R, w + 2R), zero outside the image, R the sources' value reach.
            wanted: reach on which the slopes of each node are needed.
            inside: (B, 1, h + 2R, w + 2R), 1 inside the image and 0 outside; None when all is inside.

        Returns:
            The fused core (B, 1, h, w) and the slopes by node number.
        """
        reach = self.value_reach(wanted)
        outer = max(reach)
        values: dict[int, Tensor] = {}
        slopes: dict[int, Slopes] = {}
        last_use = {i: number for number, node in enumerate(self.nodes) for i in node.inputs}
        for number, node in enumerate(self.nodes):
            if isinstance(node, Source):
                values[number] = centre(sources[:, node.index : node.index + 1], outer, reach[number])
            elif isinstance(node, Convolution):
                (i,) = node.inputs
                patch = centre(values[i], reach[i], reach[number] + node.reach)
                if inside is not None:
                    patch = filled(patch, centre(inside, outer, reach[number] + node.reach), node.border)
                values[number] = F.conv2d(
                    patch, node.weight, node.bias, dilation=node.dilation, groups=node.groups
                )
            else:
                inputs = [centre(values[i], reach[i], reach[number]) for i in node.inputs]
                if isinstance(node, Concatenation):
                    values[number] = torch.cat(inputs, 1)
                elif isinstance(node, Selection):
                    values[number] = inputs[0].index_select(1, node.channels)
                else:
                    values[number], kept = with_slopes(node, inputs)
                    slopes[number] = tuple(centre(slope, reach[number], wanted[number]) for slope in kept)
            for i in node.inputs:
                if last_use[i] == number:
                    values.pop(i, None)
        return values[len(self.nodes) - 1], slopes

    def pull_back(
        self,
        seed: Tensor,
        slopes: Mapping[int, Slopes],
        reach: Sequence[int],
        inside: Tensor | None,
    ) -> list[Tensor]:
        """Carry gradients from the fused pixels back to the sources.

        Args:
            seed: (B or 1, 1, h, w), the weight of each fused core pixel.
            slopes: of the pointwise nodes, patches of `reach`.
            reach: where the gradient of each node is wanted (`backward_reach` or `diagonal_reach`).
            inside: (B, 1, h + 2R, w + 2R) as in `linearise`, R = max(reach); None when all is inside.

        Returns:
            One (B, 1, h + 2r, w + 2r) tensor per source, r its reach.
        """
        outer = max(reach)
        gradients: dict[int, Tensor] = {len(self.nodes) - 1: seed}
        found: list[Tensor | None] = [None] * self.count
        for number in reversed(range(len(self.nodes))):
            node = self.nodes[number]
            gradient = gradients.pop(number, None)
            if gradient is None:
                continue
            if isinstance(node, Source):
                found[node.index] = gradient
                continue
            if isinstance(node, Convolution) and inside is not None:
                gradient = gradient * centre(inside, outer, reach[number])
            for i, part in zip(node.inputs, self._adjoint(number, gradient, slopes, reach), strict=True):
                if isinstance(node, Convolution) and node.border != "zeros" and inside is not None:
                    wide = (part.shape[-1] - seed.shape[-1]) // 2
                    part = folded(part, centre(inside, outer, wide), node.border)
                gradients[i] = accumulate(gradients.get(i), part)
        height, width = seed.shape[-2:]
        return [
            seed.new_zeros((seed.shape[0], 1, height, width)) if gradient is None else gradient
            for gradient in found
        ]

    def push_forward(
        self,
        tangents: Tensor,
        slopes: Callable[[int, int], Slopes],
        inside: Callable[[int], Tensor | None],
    ) -> Tensor:
        """Carry changes of the sources forward to the fused pixels: the transpose of `pull_back`.

        Args:
            tangents: (B, K, h, w), changes of the sources, none around them.
            slopes: of a pointwise node and a reach, those around the same pixels.
            inside: of a reach, (1, 1, h + 2r, w + 2r), 1 inside the image; None when all of it is.

        Returns:
            (B, 1, h + 2R, w + 2R), R the radius at most; not meaningful outside the image.
        """
        found: dict[int, Tensor] = {}
        reach: dict[int, int] = {}
        for number, node in enumerate(self.nodes):
            if isinstance(node, Source):
                found[number], reach[number] = tangents[:, node.index : node.index + 1], 0
                continue
            here = reach[number] = max(reach[i] for i in node.inputs)
            parts = [widened(found[i], here - reach[i]) for i in node.inputs]
            if isinstance(node, Convolution):
                # What is mirrored lies beyond the patch; zeros around it are left to the convolution.
                wide = 0 if node.border == "zeros" else 2 * node.reach
                mask = inside(here + wide)
                patch = widened(parts[0], wide)
                patch = patch if mask is None else filled(patch, mask, node.border)
                found[number] = F.conv2d(
                    patch,
                    node.weight,
                    padding=2 * node.reach - wide,
                    dilation=node.dilation,
                    groups=node.groups,
                )
                reach[number] += node.reach
            elif isinstance(node, Concatenation):
                found[number] = torch.cat(parts, 1)
            elif isinstance(node, Selection):
                found[number] = parts[0].index_select(1, node.channels)
            else:
                terms = [
                    as_channels(times(part, slope, node), node.channels)
                    for part, slope in zip(parts, slopes(number, here), strict=True)
                ]
                found[number] = torch.stack(terms).sum(0) if len(terms) > 1 else terms[0]
        return found[len(self.nodes) - 1]

    def _adjoint(
        self, number: int, gradient: Tensor, slopes: Mapping[int, Slopes], reach: Sequence[int]
    ) -> list[Tensor]:
        """The gradient of one node, carried to each of its inputs."""
        node = self.nodes[number]
        if isinstance(node, Convolution):
            return [convolve_back(node, gradient, reach[number], reach[node.inputs[0]])]
        if isinstance(node, Concatenation):
            sizes = [self._channels(i) for i in node.inputs]
            parts = gradient.split(sizes, 1)
        elif isinstance(node, Pointwise):
            parts = tuple(
                as_channels(times(gradient, slope, node), self._channels(i))
                for i, slope in zip(node.inputs, slopes[number], strict=True)
            )
        elif isinstance(node, Selection):
            batch, _, height, width = gradient.shape
            whole = gradient.new_zeros((batch, self._channels(node.inputs[0]), height, width))
            parts = (whole.index_add_(1, node.channels, gradient),)
        else:
            return []
        return [
            centre(part, reach[number], min(reach[number], reach[i]))
            for i, part in zip(node.inputs, parts, strict=True)
        ]

    def _channels(self, number: int) -> int:
        node = self.nodes[number]
        if isinstance(node, Convolution):
            return node.weight.shape[0]
        if isinstance(node, Concatenation):
            return sum(self._channels(i) for i in node.inputs)
        if isinstance(node, Selection):
            return len(node.channels)
        return 1 if isinstance(node, Source) else node.channels
