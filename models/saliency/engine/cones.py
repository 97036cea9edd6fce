"""Derivatives of a local network by its cones of influence, without autograd on the whole image.

A hidden value p pixels away from the pixel of interest matters to ∂y(i)/∂x(j) only when it lies in
the backward cone of y(i) (`backward_reach`); to the diagonal ∂y(i)/∂x(i) only when it also lies in
the forward cone of x(i) (`diagonal_reach`, the smaller of the two). Every layer is computed on just
that part, for many pixels at once, first values, then gradients.

All tensors are patches: (B, C, h + 2r, w + 2r) around a core of h×w pixels, r the node's reach.
Positions outside the image are zeroed in front of every convolution (`inside`), which is what zero
padding does there. Saving work on a sparse Jacobian is the idea of Curtis, Powell & Reid 1974.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.saliency.engine.graph import Concatenation, Convolution, Node, Pointwise, Source

Slopes = tuple[Tensor, ...]
"""∂(pointwise node)/∂(each of its inputs), patches of the node's reach.

Of a rectifier only where its input is positive, as booleans.
"""


def centre(patch: Tensor, reach: int, wanted: int) -> Tensor:
    """The middle of a patch of this reach, cut to the wanted reach."""
    cut = reach - wanted
    return patch if cut == 0 else patch[..., cut : patch.shape[-2] - cut, cut : patch.shape[-1] - cut]


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
        diagonal = tuple(map(min, forward, backward))
        return cls(tuple(nodes), count, tuple(backward), diagonal)

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
            self._channels(number) * len(node.inputs)
            for number, node in enumerate(self.nodes)
            if isinstance(node, Pointwise)
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
                if inside is not None and not isinstance(self.nodes[i], Source):
                    patch = patch * centre(inside, outer, reach[number] + node.reach)
                values[number] = F.conv2d(
                    patch, node.weight, node.bias, dilation=node.dilation, groups=node.groups
                )
            else:
                inputs = [centre(values[i], reach[i], reach[number]) for i in node.inputs]
                if isinstance(node, Concatenation):
                    values[number] = torch.cat(inputs, 1)
                else:
                    values[number], kept = _with_slopes(node, inputs)
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
                gradients[i] = _accumulate(gradients.get(i), part)
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
            parts = [_widened(found[i], here - reach[i]) for i in node.inputs]
            if isinstance(node, Convolution):
                mask = inside(here)
                patch = parts[0] if mask is None else parts[0] * mask
                found[number] = F.conv2d(
                    patch, node.weight, padding=2 * node.reach, dilation=node.dilation, groups=node.groups
                )
                reach[number] += node.reach
            elif isinstance(node, Concatenation):
                found[number] = torch.cat(parts, 1)
            else:
                terms = map(_times, parts, slopes(number, here), [node] * len(parts))
                found[number] = torch.stack(list(terms)).sum(0) if len(parts) > 1 else next(terms)
        return found[len(self.nodes) - 1]

    def _adjoint(
        self, number: int, gradient: Tensor, slopes: Mapping[int, Slopes], reach: Sequence[int]
    ) -> list[Tensor]:
        """The gradient of one node, carried to each of its inputs."""
        node = self.nodes[number]
        if isinstance(node, Convolution):
            return [_convolve_back(node, gradient, reach[number], reach[node.inputs[0]])]
        if isinstance(node, Concatenation):
            sizes = [self._channels(i) for i in node.inputs]
            parts = gradient.split(sizes, 1)
        elif isinstance(node, Pointwise):
            parts = tuple(_times(gradient, slope, node) for slope in slopes[number])
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
        return 1 if isinstance(node, Source) else max(self._channels(i) for i in node.inputs)


def _with_slopes(node: Pointwise, inputs: Sequence[Tensor]) -> tuple[Tensor, Slopes]:
    """Value and slopes of a pointwise node."""
    if node.kind == "rectifier":
        (value,) = inputs
        return F.leaky_relu(value, node.slope), (value > 0,)
    with torch.enable_grad():
        leaves = [value.detach().requires_grad_() for value in inputs]
        result = node.evaluate(leaves)
        found = torch.autograd.grad(result.sum(), leaves, allow_unused=True)
    return result.detach(), tuple(
        torch.zeros_like(leaf) if slope is None else slope for leaf, slope in zip(leaves, found, strict=True)
    )


def _times(gradient: Tensor, slope: Tensor, node: Pointwise) -> Tensor:
    """A gradient times the slope of a pointwise node."""
    if slope.dtype != torch.bool:
        return gradient * slope
    return torch.where(slope, gradient, gradient * node.slope)


def _convolve_back(node: Convolution, gradient: Tensor, reach: int, wanted: int) -> Tensor:
    """Adjoint of a convolution, on the reach that its input wants and at most where it is non-zero."""
    target = min(wanted, reach + node.reach)
    if node.transposed is None:
        padding = reach + node.reach - target
        return F.conv_transpose2d(
            gradient, node.weight, padding=padding, dilation=node.dilation, groups=node.groups
        )
    margin = node.reach + target - reach
    if margin < 0:
        gradient, margin = centre(gradient, reach, target + node.reach), 0
    return F.conv2d(gradient, node.transposed, padding=margin, dilation=node.dilation)


def _accumulate(total: Tensor | None, part: Tensor) -> Tensor:
    """Sum of gradients around the same core that may have different reaches."""
    if total is None:
        return part
    small, large = sorted((total, part), key=lambda patch: patch.shape[-1])
    return large + _widened(small, (large.shape[-1] - small.shape[-1]) // 2)


def _widened(patch: Tensor, margin: int) -> Tensor:
    """A patch with zeros around it."""
    return F.pad(patch, (margin,) * 4) if margin else patch
