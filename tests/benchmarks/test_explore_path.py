"""The browser benchmark measures what it says: fresh pixels, rates and latencies by hand."""

from __future__ import annotations

from tests.benchmarks.explore import PIXELS, VIEWS, Frames, frames, path


def test_no_pixel_is_visited_twice() -> None:
    paths = [path(turn, (256, 256)) for turn in range(len(VIEWS))]
    visited = [pixel for each in paths for pixel in each]
    assert len(set(visited)) == len(visited) == PIXELS * len(VIEWS)
    assert all(0 <= row < 256 and 0 <= column < 256 for row, column in visited)


def test_latency_is_counted_from_the_first_event_of_a_pixel() -> None:
    events = [[0.0, "1,1"], [10.0, "1,2"], [15.0, "1,2"], [500.0, "1,3"]]
    shown = [[4.0, "1,1"], [50.0, "1,2"], [510.0, "9,9"]]
    found = frames(shown, events)
    assert found == Frames(rate=4.0, latencies=[4.0, 40.0])
    assert found.row(33) == "4 | 50 % | 22 | 40"
