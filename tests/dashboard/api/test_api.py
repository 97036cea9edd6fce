"""The HTTP routes: exact numbers, and one sentence with the valid values for every bad request."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from flask import Flask
from flask.testing import FlaskClient

import models
from dashboard.api.routes import create_api
from dashboard.service.cases import load_cases
from dashboard.service.jacobians import JacobianService
from dashboard.service.wire import unpack_jacobian
from precompute.store.store import Store

CASE = "glioma-t2-fdg"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> JacobianService:
    return JacobianService(load_cases(()), Store(tmp_path_factory.mktemp("store")), "cpu")


@pytest.fixture(scope="module")
def client(service: JacobianService) -> FlaskClient:
    server = Flask("test")
    server.register_blueprint(create_api(service))
    return server.test_client()


def test_health_cases_and_methods(client: FlaskClient) -> None:
    assert client.get("/health").get_json()["status"] == "ok"
    cases = client.get("/api/v1/cases").get_json()
    assert CASE in [case["id"] for case in cases]
    assert all(case["regions"] and case["modalities"] and case["shape"] == [256, 256] for case in cases)
    methods = client.get("/api/v1/methods").get_json()
    assert [method["id"] for method in methods] == [spec.id for spec in models.list_models()]
    assert {method["id"]: method["window"] for method in methods}["deepfuse"] == [25, 25]
    assert not any(method["problem"] for method in methods)


@pytest.mark.parametrize(("y", "x"), [(0, 255), (128, 128), (255, 0)])
def test_jacobian_equals_whole_image_autograd(
    client: FlaskClient, service: JacobianService, y: int, x: int
) -> None:
    answer = client.get(f"/api/v1/jacobian?case={CASE}&method=masknet&y={y}&x={x}&format=npz")
    assert answer.status_code == 200
    assert answer.headers["Server-Timing"].startswith("jacobian;dur=")
    arrays = np.load(io.BytesIO(answer.data))
    sources = torch.tensor(service.case(CASE).sources, dtype=torch.float64)[:, None, None]
    leaves = [image.clone().requires_grad_() for image in sources]
    fused = models.create_model("masknet").double()(*leaves)[0, 0]
    whole = np.stack([part[0, 0].numpy() for part in torch.autograd.grad(fused[y, x], leaves)])
    embedded = np.zeros_like(whole)
    y0, x0 = arrays["origin"]
    h, w = arrays["jacobian"].shape[1:]
    embedded[:, y0 : y0 + h, x0 : x0 + w] = arrays["jacobian"]
    assert np.abs(embedded - whole).max() <= 1e-5 * np.abs(whole).max()
    assert float(arrays["value"]) == pytest.approx(float(fused[y, x].detach()), abs=1e-5)


def test_binary_form_holds_the_same_numbers(client: FlaskClient) -> None:
    url = f"/api/v1/jacobian?case={CASE}&method=deepfuse&y=100&x=90&format="
    binary = unpack_jacobian(client.get(url + "bin").data)
    arrays = np.load(io.BytesIO(client.get(url + "npz").data))
    np.testing.assert_allclose(binary.values, arrays["jacobian"], rtol=1e-5, atol=1e-8)
    assert binary.origin == tuple(arrays["origin"])
    assert binary.pixel == (100, 90)


def test_csv_holds_the_same_numbers_with_their_places(client: FlaskClient) -> None:
    url = f"/api/v1/jacobian?case={CASE}&method=masknet&y=2&x=90&format="
    answer = client.get(url + "csv")
    assert answer.mimetype == "text/csv"
    arrays = np.load(io.BytesIO(client.get(url + "npz").data))
    head, *lines = answer.text.splitlines()
    assert head == "source,y,x,value"
    rows = np.array([line.split(",") for line in lines], float)
    assert rows[0, :3].tolist() == [0, *arrays["origin"]]
    assert rows[-1, :3].tolist() == [1, *(arrays["origin"] + arrays["jacobian"].shape[1:] - 1)]
    expected = arrays["jacobian"].ravel().astype(np.float32)
    np.testing.assert_array_equal(rows[:, 3].astype(np.float32), expected)


def test_one_request_answers_for_all_methods(client: FlaskClient) -> None:
    asked = ["deepfuse", "weighted_averaging", "masknet"]
    url = f"/api/v1/jacobians?case={CASE}&methods={','.join(asked)}&y=100&x=90&format="
    binary = client.get(url + "bin").data
    arrays = np.load(io.BytesIO(client.get(url + "npz").data))
    assert len(arrays.files) == 3 * len(asked)
    version, count, *lengths = struct.unpack_from("<5i", binary)
    assert (version, count) == (1, 3)
    assert len(binary) == 20 + sum(lengths)
    start = 20
    for method, length in zip(asked, lengths, strict=True):
        alone = client.get(f"/api/v1/jacobian?case={CASE}&method={method}&y=100&x=90&format=bin").data
        each = unpack_jacobian(binary[start : start + length])
        np.testing.assert_allclose(each.values, unpack_jacobian(alone).values, rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(each.values, arrays[f"jacobian_{method}"], rtol=1e-5, atol=1e-8)
        assert each.origin == tuple(arrays[f"origin_{method}"])
        assert each.fused == pytest.approx(float(arrays[f"value_{method}"]))
        assert each.pixel == (100, 90)
        start += length


def test_images_in_both_forms(client: FlaskClient, service: JacobianService) -> None:
    sources = service.case(CASE).sources
    binary = client.get(f"/api/v1/images?case={CASE}&format=bin").data
    assert struct.unpack_from("<4i", binary) == (1, *sources.shape)
    np.testing.assert_array_equal(np.frombuffer(binary[16:], "<f4").reshape(sources.shape), sources)
    url = f"/api/v1/images?case={CASE}&method=weighted_averaging&format="
    arrays = np.load(io.BytesIO(client.get(url + "npz").data))
    np.testing.assert_array_equal(arrays["sources"], sources)
    fused = np.frombuffer(client.get(url + "bin").data[16:], "<f4").reshape(sources.shape[1:])
    np.testing.assert_array_equal(fused, arrays["fused"])
    total = np.where(sources.sum(0) == 0, 1, sources.sum(0))
    np.testing.assert_allclose(fused, (sources**2).sum(0) / total, atol=1e-6)


def test_guidance_waits_for_the_images(client: FlaskClient, service: JacobianService) -> None:
    answer = client.get(f"/api/v1/guidance?case={CASE}&method=weighted_averaging&format=npz")
    arrays = np.load(io.BytesIO(answer.data))
    x1, x2 = service.case(CASE).sources.astype(np.float64)
    total = np.where(x1 + x2 == 0, 1, x1 + x2)
    expected = np.where(x1 + x2 == 0, 0.5, (x1**2 + 2 * x1 * x2 - x2**2) / total**2)
    np.testing.assert_allclose(arrays["guidance"][0], expected, atol=1e-5)
    np.testing.assert_array_equal(arrays["sources"], service.case(CASE).sources)
    assert arrays["fused"].shape == (256, 256)


@pytest.mark.parametrize(
    ("query", "status", "valid"),
    [
        (f"jacobian?case={CASE}&method=masknet&y=999&x=0", 400, "y: 0…255"),
        (f"jacobian?case={CASE}&method=masknet&y=-1&x=0", 400, "y: 0…255"),
        (f"jacobian?case={CASE}&method=masknet&y=1.5&x=0", 400, "an integer"),
        (f"jacobian?case={CASE}&method=masknet&y=99999999999999999999&x=0", 400, "an integer"),
        (f"jacobian?case={CASE}&method=masknet&y=²&x=0", 400, "an integer"),
        (f"jacobian?case={CASE}&method=masknet&y=--1&x=0", 400, "an integer"),
        (f"jacobian?case={CASE}&method=nope&y=1&x=0", 404, "masknet"),
        ("jacobian?case=../x&method=masknet&y=1&x=0", 404, CASE),
        (f"jacobian?case={CASE}&method=masknet&y=1", 400, "x"),
        (f"jacobian?method=masknet&y=1&case=&x=2&then={CASE}", 400, "case"),
        (f"jacobian?case={CASE}&method=masknet&y=1&x=1&format=pickle", 400, "npz"),
        (f"guidance?case={CASE}", 400, "method"),
        (f"guidance?case={CASE}&method=nope", 404, "masknet"),
        ("guidance?case=%00&method=masknet", 404, CASE),
        (f"guidance?case={CASE}&method=masknet&format=csv", 400, "npz"),
        (f"jacobians?case={CASE}&methods=masknet,nope&y=1&x=1", 404, "masknet"),
        (f"jacobians?case={CASE}&methods=masknet,&y=1&x=1", 404, "masknet"),
        (f"jacobians?case={CASE}&y=1&x=1", 400, "methods"),
        (f"jacobians?case={CASE}&methods=masknet&y=256&x=1", 400, "y: 0…255"),
        (f"jacobians?case={CASE}&methods=masknet&y=1&x=one", 400, "an integer"),
        (f"jacobians?case={CASE}&methods=masknet&y=1&x=1&format=csv", 400, "bin"),
        ("jacobians?case=nope&methods=masknet&y=1&x=1", 404, CASE),
        ("images?case=nope", 404, CASE),
        (f"images?case={CASE}&method=nope", 404, "masknet"),
        (f"images?case={CASE}&format=png", 400, "npz"),
        ("images", 400, "case"),
    ],
)
def test_bad_requests_get_one_sentence(client: FlaskClient, query: str, status: int, valid: str) -> None:
    answer = client.get("/api/v1/" + query)
    body = answer.get_json()
    assert answer.status_code == status
    assert set(body) == {"error", "valid"}
    assert valid in body["valid"]
    assert body["error"].count(". ") == 0
    assert body["error"].endswith(".")


def test_unusable_weights_are_a_sentence_not_a_traceback(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("models.checkpoints.weights_digest.__defaults__", (tmp_path,))
    answer = client.get(f"/api/v1/jacobian?case={CASE}&method=masknet&y=1&x=1")
    assert answer.status_code == 503
    assert "is missing" in answer.get_json()["error"]
    problems = {method["id"]: method["problem"] for method in client.get("/api/v1/methods").get_json()}
    assert "is missing" in problems["masknet"]
    assert problems["weighted_averaging"] is None


def test_an_attribution_is_the_librarys(client: FlaskClient, service: JacobianService) -> None:
    ask = f"/api/v1/attribution?case={CASE}&method=deepfuse&y=100&x=90"
    answer = client.get(f"{ask}&kind=gradient_times_input&baseline=mean")
    arrays = np.load(io.BytesIO(answer.data))
    model, sources = models.create_model("deepfuse"), service.case(CASE).sources
    found = models.attribute(model, sources, (100, 90), "gradient_times_input", "mean")
    np.testing.assert_allclose(arrays["values"], found.values, atol=1e-6)
    assert arrays["baseline_value"] == pytest.approx(found.baseline_value, abs=1e-5)
    assert arrays["error"] == pytest.approx(found.error, abs=1e-5)
    plain = np.load(io.BytesIO(client.get(ask).data))
    assert set(plain) == {"values", "origin", "value"}
    for query, valid in (
        (f"{ask}&kind=nope", "gradient"),
        (f"{ask}&kind=gradient_times_input&baseline=x", "black"),
    ):
        refused = client.get(query)
        assert refused.status_code == 400
        assert valid in refused.get_json()["valid"]
    assert client.get(ask.replace("y=100", "y=999")).status_code == 400
    assert client.get(ask.replace(CASE, "nope")).status_code == 404
