"""Small networks, each with one trait that fusion networks in public have.

`WITH_CONES` are differentiated by their cones; `REFUSED` hold what the cone engine must refuse by its
own error, whatever other path is taken for them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Forward = Callable[["Trait", Tensor, Tensor], Tensor]


class Trait(nn.Module):
    """Two sources into 2·`width` features, `function` of them, one channel out."""

    def __init__(self, function: Forward, width: int = 3, kernel: int = 3) -> None:
        super().__init__()
        self.function = function
        self.one = nn.Conv2d(1, width, kernel, padding=kernel // 2)
        self.two = nn.Conv2d(1, width, kernel, padding=kernel // 2)
        self.valid = nn.Conv2d(width, width, 3)
        self.wide = nn.Conv2d(width, width, 7)
        self.same = nn.Conv2d(width, width, 3, padding="same", dilation=2)
        self.mirrored = nn.Conv2d(width, width, 5, padding=2, padding_mode="reflect")
        self.repeated = nn.Conv2d(width, width, 5, padding=2, padding_mode="replicate")
        self.circular = nn.Conv2d(width, width, 3, padding=1, padding_mode="circular")
        self.depthwise = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.gate = nn.Conv2d(width, 1, 3, padding=1)
        self.look = nn.Conv2d(2, 1, 5, padding=2)
        self.out = nn.Conv2d(width, 1, 3, padding=1)
        self.last = nn.Conv2d(2 * width, 1, 3, padding=1)
        self.reflect, self.replicate = nn.ReflectionPad2d(1), nn.ReplicationPad2d(1)
        self.reflect3, self.zero = nn.ReflectionPad2d(3), nn.ZeroPad2d(1)
        self.prelu, self.elu, self.selu = nn.PReLU(width), nn.ELU(), nn.SELU()
        self.hardtanh, self.softplus, self.rectify = nn.Hardtanh(), nn.Softplus(), nn.ReLU(inplace=True)
        self.norm, self.norm1 = nn.BatchNorm2d(width), nn.BatchNorm2d(1)
        self.pool, self.pool_less = nn.AvgPool2d(3, 1, 1), nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        self.scale = nn.Parameter(torch.tensor(0.3))
        self.factors = nn.Parameter(torch.tensor([0.5, -1.0, 2.0]).reshape(1, 3, 1, 1))
        self.register_buffer("sobel", torch.tensor([[[[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]]]))
        self.kernel = nn.Parameter(torch.rand(width, width, 3, 3) - 0.5)
        for norm in (self.norm, self.norm1):
            nn.init.uniform_(norm.running_mean, -0.5, 0.5)
            nn.init.uniform_(norm.running_var, 0.5, 2)
            nn.init.uniform_(norm.weight, 0.5, 2)
        nn.init.uniform_(self.prelu.weight, 0.1, 0.9)
        self.features: object = None
        self.history: list[object] = []

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.function(self, self.one(x), self.two(y))


def _spatial_attention(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    return m.out(a * torch.sigmoid(m.gate(a)) + b * torch.sigmoid(m.gate(b)))


def _normalised_attention(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    return m.out(a * torch.sigmoid(m.norm1(m.gate(a))) + b)


def _pooled_attention(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    pair = torch.cat([torch.mean(a, dim=1, keepdim=True), torch.max(a, dim=1, keepdim=True)[0]], dim=1)
    return m.out(a * torch.sigmoid(m.look(pair)) + b)


def _shared_mask(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    mask = a > b
    chosen = m.out(torch.where(mask, a, b))
    return chosen + m.gate(torch.where(mask, a * b, b).tanh())


def _mask_as_number(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    mask = (a.abs() >= b.abs()).to(a.dtype)
    return m.out(mask * a + (1 - mask) * b)


def _detached(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    return m.out(m.same(a).detach() * b + a)


def _stopped(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    return m.out(m.valid(F.pad(a.detach(), (1, 1, 1, 1))) + b)


def _dense(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    f = (a + b) / 2
    f = F.relu(m.valid(m.reflect(f)), inplace=True)
    f = F.relu(m.valid(m.reflect(f)), inplace=True) + f
    return m.out(m.valid(m.reflect(f)))


def _wide_reflection(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    return m.out(torch.tanh(m.wide(m.reflect3(torch.tanh(m.mirrored(a)) * b))))


def _replication(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    f = torch.max(m.rectify(m.norm(m.valid(F.pad(a, (1, 1, 1, 1), "replicate")))), m.valid(m.replicate(b)))
    return m.out(m.repeated(m.elu(f)))


def _keeps_activations(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    m.features = a * b
    m.history.append(m.features)
    return m.out(m.features)


def _channels(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    both = torch.cat(tensors=(a, b), dim=1)
    first, second, third = torch.chunk(both, 3, dim=1)
    left, right = both.split(3, 1)
    picked = torch.cat([first * second, third[:, :1]], 1)
    return m.last(both * torch.cat([right, left], dim=1)) + m.out(picked * both[:, 1:4])


def _repeated(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    grey = m.gate(a)
    f = grey.repeat(1, 3, 1, 1) * b + m.gate(b).expand(-1, 3, -1, -1) * a
    return m.out(m.prelu(f * m.factors) + grey.expand_as(a))


def _over_channels(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    activity = a.abs().sum(1, keepdim=True) / (a.abs().sum(1, keepdim=True) + b.abs().sum(1, keepdim=True))
    centred = a - a.mean(dim=1, keepdim=True)
    normal = centred / torch.sqrt(centred.pow(2).mean(1, keepdim=True) + 1e-5)
    activity = activity * torch.norm(b, p=2, dim=1, keepdim=True)
    return m.out(activity * a + (1 - activity) * b) + torch.amax(normal * b, dim=1, keepdim=True)


def _stacked(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    largest = torch.max(torch.stack([a, b, a * b]), dim=0)[0]
    values = torch.stack((a, b), dim=-1).mean(dim=-1)
    return m.out(largest + values.abs())


def _softmax(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    return m.out(F.softmax(a, dim=1) * b + torch.softmax(b * a, dim=1))


def _moved(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    both = torch.cat([a, b], 1)
    batch, channels, height, width = both.shape
    shuffled = both.view(batch, 2, channels // 2, height, width).transpose(1, 2)
    weights = torch.softmax(b, dim=1)
    f = a * weights[:, 0].unsqueeze(1) + b * weights[:, 1, None]
    return m.out(f) + m.last(shuffled.reshape(batch, channels, height, width))


def _functional(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    edges = F.conv2d(m.gate(a), m.sobel, padding=1).abs()
    return m.out(F.conv2d(b, m.kernel, None, 1, 1)) + edges


def _pooling(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    return m.out(m.norm(m.pool(a)) * m.scale + m.depthwise(m.softplus(b)) + m.same(m.hardtanh(m.selu(a))))


def _extrema(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    f = torch.minimum(a, b) - torch.maximum(a, m.zero(m.valid(b))[:, :, :, :].abs())
    return m.out(f)


def _zero_padding(m: Trait, a: Tensor, b: Tensor) -> Tensor:
    f = m.valid(m.zero(a))
    f += torch.min(a, b)
    return m.out(f)


WITH_CONES: dict[str, Forward] = {
    "spatial attention": _spatial_attention,
    "attention of one normalised channel": _normalised_attention,
    "attention by mean and maximum over channels": _pooled_attention,
    "a mask shared by two": _shared_mask,
    "a mask as a number": _mask_as_number,
    "detached factor": _detached,
    "detached branch": _stopped,
    "reflection padding, dense": _dense,
    "wide reflection": _wide_reflection,
    "replication padding": _replication,
    "kept activations": _keeps_activations,
    "channels taken apart": _channels,
    "channels repeated": _repeated,
    "over the channels": _over_channels,
    "stacked": _stacked,
    "softmax over the channels": _softmax,
    "channels shuffled": _moved,
    "functional convolutions": _functional,
    "average pooling, depthwise": _pooling,
    "zero padding": _zero_padding,
}

REFUSED: dict[str, Forward] = {
    "circular padding": lambda m, a, b: m.out(m.circular(a) + b),
    "padding that is not taken back": _extrema,
    "pooling that counts the border": lambda m, a, b: m.out(m.pool_less(a) + b),
    "mean over the image": lambda m, a, b: m.out(a * b.mean((2, 3), keepdim=True)),
    "shifted": lambda m, a, b: m.out(F.pad(a[:, :, 1:], (0, 0, 0, 1)) + b),
    "constant of another type": lambda m, a, b: m.out(a) + F.conv2d(b, torch.ones(1, 3, 3, 3), padding=1),
    "argmax": lambda m, a, b: m.out(a * torch.argmax(b, 1, keepdim=True)),
    "depends on the values": lambda m, a, b: m.out(a if a.sum() > 0 else b),
    "three channels": lambda m, a, b: a + b,
    "flipped": lambda m, a, b: m.out(a.flip(3) + b),
    "turned": lambda m, a, b: m.out(a.permute(0, 1, 3, 2).reshape(a.shape) + b),
    "softmax over a row": lambda m, a, b: m.out(torch.softmax(a, dim=3) + b),
}
