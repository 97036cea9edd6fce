"""The small tables of a method's card: losses, speed, recipe, data, layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import html

from dashboard.methods.facts import ALL, MethodFacts
from dashboard.methods.measuring import JACOBIANS
from models import Architecture
from models.published import GUIDANCE_HARDWARE, JACOBIAN_HARDWARE, Published

_TERMS = ("ssim1", "ssim2", "mse1", "mse2")
_DASH = "–"
FRAMES_SAID = (
    "Shown per second: a browser asked for 40 random pixels, one after the other; each was computed, sent, "
    "decoded, drawn, and waited for until the next frame of the screen (60 a second at most, usually)."
)
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
    paper, found, guidance = facts.published, facts.measurement, facts.guidance
    jacobian = found.jacobian_ms if found else None
    frames = found.frames_per_s if found else None
    seconds = guidance.seconds if guidance else None
    body = [
        _line("Jacobian images of a pixel", [_in(jacobian, "ms", 2), _paper(paper, "jacobian_s", 1e3, "ms")]),
        _line("shown per second", [_in(frames, "", 0), _paper(paper, "frames_per_s", 1, "")]),
        _line("guidance images", [_in(seconds, "s", 1), _paper(paper, "guidance_s", 1, "s")]),
    ]
    caption = "Speed, Table 2 of the paper beside this machine"
    return _table(caption, ["", "here", "paper, GPU" if paper else "paper"], body)


def speed_notes(facts: MethodFacts) -> list[html.P]:
    """Where, when and how ours were measured, and what of Table 2 cannot be compared."""
    found, guidance = facts.measurement, facts.guidance
    notes = []
    if found is not None and not found.problem:
        first = "" if found.first_ms is None else f", after {found.first_ms:,.0f} ms for the first"
        shown = "The browser has not counted yet." if found.frames_per_s is None else FRAMES_SAID
        notes.append(
            f"Measured {_when(found.created)} on {found.case} ({found.device}): a Jacobian is the median of "
            f"{JACOBIANS} random pixels, one at a time{first}. {shown}"
        )
    if guidance is not None:
        device = guidance.device.upper() if guidance.device == "cpu" else "GPU"
        notes.append(f"Guidance of {guidance.case}: computed {_when(guidance.created)} ({device}).")
    if facts.published:
        notes.append(
            f"The paper timed {JACOBIAN_HARDWARE} (guidance: {GUIDANCE_HARDWARE}), and its frames include "
            "its window toolkit, so only the order of magnitude compares."
        )
    return [html.P(note, className="muted small") for note in notes]


def exactness(check: Any) -> html.P:
    """What the test of a plug-in found, from `models.plugins`."""
    off = "–" if check.difference is None else f"{check.difference:.1e}" if check.difference else "0"
    window = f"{check.window}×{check.window}" if check.window else "the whole image"
    values = ""
    if check.smallest is not None and check.largest is not None:
        values = f" Fused test images: {check.smallest:.3g} to {check.largest:.3g}."
    return html.P(
        [
            html.Strong("Exactness test: "),
            f"its Jacobians are off from whole-image autograd in float64 by {off} of the largest entry "
            f"(up to 1e-6 is accepted). Differentiated by: {check.path}. Window: {window}.{values}",
        ],
        className="method-check",
    )


def recipe_table(card: Mapping[str, Any], paper: Published | None) -> html.Table:
    """The hyper-parameters of the weights, the paper's beside those that it names."""
    published = {
        "structure": paper and paper.structure,
        "gamma_ssim": paper and paper.gamma_ssim,
        "gamma_mse": paper and paper.gamma_mse,
        "rate": paper and paper.rate,
        "batch": paper and paper.batch,
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


def _in(value: float | None, unit: str, digits: int) -> str:
    return _DASH if value is None else f"{value:.{digits}f} {unit}".strip()


def _when(created: str) -> str:
    """A time of the form 2020-12-31T23:59:59+00:00 for people."""
    return f"{created[:10]} {created[11:16]} UTC"


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
