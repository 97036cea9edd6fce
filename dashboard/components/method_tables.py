"""The small tables of a method's card: losses, speed, recipe, data, layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import html

from dashboard import ids
from dashboard.method_facts import ALL, MethodFacts
from models import Architecture
from models.published import GUIDANCE_HARDWARE, JACOBIAN_HARDWARE, Published

_TERMS = ("ssim1", "ssim2", "mse1", "mse2")
_DASH = "–"
# Names of the recipe's numbers, as papers call them.
_RECIPE = {
    "structure": "λ",
    "warm_structure": "λ, warm-up",
    "warmup": "warm-up, share of the crop steps",
    "gamma_ssim": "γ_s",
    "gamma_mse": "γ_2",
    "crop_steps": "steps on crops",
    "whole_steps": "steps on whole images",
    "crop": "crop, pixels",
    "batch": "crops a step",
    "rate": "learning rate, crops",
    "whole_rate": "learning rate, whole images",
    "clip": "gradient norm at most",
}


def loss_table(facts: MethodFacts) -> html.Table:
    """Table 1 of the paper, ours and theirs: one line for every folder of held-out pairs."""
    held_out = (facts.card or {}).get("held_out") or {}
    counts = ((facts.card or {}).get("data") or {}).get("held_out") or {}
    body = []
    for folder, terms in held_out.items():
        pairs = sum(part.get("pairs", 0) for part in counts.values())
        count = pairs if folder == ALL else (counts.get(folder) or {}).get("pairs")
        name = "all held-out" if folder == ALL else folder
        body.append(_line(f"{name}, {count} pairs", [_fixed(terms.get(term)) for term in _TERMS]))
    if facts.published:
        numbers = [_fixed(value) for value in (*facts.published.ssim, *facts.published.mse)]
        body.append(_line("paper, its 272 training pairs", numbers, "paper-number"))
    head = ["", "1−SSIM x₁", "1−SSIM x₂", "MSE x₁", "MSE x₂"]
    return _table("Losses, Table 1 of the paper beside ours", head, body)


def speed_table(facts: MethodFacts) -> html.Table:
    """Table 2 of the paper, ours and theirs."""
    paper, found = facts.published, facts.measurement
    jacobian = _DASH if found is None or found.jacobian_ms is None else f"{found.jacobian_ms:.2f} ms"
    guidance = _DASH if facts.guidance_s is None else f"{facts.guidance_s:.1f} s"
    frames = html.Span(_DASH, id={"type": ids.METHODS_FRAMES_CELL, "method": facts.spec.id})
    body = [
        _line("Jacobian images of a pixel", [jacobian, _paper(paper, "jacobian_s", 1e3, "ms")]),
        _line("shown per second", [frames, _paper(paper, "frames_per_s", 1, "")]),
        _line("guidance images", [guidance, _paper(paper, "guidance_s", 1, "s")]),
    ]
    device = (found.device if found else "") or facts.guidance_device
    here = f"here, {device.upper() if device == 'cpu' else 'GPU'}" if device else "here"
    caption = "Speed, Table 2 of the paper beside this machine"
    return _table(caption, ["", here, "paper, GPU"], body)


def speed_note() -> html.P:
    """What of Table 2 cannot be compared."""
    return html.P(
        f"The paper timed {JACOBIAN_HARDWARE} (guidance: {GUIDANCE_HARDWARE}), and its frames include its "
        "window toolkit; ours include the way to this browser, so only the order of magnitude compares.",
        className="muted small",
    )


def recipe_table(card: Mapping[str, Any], paper: Published | None) -> html.Table:
    """The hyper-parameters of the weights, the paper's beside those that it names."""
    published = {
        "structure": paper and paper.structure,
        "gamma_ssim": paper and paper.gamma_ssim,
        "gamma_mse": paper and paper.gamma_mse,
        "rate": 0.002 if paper else None,
        "batch": 2 if paper else None,
    }
    recipe = {key: value for key, value in (card.get("recipe") or {}).items() if key != "method"}
    order = [*(key for key in _RECIPE if key in recipe), *(key for key in recipe if key not in _RECIPE)]
    body = [
        _line(_RECIPE.get(key, key.replace("_", " ")), [_said(recipe[key]), _said(published.get(key))])
        for key in order
    ]
    return _table("Hyper-parameters", ["", "here", "paper"], body)


def data_table(card: Mapping[str, Any]) -> html.Table:
    """How many pairs and patients it was trained on, and how many were held out."""
    data = card.get("data") or {}
    training, held_out = data.get("training") or {}, data.get("held_out") or {}
    body = []
    for folder in dict.fromkeys([*training, *held_out]):
        cells = [_pairs(part.get(folder)) for part in (training, held_out)]
        body.append(_line(folder, cells))
    return _table("Data: pairs (patients)", ["", "trained on", "held out"], body)


def layer_table(architecture: Architecture) -> html.Table:
    """Every layer in its order: what it is, channels, parameters, receptive field up to there."""
    body = []
    for number, layer in enumerate(architecture.layers):
        inputs = ", ".join(str(source) for source in layer.inputs)
        channels = _DASH if layer.channels is None else str(layer.channels)
        if layer.channels_in is not None:
            channels = f"{layer.channels_in} → {channels}"
        words = ", ".join([layer.detail, *layer.then])
        field = _DASH if layer.reach is None else f"{2 * layer.reach + 1}×{2 * layer.reach + 1}"
        own = "shared" if layer.tied else f"{layer.parameters:,}"
        body.append(_line(str(number), [inputs, layer.name, words, channels, own, field]))
    head = ["no.", "from", "name", "layer", "channels", "parameters", "receptive field"]
    return _table("", head, body, "layer-table")


def _table(caption: str, head: Sequence[str], body: Iterable[html.Tr], kind: str = "") -> html.Table:
    top = html.Tr([html.Th(name, scope="col") for name in head])
    parts: list[Any] = [html.Caption(caption)] if caption else []
    return html.Table(
        [*parts, html.Thead(top), html.Tbody(list(body))], className=f"fact-table {kind}".strip()
    )


def _line(name: str, cells: Sequence[Any], kind: str = "") -> html.Tr:
    return html.Tr([html.Th(name, scope="row"), *[html.Td(cell) for cell in cells]], className=kind)


def _fixed(value: float | None) -> str:
    return _DASH if value is None else f"{value:.4f}"


def _paper(paper: Published | None, name: str, factor: float, unit: str) -> str:
    return _DASH if paper is None else f"{factor * getattr(paper, name):g} {unit}".strip()


def _said(value: Any) -> str:
    if value is None:
        return _DASH
    return f"{value:,g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _pairs(part: Mapping[str, Any] | None) -> str:
    if not part:
        return _DASH
    patients = part.get("patients")
    return f"{part.get('pairs', 0):,}" + ("" if patients is None else f" ({patients})")
