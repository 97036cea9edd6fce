"""A report's numbers computed again from its NPZ, its HTML as a file that needs nothing, and the command."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from dashboard.explore.state import from_query
from models import fusion_metrics, jacobian, region_gradient
from precompute.__main__ import main
from precompute.build.prepared import prepared_model
from precompute.cases.case_study import CaseStudy, Region, quantise, save_case
from precompute.report import pictures
from precompute.report.contents import Subject
from precompute.report.html import number
from precompute.report.links import explore_link

METHODS = ("weighted_averaging", "weighted_averaging_fixed", "masknet")
FIRST, SECOND = "<b>MRI</b>", 'PET "&"'
SHAPE = (48, 56)
VOID = {"meta", "img"}


def case_study() -> CaseStudy:
    """A brain with a dark core in its second source, and names that would break a careless page."""
    down, across = np.indices(SHAPE)
    brain = np.hypot(down - 24, across - 28) < 20
    core = np.hypot(down - 22, across - 25) < 5
    rng = np.random.default_rng(8)
    first = np.where(brain, 0.5 + 0.1 * np.sin(across / 3), 0) + 0.02 * rng.random(SHAPE)
    second = np.where(brain, 0.8 - 0.6 * core, 0) + 0.02 * rng.random(SHAPE)
    return CaseStudy(
        id="odd-names",
        title="A <script>alert(1)</script> case",
        description='It\'s & "odd".',
        modalities=(FIRST, SECOND),
        sources=quantise(np.stack([first, second]).astype(np.float32)),
        regions=(Region("core", "Core <i>", core),),
        provenance="test </style>",
        synthetic=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of one report, made by the command."""
    folder = tmp_path_factory.mktemp("report")
    save_case(case_study(), folder / "cases" / "odd-names")
    asked = ["--case", "odd-names", "--region", "core", "--methods", *METHODS, "--pixel", "21,27"]
    places = ["--cases", str(folder / "cases"), "--store", str(folder / "store"), "--device", "cpu"]
    out = ["--out", str(folder / "report.html"), "--link", "http://example.org:80/"]
    assert main(["report", *asked, *places, *out]) == 0
    return folder


@pytest.fixture(scope="module")
def arrays(folder: Path) -> Any:
    return np.load(folder / "report.npz", allow_pickle=False)


def numbers(arrays: Any) -> dict[tuple[str, str, str], float]:
    columns = [arrays[f"number_{name}"] for name in ("method", "measure", "source", "value")]
    return {(str(m), str(n), str(s)): float(v) for m, n, s, v in zip(*columns, strict=True)}


def smallest_radius(rings: np.ndarray, share: float) -> float:
    """Walk outwards, ring by ring, until the share is held."""
    held = 0.0
    for squared, mass in enumerate(rings):
        held += mass
        if held >= share * rings.sum() * (1 - 1e-12):
            return squared**0.5
    return float("nan")


def again(arrays: Any, method: str) -> dict[tuple[str, str], float]:
    """Every number of a method from the arrays, by formulas written down anew."""
    mask, names = arrays["mask"], [str(name) for name in arrays["modalities"]]
    gradient, guided = (
        arrays[f"region_gradient_{method}"].astype(float),
        arrays[f"guidance_{method}"].astype(float),
    )
    rings, fused, sources = arrays[f"rings_{method}"], arrays[f"fused_{method}"], arrays["sources"]
    size, n = np.abs(gradient), mask.sum()
    out: dict[tuple[str, str], float] = {("leakage", ""): size[:, ~mask].sum() / size.sum()}
    drawn = np.random.default_rng(0).integers(n, size=(1000, n))
    for k, name in enumerate(names):
        low, high = np.percentile(guided[k][mask][drawn].mean(axis=1), [2.5, 97.5])
        out |= {
            ("mass_inside", name): size[k][mask].sum() / n,
            ("mass_outside", name): size[k][~mask].sum() / n,
            ("leakage_of", name): size[k][~mask].sum() / size[k].sum(),
            ("negative", name): (size[k].sum() - gradient[k].sum()) / 2 / size[k].sum(),
            ("r50", name): smallest_radius(rings[k], 0.5),
            ("r90", name): smallest_radius(rings[k], 0.9),
            ("mean_guidance", name): guided[k][mask].mean(),
            ("mean_guidance_low", name): low,
            ("mean_guidance_high", name): high,
        }
    both = f"{names[0]} / {names[1]}"
    out["pearson", both] = stats.pearsonr(guided[0][mask], guided[1][mask]).statistic
    out["spearman", both] = stats.spearmanr(guided[0][mask], guided[1][mask]).statistic
    out |= requirements(mask, sources.astype(float), fused.astype(float), size, int(arrays["relevant"]))
    out |= pixel(arrays, method, mask, names)
    return out | {(name, ""): value for name, value in fusion_metrics(sources, fused).items()}


def requirements(
    mask: np.ndarray, sources: np.ndarray, fused: np.ndarray, size: np.ndarray, relevant: int
) -> dict[tuple[str, str], float]:
    own, other = sources[relevant], sources[1 - relevant]
    places = np.argwhere(mask)
    around = np.zeros_like(mask)
    for y, x in np.argwhere(~mask & (sources.max(axis=0) > 0.02)):
        around[y, x] = ((places - (y, x)) ** 2).sum(axis=1).min() <= 64
    brighter = (own > other) & (own > 0.02)
    bright = brighter & (own >= np.percentile(own[brighter], 90))
    return {
        ("dark_visible", ""): (fused[around].mean() - fused[mask].mean())
        / (own[around].mean() - own[mask].mean()),
        ("bright_kept", ""): fused[bright].mean() / own[bright].mean(),
        ("others_quiet", ""): size[1 - relevant].sum() / size.sum(),
        ("outside_negligible", ""): size[:, ~mask].sum() / size.sum(),
    }


def pixel(arrays: Any, method: str, mask: np.ndarray, names: list[str]) -> dict[tuple[str, str], float]:
    values, (y0, x0) = arrays[f"jacobian_{method}"].astype(float), arrays[f"jacobian_origin_{method}"]
    y, x = arrays["pixel"]
    whole = np.zeros((2, *mask.shape))
    whole[:, y0 : y0 + values.shape[1], x0 : x0 + values.shape[2]] = values
    size = np.abs(whole)
    down, across = np.indices(mask.shape)
    squared = (down - y) ** 2 + (across - x) ** 2
    out = {
        ("pixel_fused", ""): float(arrays[f"jacobian_fused_{method}"]),
        ("pixel_outside", ""): size[:, ~mask].sum() / size.sum(),
    }
    for k, name in enumerate(names):
        rings = np.bincount(squared.ravel(), size[k].ravel())
        out |= {
            ("pixel_gradient", name): whole[k, y, x],
            ("pixel_share", name): size[k].sum() / size.sum(),
            ("pixel_negative", name): -whole[k][whole[k] < 0].sum() / size[k].sum(),
            ("pixel_r50", name): smallest_radius(rings, 0.5),
        }
    return out


@pytest.mark.parametrize("method", METHODS)
def test_every_number_follows_from_the_npz(arrays: Any, method: str) -> None:
    found = {key[1:]: value for key, value in numbers(arrays).items() if key[0] == method}
    expected = again(arrays, method)
    assert found.keys() == expected.keys()
    for key, value in found.items():
        assert value == pytest.approx(expected[key], rel=1e-6, abs=1e-9, nan_ok=True), key


def test_the_arrays_are_the_methods(arrays: Any) -> None:
    model = prepared_model("masknet", "cpu")
    np.testing.assert_array_equal(arrays["sources"], case_study().sources)
    gradient = region_gradient(model, arrays["sources"], arrays["mask"])
    np.testing.assert_allclose(arrays["region_gradient_masknet"], gradient, atol=1e-5)
    found = jacobian(model, arrays["sources"], (21, 27))
    np.testing.assert_allclose(arrays["jacobian_masknet"], found.values, atol=1e-6)
    y, x = np.array(arrays["pixel"]) - arrays["jacobian_origin_masknet"]
    np.testing.assert_allclose(
        arrays["guidance_masknet"][:, 21, 27], arrays["jacobian_masknet"][:, y, x], atol=1e-5
    )


def test_the_csv_holds_the_same_numbers(folder: Path, arrays: Any) -> None:
    lines = list(csv.DictReader(io.StringIO((folder / "report.csv").read_text(encoding="utf-8"))))
    found = {(line["method"], line["measure"], line["source"]): float(line["value"]) for line in lines}
    assert found == pytest.approx(numbers(arrays), rel=0, nan_ok=True)
    assert all(line["unit"] for line in lines)


class Reader(HTMLParser):
    """Collects numbers, addresses and texts, and checks that every element is closed in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.values: list[float] = []
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        self.tags.add(tag)
        if tag == "data":
            self.values.append(float(str(given["value"])))
        if tag in ("img", "image"):
            self.loaded.append(str(given.get("src") or given.get("href")))
        if tag == "a":
            self.links.append(str(given["href"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@pytest.fixture(scope="module")
def page(folder: Path) -> Reader:
    reader = Reader()
    reader.feed((folder / "report.html").read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def test_the_html_shows_every_number(page: Reader, arrays: Any) -> None:
    shown = set(page.values)
    missing = {key: value for key, value in numbers(arrays).items() if value == value and value not in shown}
    assert missing == {}


def test_the_html_loads_nothing_and_runs_nothing(page: Reader, folder: Path) -> None:
    assert page.loaded
    assert all(each.startswith("data:image/png;base64,") for each in page.loaded)
    assert not page.tags & {"script", "link", "iframe", "object", "embed", "form", "base", "b"}
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_the_html_escapes_and_names_everything(page: Reader) -> None:
    for text in (FIRST, SECOND, "<script>alert(1)</script>", "Core <i>", "test </style>", 'It\'s & "odd".'):
        assert text in page.text
    for text in ("not a medical device", "torch", "numpy", "SHA-256", case_study().digest, "--pixel 21,27"):
        assert text in page.text


def test_links_open_what_they_say(page: Reader) -> None:
    explore = [link for link in page.links if link.startswith("http://example.org:80/?")]
    assert len(explore) == len(METHODS) * 5  # four verdicts and the row of pictures
    for link in explore:
        query = dict(part.split("=") for part in link.split("?")[1].replace("%3A", ":").split("&"))
        parsed = from_query(query, query["case"], query["method"], SHAPE, (0, 0), ["core"])
        assert parsed.notices == ()
        assert parsed.state.brush == "region:core"
        assert parsed.state.pin
    assert any(
        link.startswith("http://example.org:80/regions?case=odd-names&brush=region") for link in page.links
    )


def test_numbers_for_readers() -> None:
    assert str(number(-0.12345)) == '<data value="-0.12345">−0.123</data>'
    assert str(number(-0.0001, 2)) == '<data value="-0.0001">0.00</data>'
    assert "–" in str(number(float("nan")))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (["--case", "nowhere"], "Unknown case study 'nowhere'; expected one of"),
        (["--region", "rim"], "Unknown region 'rim'"),
        (["--region", "scatter:0,0,1,1"], "drawn in the scatter of a method"),
        (["--methods", "magic"], "Unknown method 'magic'; expected some of"),
        (["--pixel", "48,0"], "expected row,column from 0,0 to 47,55"),
        (["--relevant", "2"], "expected 0 to 1"),
        (["--out", "report.pdf"], "ends in .html"),
        (["--link", "javascript:alert(1)"], "begins with http"),
    ],
)
def test_a_senseless_request_is_one_sentence(
    folder: Path, change: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = ["--case", "odd-names", "--region", "core", "--methods", METHODS[0], "--out", "x.html"]
    status = main(
        ["report", *usual, "--cases", str(folder / "cases"), "--store", str(folder / "store"), *change]
    )
    said = capsys.readouterr().err
    assert status == 1
    assert sentence in said
    assert said.count("\n") == 1


def test_a_method_without_weights_is_named_and_left_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from precompute.report import command as report_command

    def broken(method: str, device: str) -> Any:
        if method == "masknet":
            raise report_command.models.WeightsError("The weights of <masknet> are altered.")
        return prepared_model(method, device)

    monkeypatch.setattr(report_command, "prepared_model", broken)
    out = folder / "partial" / "report.html"
    usual = ["--case", "odd-names", "--region", "rect:5,5,9,9", "--methods", METHODS[0], "masknet"]
    places = ["--cases", str(folder / "cases"), "--store", str(folder / "store"), "--out", str(out)]
    assert main(["report", *usual, *places]) == 1
    assert "The weights of &lt;masknet&gt; are altered." in out.read_text(encoding="utf-8")
    assert "MaskNet: The weights" in capsys.readouterr().err


def test_the_crop_holds_region_and_margin() -> None:
    mask = np.zeros((40, 60), bool)
    mask[2:6, 50:58] = True
    y0, x0, y1, x1 = pictures.crop_box(mask, 6)
    assert (y1 - y0, x1 - x0) == (19, 19)
    assert y0 >= 0
    assert x1 <= 59
    assert mask[y0 : y1 + 1, x0 : x1 + 1].sum() == mask.sum()


def test_gradients_have_the_colours_of_the_page() -> None:
    from dashboard.shared import scales

    assert (pictures.NEGATIVE, pictures.POSITIVE) == (scales._NEGATIVE, scales._POSITIVE)
    colours = pictures.signed(np.array([[-2.0, 0.0, 1.0]]), 1.0)
    assert [tuple(each) for each in colours[0]] == [
        (0xD6, 0xEF, 0xFF),
        (0x0B, 0x0C, 0x0E),
        (0xFF, 0xF0, 0xCC),
    ]


def test_three_sources_lead_to_no_page_for_two() -> None:
    two = case_study()
    three = CaseStudy(
        **{
            **vars(two),
            "modalities": ("a", "b", "c"),
            "sources": np.concatenate([two.sources, two.sources[:1]]),
        }
    )
    mask = two.regions[0].mask
    assert explore_link(Subject(two, "core", "Core", mask, (1, 2), 1), "m", (3, 4)).startswith(
        "/?case=odd-names"
    )
    assert explore_link(Subject(three, "core", "Core", mask, (1, 2), 1), "m", (3, 4)) == ""
