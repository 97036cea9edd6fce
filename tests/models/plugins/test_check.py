"""What a check finds in modules whose numbers depend on the first batch, or on rounding."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.plugins.check import check_method


class ActNorm(nn.Module):
    """Scales by the statistics of the first batch that it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("ready", torch.tensor(False))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        if not self.ready:
            self.scale.data.fill_(float(x1.mean()) + 0.1)
            self.ready.fill_(True)
        return self.scale * x1 + 0.3 * x2


class Detail(nn.Module):
    """The amount of detail, with a kink where there is none: there rounding decides its sign."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("blur", torch.full((1, 1, 5, 5), 0.04))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        lifted = x1 + 0.1
        detail = lifted - F.conv2d(lifted, self.blur, padding=2)
        return 0.5 * x1 + 0.4 * x2 + 0.3 * detail.abs()


def test_a_module_that_initialises_itself_is_refused_and_accepted_once_it_is_ready() -> None:
    torch.manual_seed(1)
    found = check_method(ActNorm().eval(), 2)
    assert not found.accepted
    assert "initialises itself on the first batch" in found.reason
    ready = ActNorm().eval()
    ready(torch.rand((1, 1, 8, 8)), torch.rand((1, 1, 8, 8)))
    assert check_method(ready, 2).accepted


def test_kinks_on_a_flat_background_are_counted() -> None:
    found = check_method(Detail().eval(), 2)
    assert found.accepted, found.reason
    assert found.unstable is not None
    assert found.unstable > 0.2

    class Plain(nn.Module):
        def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
            return 0.5 * x1 + 0.4 * x2

    plain = check_method(Plain().eval(), 2)
    assert plain.unstable == 0
    assert plain.milliseconds is not None
    assert plain.milliseconds > 0
