"""Where the boxes of an architecture stand: columns by depth, and a height within each.

A layered drawing after Sugiyama, Tagawa & Toda 1981: a layer stands one column behind the last of its
inputs; a connection that passes several columns gets a waypoint in each, so that it runs around the boxes;
heights are drawn towards the neighbours' while everything in a column keeps its distance. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from models import Architecture

_SWEEPS = 24
_LEVEL = 0.85  # boxes are drawn towards the middle, so that a long chain does not climb
_WAYPOINT_WEIGHT = 0.25  # a box is moved less than a line that passes it
_WAYPOINT_ROOM = 0.72  # of the distance between two boxes


@dataclass(frozen=True)
class Drawing:
    """Places of boxes and lines; x is the column, from 0, y grows downwards, boxes are 1 apart.

    Attributes:
        boxes: (x, y) of every layer.
        lines: per connection the points that it passes, from box to box.
        columns: how many columns there are.
    """

    boxes: tuple[tuple[float, float], ...]
    lines: tuple[tuple[tuple[float, float], ...], ...]
    columns: int

    @property
    def rows(self) -> tuple[float, float]:
        """Smallest and largest y."""
        heights = [y for _, y in self.boxes] + [y for line in self.lines for _, y in line]
        return min(heights), max(heights)


@dataclass
class _Spot:
    """A box or a waypoint while its height is sought."""

    column: int
    weight: float = 1.0
    y: float = 0.0
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)


def arrange(architecture: Architecture) -> Drawing:
    """The drawing of an architecture."""
    spots = [_Spot(column) for column in _depths(architecture)]
    boxes = len(spots)
    chains = [_chain(spots, source, target) for source, target in architecture.edges]
    columns: list[list[int]] = [[] for _ in range(1 + max(spot.column for spot in spots))]
    for number, spot in enumerate(spots):
        columns[spot.column].append(number)
    _start(spots, columns)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            _settle(spots, column)
    place = [(float(spot.column), round(spot.y, 3)) for spot in spots]
    lines = tuple(tuple(place[number] for number in chain) for chain in chains)
    return Drawing(tuple(place[:boxes]), lines, len(columns))


def _depths(architecture: Architecture) -> list[int]:
    depths: list[int] = []
    for layer in architecture.layers:
        depths.append(1 + max((depths[source] for source in layer.inputs), default=-1))
    return depths


def _chain(spots: list[_Spot], source: int, target: int) -> list[int]:
    """The spots of a connection, with new waypoints in the columns between."""
    chain = [source]
    for column in range(spots[source].column + 1, spots[target].column):
        spots.append(_Spot(column, _WAYPOINT_WEIGHT))
        chain.append(len(spots) - 1)
    chain.append(target)
    for first, second in itertools.pairwise(chain):
        spots[first].after.append(second)
        spots[second].before.append(first)
    return chain


def _start(spots: list[_Spot], columns: Sequence[list[int]]) -> None:
    """First heights from left to right; of what one spot feeds, the longest way goes to the outside."""
    for column in columns:
        for number in column:
            before = [spots[k].y for k in spots[number].before]
            spots[number].y = sum(before) / len(before) if before else 0.0
        column.sort(key=lambda number: (spots[number].y, _outside(spots, number)))
        _spread(spots, column)


def _outside(spots: list[_Spot], number: int) -> float:
    """Order among spots of one height: long ways up in the upper half, down in the lower one."""
    spot, length, at = spots[number], 0, number
    while len(spots[at].after) == 1 and (spots[at].weight < 1 or at == number):
        at = spots[at].after[0]
        length += 1
    return -length if spot.y <= 0 else length


def _settle(spots: list[_Spot], column: list[int]) -> None:
    """Draw a column's heights towards those of what it is connected with."""
    for number in column:
        near = [*spots[number].before, *spots[number].after]
        pull = _LEVEL if spots[number].weight == 1 else 1.0
        spots[number].y = pull * sum(spots[k].y for k in near) / len(near) if near else 0.0
    _spread(spots, column)


def _spread(spots: list[_Spot], column: list[int]) -> None:
    """Keep a column's order and distances, close to the wanted heights (isotonic regression)."""
    offsets = [0.0]
    for first, second in itertools.pairwise(column):
        light = min(spots[first].weight, spots[second].weight) < 1
        offsets.append(offsets[-1] + (_WAYPOINT_ROOM if light else 1.0))
    blocks: list[list[float]] = []  # [height, weight, members]
    for number, offset in zip(column, offsets, strict=True):
        blocks.append([spots[number].y - offset, spots[number].weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            height, weight, members = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + height * weight) / (last[1] + weight)
            last[1] += weight
            last[2] += members
    heights = [block[0] for block in blocks for _ in range(int(block[2]))]
    for number, height, offset in zip(column, heights, offsets, strict=True):
        spots[number].y = height + offset
