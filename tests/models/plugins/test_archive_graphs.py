"""Archives of networks whose graphs hold more than operators: type checks, parts without gradients, sizes."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim

from models.plugins.archive import ArchiveError, load_archive
from models.saliency.engine.analysis import analyse


class Base(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encode, self.decode = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(2, 1, 1)

    def features(self, x1: Tensor, x2: Tensor) -> Tensor:
        features: Tensor = self.encode(torch.cat([x1, x2], 1))
        return features


class WindowAttention(Base):
    """Attention in windows of 4×4 pixels; its sizes are long."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        f = self.features(x1, x2)
        (batch, _, h, w), n = f.shape, 4
        f = nn.functional.pad(f, (0, (n - w % n) % n, 0, (n - h % n) % n))
        high, wide = f.shape[-2:]
        rows, columns = high // n, wide // n
        t = f.view(batch, 3, 2, rows, n, columns, n).permute(1, 0, 3, 5, 2, 4, 6)
        q, k, v = t.reshape(3, batch * rows * columns, 2, n * n).unbind(0)
        mixed = v @ torch.softmax(q.transpose(1, 2) @ k, -1)
        mixed = mixed.view(batch, rows, columns, 2, n, n).permute(0, 3, 1, 4, 2, 5)
        return self.decode(mixed.reshape(batch, 2, high, wide)[:, :, :h, :w])  # type: ignore[no-any-return]


class WithoutGradient(Base):
    """A part without gradients of which two results are used."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        f = self.features(x1, x2)
        with torch.no_grad():
            gate = torch.sigmoid(f[:, :1] * 2)
            again = torch.tanh(f[:, 4:])
        return self.decode(f[:, 2:4] * gate + again)  # type: ignore[no-any-return]


class Casts(Base):
    """A mask cast to the images' type."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        mask = (x1 > x2).to(x1.dtype)
        f = self.features(x1 * mask, x2 * (1 - mask))
        return self.decode(f[:, :2].to(torch.float32))  # type: ignore[no-any-return]


def exported(model: nn.Module, batch: int) -> bytes:
    shapes = dict.fromkeys((2, 3) if batch == 1 else (0, 2, 3), Dim.DYNAMIC)
    examples = torch.rand(batch, 1, 24, 28), torch.rand(batch, 1, 24, 28)
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(model, examples, dynamic_shapes=[shapes] * 2), buffer)
    return buffer.getvalue()


def edited(data: bytes, change: Callable[[str], str]) -> bytes:
    """The archive with the text of its graph changed."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("models/model.json"):
                changed = change(content.decode())
                assert changed != content.decode()
                content = changed.encode()
            new.writestr(name, content)
    return result.getvalue()


def gradients(model: nn.Module, sources: list[Tensor], pixel: tuple[int, int]) -> list[Tensor]:
    leaves = [source.clone().requires_grad_() for source in sources]
    return list(torch.autograd.grad(model(*leaves)[(0, 0, *pixel)], leaves))


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("network", [WindowAttention, WithoutGradient, Casts])
def test_values_and_gradients_survive_the_export(network: type[Base], batch: int) -> None:
    torch.manual_seed(3)
    own = network().eval()
    model = load_archive(exported(own, batch), 2)
    sources = [torch.rand(1, 1, 21, 30) for _ in range(2)]
    torch.testing.assert_close(model(*sources), own(*sources))
    for pixel in ((0, 0), (9, 13), (20, 29)):
        for found, expected in zip(
            gradients(model, sources, pixel), gradients(own, sources, pixel), strict=True
        ):
            torch.testing.assert_close(found, expected)


def test_a_cast_follows_the_precision_that_the_network_has_later() -> None:
    model = load_archive(exported(Casts().eval(), 1), 2).double()
    assert model(*(torch.rand(1, 1, 9, 8, dtype=torch.float64) for _ in range(2))).dtype == torch.float64
    assert analyse(model, 2).difference <= 1e-9


def test_a_part_without_gradients_holds_plain_operators_too() -> None:
    data = exported(WithoutGradient().eval(), 1)
    bad = edited(
        data, lambda text: text.replace("torch.ops.aten.sigmoid.default", "torch.ops.aten.from_file.default")
    )
    with pytest.raises(ArchiveError, match="no plain ATen operator"):
        load_archive(bad, 2)


def test_a_part_that_is_no_graph_is_refused() -> None:
    data = exported(WithoutGradient().eval(), 1)
    with pytest.raises(ArchiveError):
        load_archive(edited(data, lambda text: text.replace('"as_graph"', '"as_string"')), 2)


def test_a_long_size_that_is_not_arithmetic_is_refused_at_once() -> None:
    data = exported(WindowAttention().eval(), 1)
    bad = edited(data, lambda text: text.replace('"expr_str": "', '"expr_str": "' + "1" * 300 + "x"))
    start = time.perf_counter()
    with pytest.raises(ArchiveError, match="not arithmetic"):
        load_archive(bad, 2)
    assert time.perf_counter() - start < 5
