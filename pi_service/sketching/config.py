"""The architecture of the sketch model: what the trainer builds and the decoder reads back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

LARGEST, MOST_LAYERS = 20_000, 64
"""Sizes beyond which nobody could wait for a model, or even for its being refused."""


@dataclass(frozen=True)
class ModelConfig:
    """Sizes and constants of one sketch model; written into every checkpoint and model file.

    The model is a decoder-only transformer over the points of a sketch. Position 0 is a start
    token that holds the class, and whether a good drawing of it is wanted or any that people
    make; every later one holds the point drawn before: how far it went, where on the canvas
    it is, and whether the pen was lifted there.
    """

    classes: int = 345
    """How many classes there are; the class number after the last one means "any class"."""
    width: int = 128
    """Width of the residual stream."""
    layers: int = 4
    heads: int = 4
    hidden: int = 512
    """Width of the feed-forward layers."""
    components: int = 20
    """Gaussians in the mixture for the next offset."""
    pen_hidden: int = 64
    """Width of the pen head's hidden layer."""
    max_points: int = 200
    """The longest sketch, in points."""
    scale: float = 40.0
    """Pixels per unit inside the model, one number for both axes: cats keep their shape."""
    sigma_floor: float = 0.5
    """Least standard deviation of an offset, in pixels, so that no density is infinite."""
    wavelengths: tuple[float, ...] = (512.0, 256.0, 128.0, 64.0, 32.0, 16.0)
    """Wavelengths of the sines and cosines that tell the model where it is, in pixels."""

    def __post_init__(self) -> None:
        """Refuses sizes that cannot be built."""
        sizes = [self.classes, self.width, self.layers, self.heads, self.hidden]
        sizes += [self.components, self.pen_hidden, self.max_points]
        whole = all(type(size) is int and 1 <= size <= LARGEST for size in sizes)
        few = self.layers <= MOST_LAYERS and 1 <= len(self.wavelengths) <= MOST_LAYERS
        if not (whole and few) or self.width % (2 * self.heads):
            raise ValueError(f"the sizes of this model do not fit together: {self}")
        if min(self.scale, self.sigma_floor, *self.wavelengths) <= 0:
            raise ValueError("scale, sigma_floor and wavelengths of a model must be over 0")

    def good(self, class_number: int) -> int:
        """The number by which a good drawing of a class is asked for, instead of any."""
        return class_number + self.classes + 1

    @property
    def features(self) -> int:
        """Numbers that tell of one point: offset, position, sines and cosines of it."""
        return 4 + 4 * len(self.wavelengths)


PREFIX = "critic."
"""The critic's tensors are called so in the model file."""
MEASURES = 3
"""Strokes, points and ink, each compared with what is usual in the class."""
KERNELS = (5, 3, 3, 3)
"""Sides of the convolutions' windows; after each but the last, the larger of two by two."""


LATER = ("hang_cap", "for_whiskers", "unusual", "novelty", "novelty_cap")
"""Fields of a critic that older files lack."""


@dataclass(frozen=True)
class CriticConfig:
    """Sizes and constants of a critic; see `pi_service.sketching.critic`."""

    size: int = 48
    """Pixels of a side of the picture it looks at; a multiple of 8."""
    margin: int = 3
    """Pixels left free around the drawing."""
    channels: tuple[int, int, int, int] = (16, 24, 40, 64)
    """After each convolution."""
    hidden: int = 0
    """Width of the hidden layer before the odds of a drawing being hung; 0: no verdicts."""
    told: int = 0
    """Numbers from which those odds are found; see `critic.told_of`."""
    hangs: tuple[str, ...] = ()
    """Classes of whose drawings it learned which people would hang."""
    hang_cap: float = 100.0
    """Log-odds of being hung beyond which nothing is gained."""
    for_body: float = 0.0
    """Log-odds added where there is a body, so that the choice takes none away: bodies are
    harder to draw, and hung less often, but people draw them."""
    for_whiskers: float = 0.0
    """Log-odds added where there are whiskers on both sides."""
    class_share: float = 1.0
    """What a nat of class evidence counts beside a nat of the odds of being hung."""
    unusual: int = 0
    """Directions in which it is measured how unusual a view is; 0: that does not count."""
    novelty: float = 0.0
    """Log-odds added for each standard deviation that a view is unusual…"""
    novelty_cap: float = 0.0
    """…up to so many."""

    def __post_init__(self) -> None:
        """Refuses sizes that cannot be built."""
        sizes = (*self.channels, self.size - 2 * self.margin)
        whole = all(type(size) is int and 1 <= size <= LARGEST for size in sizes)
        if not whole or self.size % 8 or not 32 <= self.size <= 512 or len(self.channels) != 4:
            raise ValueError(f"the sizes of this critic do not fit together: {self}")
        if min(self.hidden, self.told) < 0 or bool(self.hangs) != bool(self.hidden):
            raise ValueError(f"this critic knows verdicts and no way to use them: {self}")
        if self.unusual < 0 or (self.unusual and not self.hidden):
            raise ValueError(f"this critic has no use for what is unusual: {self}")

    @property
    def meaning(self) -> dict[str, Any]:
        """All that gives its weights their meaning; of `LATER` only what is used.

        So that a file which was written before there was such a field keeps its hash.
        """
        usual = {each.name: each.default for each in fields(self)}
        given = asdict(self).items()
        return {name: v for name, v in given if name not in LATER or v != usual[name]}

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
        if self.hidden:
            found["usual"] = (2, self.told)
            found["hidden"] = (self.told, self.hidden)
            found["hidden.bias"] = (self.hidden,)
            found["hang"] = (self.hidden, 1)
            found["hang.bias"] = (1,)
        if self.unusual:
            found["common"] = (before,)
            found["unusual"] = (before, self.unusual)
        return {PREFIX + name: shape for name, shape in found.items()}
