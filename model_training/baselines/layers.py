"""The layers of the first transformer (Vaswani et al., 2017), for the baselines made of them.

LayerNorm stands after each addition, positions are sines and cosines, dropout thins what is
added. A layer can keep the keys and values of earlier points, to draw one point at a time.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn


def sinusoids(count: int, width: int) -> Tensor:
    """The published encoding of positions 0 to count - 1, shape (count, width)."""
    speeds = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angles = torch.arange(count)[:, None] * speeds
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Attention(nn.Module):
    """Attention with several heads and biases, from queries to anything.

    Args:
        width: Of what is read and of what comes out.
        heads: How many.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def told(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of (B, S, width): each (B, heads, S, width / heads)."""
        parts = self.key_value(memory).unflatten(-1, (2, self.heads, -1))
        keys, values = parts.permute(2, 0, 3, 1, 4)
        return keys, values

    def forward(
        self,
        x: Tensor,
        told: tuple[Tensor, Tensor],
        mask: Tensor | None = None,
        *,
        causal: bool = False,
    ) -> Tensor:
        """What (B, T, width) sees of `told`; where the mask is False there is nothing."""
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        seen = F.scaled_dot_product_attention(query, *told, attn_mask=mask, is_causal=causal)
        out: Tensor = self.out(seen.transpose(1, 2).flatten(-2))
        return out


class FeedForward(nn.Sequential):
    """Two matrices with a ReLU in between."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))


class EncoderLayer(nn.Module):
    """Every point looks at every point of its sketch."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.network = FeedForward(width, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(width, eps=1e-6) for _ in range(2))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """The stream (B, T, width), one layer further; `real` (B, T) is False on padding."""
        first, second = self.norms
        seen = self.attention(x, self.attention.told(x), real[:, None, None])
        x = first(x + self.dropout(seen))
        out: Tensor = second(x + self.dropout(self.network(x)))
        return out


class DecoderLayer(nn.Module):
    """Every point looks at those before it, and at what the code was made into."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.before = Attention(width, heads)
        self.code = Attention(width, heads)
        self.network = FeedForward(width, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(width, eps=1e-6) for _ in range(3))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """The stream (B, T, width), one layer further; the memory has shape (B, S, width)."""
        seen = self.before(x, self.before.told(x), causal=True)
        return self._after(x, seen, self.code.told(memory))

    def step(
        self,
        x: Tensor,
        kept: tuple[Tensor, Tensor] | None,
        memory: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One more point (B, 1, width), and keys and values of all points so far.

        Args:
            x: The point.
            kept: What the step before gave; None at the first.
            memory: Keys and values of the memory, as `code.told` gives them.
        """
        told = self.before.told(x)
        if kept is not None:
            told = (torch.cat([kept[0], told[0]], 2), torch.cat([kept[1], told[1]], 2))
        return self._after(x, self.before(x, told), memory), told

    def _after(self, x: Tensor, seen: Tensor, memory: tuple[Tensor, Tensor]) -> Tensor:
        first, second, third = self.norms
        x = first(x + self.dropout(seen))
        x = second(x + self.dropout(self.code(x, memory)))
        out: Tensor = third(x + self.dropout(self.network(x)))
        return out
