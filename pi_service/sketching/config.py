"""The architecture of the sketch model: what the trainer builds and the decoder reads back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelConfig:
    """Sizes and constants of one sketch model; written into every checkpoint and model file.

    The model is a decoder-only transformer over the points of a sketch. Position 0 is a start
    token that holds the class; every later one holds the point drawn before: how far it went,
    where on the canvas it is, and whether the pen was lifted there.
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
        if min(sizes) < 1 or self.width % (2 * self.heads) or not self.wavelengths:
            raise ValueError(f"the sizes of this model do not fit together: {self}")
        if min(self.scale, self.sigma_floor, *self.wavelengths) <= 0:
            raise ValueError("scale, sigma_floor and wavelengths of a model must be over 0")

    @property
    def features(self) -> int:
        """Numbers that tell of one point: offset, position, sines and cosines of it."""
        return 4 + 4 * len(self.wavelengths)
