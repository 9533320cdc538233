"""The shape of the critic: what its trainer builds and the Pi computes with."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "critic."
"""The critic's tensors are called so in the model file."""
MEASURES = 3
"""Strokes, points and ink, each compared with what is usual in the class."""
KERNELS = (5, 3, 3, 3)
"""Sides of the convolutions' windows; after each but the last, the larger of two by two."""


@dataclass(frozen=True)
class CriticConfig:
    """Sizes and constants of a critic; see `pi_service.sketching.critic`."""

    size: int = 40
    """Pixels of a side of the picture it looks at; a multiple of 8."""
    margin: int = 3
    """Pixels left free around the drawing."""
    channels: tuple[int, int, int, int] = (16, 24, 40, 64)
    """After each convolution."""
    hidden: int = 32
    """Width of the hidden layer before the odds of a drawing being a human's."""
    class_share: float = 1.0
    """What a nat of class evidence counts beside a nat of the odds of being a human's."""

    def __post_init__(self) -> None:
        """Refuses sizes that cannot be built."""
        sizes = (*self.channels, self.hidden, self.size - 2 * self.margin)
        if min(sizes) < 1 or self.size % 8 or self.size < 32 or len(self.channels) != 4:
            raise ValueError(f"the sizes of this critic do not fit together: {self}")

    @property
    def told(self) -> int:
        """Numbers from which the odds of being a human's are found."""
        return self.channels[-1] + 1 + 2 * MEASURES

    def shapes(self, classes: int) -> dict[str, tuple[int, ...]]:
        """Name (with the prefix) and shape of every tensor, matrices as (in, out).

        A convolution's rows go over the window's lines, its columns, then the channels.
        """
        found: dict[str, tuple[int, ...]] = {}
        before = 1
        for number, (side, after) in enumerate(zip(KERNELS, self.channels, strict=True)):
            found[f"conv{number}"] = (side * side * before, after)
            found[f"conv{number}.bias"] = (after,)
            before = after
        found["classes"] = (before, classes)
        found["classes.bias"] = (classes,)
        found["cap"] = (classes,)
        found["hidden"] = (self.told, self.hidden)
        found["hidden.bias"] = (self.hidden,)
        found["human"] = (self.hidden, 1)
        found["human.bias"] = (1,)
        return {PREFIX + name: shape for name, shape in found.items()}
