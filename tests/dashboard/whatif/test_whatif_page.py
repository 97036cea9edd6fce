"""The What if page and its routes: the address, exact numbers, a sentence for every bad request."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch
from flask import Flask
from flask.testing import FlaskClient

import models
from dashboard.api.routes import create_api
from dashboard.service.jacobians import JacobianService
from dashboard.service.wire import unpack_jacobian
from dashboard.shared import ids as common
from dashboard.whatif import callbacks as flow
from dashboard.whatif import ids
from dashboard.whatif import page as whatif
from dashboard.whatif.components import TILES, tile
from dashboard.whatif.state import KEYS, WhatIfState, from_query, to_query
from precompute.store.store import Store
from tests.dashboard.small_service import HEIGHT, WIDTH, SmallService, small_case

METHOD = "masknet"
BASE = f"case=small&method={METHOD}&y=5&x=9"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    service = JacobianService({"small": small_case()}, Store(tmp_path_factory.mktemp("store")), "cpu")
    server = Flask("test")
    server.register_blueprint(create_api(service))
    return server.test_client()


def npz(client: FlaskClient, url: str) -> dict[str, np.ndarray]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.get_json()
    return dict(np.load(io.BytesIO(answer.data)))


def placed(values: np.ndarray, origin: np.ndarray) -> np.ndarray:
    image = np.zeros((HEIGHT, WIDTH))
    y, x = origin
    image[y : y + values.shape[0], x : x + values.shape[1]] = values
    return image


def fused(sources: np.ndarray) -> np.ndarray:
    model = models.create_model(METHOD).double()
    with torch.no_grad():
        return model(*torch.tensor(sources, dtype=torch.float64)[:, None, None])[0, 0].numpy()


def test_influence_is_a_column_of_the_jacobian(client: FlaskClient) -> None:
    """Against central differences of the whole image in float64."""
    found = npz(client, f"/api/v1/influence?{BASE}&source=1")
    step = np.zeros((2, HEIGHT, WIDTH))
    step[1, 5, 9] = 1e-6
    sources = small_case().sources.astype(float)
    slope = (fused(sources + step) - fused(sources - step)) / 2e-6
    assert np.abs(placed(found["influence"], found["origin"]) - slope).max() <= 1e-4 * np.abs(slope).max()


def test_forms_of_an_influence_agree(client: FlaskClient) -> None:
    both = npz(client, f"/api/v1/influence?{BASE}")["influence"]
    one = npz(client, f"/api/v1/influence?{BASE}&source=0")["influence"]
    binary = unpack_jacobian(client.get(f"/api/v1/influence?{BASE}&format=bin").data)
    assert binary.pixel == (5, 9)
    np.testing.assert_array_equal(binary.values, both)
    np.testing.assert_array_equal(one, both[0])
    lines = client.get(f"/api/v1/influence?{BASE}&source=0&format=csv").get_data(as_text=True).split()
    assert lines[0] == "source,y,x,value"
    assert len(lines) == 1 + one.size


@pytest.mark.parametrize("place", ["", "&region=spot", "&region=rect:1,2,4,3"])
@pytest.mark.parametrize("change", ["-20", "mean"])
def test_what_if_is_the_network_run_again(client: FlaskClient, place: str, change: str) -> None:
    found = npz(client, f"/api/v1/whatif?{BASE}&source=0&change={change}{place}")
    mask = np.zeros((HEIGHT, WIDTH), bool)
    areas = {"": (slice(5, 6), slice(9, 10)), "&region=spot": (slice(2, 5), slice(4, 7))}
    mask[areas.get(place, (slice(1, 5), slice(2, 4)))] = True
    sources = small_case().sources.astype(float)
    after = sources.copy()
    ring = np.zeros_like(mask)
    rows, columns = mask.nonzero()
    ring[max(0, rows.min() - 3) : rows.max() + 4, max(0, columns.min() - 3) : columns.max() + 4] = True
    new = sources[0][ring & ~mask].mean() if change == "mean" else np.clip(sources[0] - 20 / 255, 0, 1)
    after[0] = np.where(mask, new, sources[0])
    actual = placed(found["after"] - found["before"], found["origin"])
    assert np.abs(actual - (fused(after) - fused(sources))).max() <= 2e-6
    np.testing.assert_allclose(placed(found["change"], found["origin"]), (after - sources)[0], atol=1e-6)


def test_bad_requests_have_a_sentence(client: FlaskClient) -> None:
    ask = f"/api/v1/whatif?{BASE}&source=0&change="
    for url, status, named in [
        ("/api/v1/influence?case=small", 400, "method"),
        (f"/api/v1/influence?{BASE}&source=2", 400, "source 2"),
        (f"/api/v1/influence?{BASE}&source=a", 400, "source"),
        (f"/api/v1/influence?{BASE}&format=png", 400, "png"),
        (f"/api/v1/influence?case=small&method={METHOD}&y=12&x=0", 400, "y=12"),
        ("/api/v1/influence?case=other&method=masknet&y=0&x=0", 404, "other"),
        ("/api/v1/influence?case=small&method=nn&y=0&x=0", 404, "nn"),
        (f"{ask}300", 400, "300"),
        (f"{ask}nan", 400, "nan"),
        (f"{ask}much", 400, "much"),
        (f"{ask}4&region=nowhere", 400, "nowhere"),
        (f"{ask}mean&region=rect:0,0,11,19", 400, "whole image"),
        (f"/api/v1/whatif?{BASE}&source=7&change=4", 400, "source 7"),
        (f"/api/v1/whatif?{BASE}&source=0", 400, "change"),
    ]:
        answer = client.get(url)
        assert answer.status_code == status, url
        assert named in answer.get_json()["error"], url
        assert isinstance(answer.get_json()["valid"], list)


def test_summed_gradients_by_the_route(client: FlaskClient) -> None:
    found = npz(client, f"/api/v1/summed?case=small&method={METHOD}")
    leaves = [
        torch.tensor(image, dtype=torch.float64)[None, None].requires_grad_()
        for image in small_case().sources
    ]
    models.create_model(METHOD).double()(*leaves).sum().backward()
    whole = np.stack([leaf.grad[0, 0].numpy() for leaf in leaves if leaf.grad is not None])
    assert np.abs(found["summed"] - whole).max() <= 1e-5 * np.abs(whole).max()
    assert found["functional"] == 1
    assert client.get("/api/v1/summed?case=small&method=nn").status_code == 404
    binary = client.get(f"/api/v1/summed?case=small&method={METHOD}&format=bin").data
    assert np.array_equal(np.frombuffer(binary, "<f4", offset=16).reshape(2, HEIGHT, WIDTH), found["summed"])


def read(**query: str) -> tuple[WhatIfState, tuple[str, ...]]:
    return from_query(query, "c", "m", (20, 30), (4, 5), ["core"], 2)


@pytest.mark.parametrize(
    "state",
    [
        WhatIfState("c", "m", 0, 4, 5),
        WhatIfState("c", "m", 1, 0, 29, brush="region:core", change="mean", view="image", gamma="1"),
        WhatIfState("c", "m", 1, 19, 0, brush="rect:1,2,3,4", change="-64", theme="light"),
    ],
)
def test_round_trip(state: WhatIfState) -> None:
    query = dict(parse_qsl(to_query(state)))
    assert tuple(query) == tuple(key for key in KEYS if key in query)
    assert read(**query) == (state, ())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("source", "2"), ("y", "20"), ("x", "-1"), ("brush", "region:rim"), ("brush", "<b>")],
        *[("change", "65"), ("change", "1.5"), ("change", ""), ("view", "all"), ("gamma", "2")],
        ("theme", "blue"),
    ],
)
def test_nonsense_falls_back_and_says_so(key: str, value: str) -> None:
    state, (sentence,) = read(**{key: value})
    assert state == WhatIfState("c", "m", 0, 4, 5)
    assert key in sentence
    assert value in sentence


def components(node: Any) -> Iterator[Any]:
    if isinstance(node, (list, tuple)):
        for child in node:
            yield from components(child)
    elif hasattr(node, "_prop_names"):
        yield node
        yield from components(getattr(node, "children", None))


def test_the_page_has_eight_pictures_and_unique_ids() -> None:
    named = [part.id for part in components(whatif.build(SmallService(), {})) if getattr(part, "id", None)]
    assert len(named) == len(set(named))
    assert {common.layer(tile(name)) for name, *_ in TILES} <= set(named)


def test_a_link_restores_everything_and_names_nonsense() -> None:
    query = {"case": "other", "method": "third", "source": "1", "y": "3", "x": "4", "brush": "region:spot"}
    page = whatif.build(SmallService(), {**query, "change": "mean", "view": "nothing"})
    found = {part.id: part for part in components(page) if getattr(part, "id", None)}
    start = found[ids.START].data
    assert {key: str(start[key]) for key in query} == query
    assert (start["change"], start["view"]) == ("mean", "part")
    assert (found[ids.CASE].value, found[ids.METHOD].value) == ("other", "third")
    assert "nothing" in str(found[ids.NOTICE_LINK].children)


def test_without_case_studies_the_page_says_so() -> None:
    assert "No case study yet" in str(whatif.build(SmallService(cases=()), {}))


def test_every_key_is_part_of_the_state() -> None:
    assert WhatIfState.__match_args__ == KEYS


def test_the_scene_is_what_the_browser_needs() -> None:
    scene = flow.scene(SmallService(), "small", "half")
    assert (scene["shape"], scene["window"]) == ([HEIGHT, WIDTH], [3, 3])
    assert set(scene["masks"]) == {region["id"] for region in scene["regions"]} == {"spot"}
    assert json.dumps(scene)
