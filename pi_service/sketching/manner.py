"""How to draw: how boldly, and how many sketches to choose from.

Temperature has one meaning here: a density or probability p is replaced by p to the power of
1/temperature, made to sum to one again, separately for three things. Mixture weights and pen
states: their logarithms are divided by the temperature. Offsets: within one Gaussian this
multiplies the covariance by the temperature, the standard deviations by its root. So 1 draws
as the model learned it, and towards 0 the most likely alone is left.

The order: guidance changes the mixture's weights, `least_weight` leaves out small ones, the
temperature sharpens the rest, `nucleus` cuts the tail of what that gives. For the pen:
guidance, then `lift` and `end` are added to the log-odds, then the temperature divides them.

A hot opening and cool details: the first stroke decides what the drawing is to be, and is
drawn boldly, so that no two drawings are alike; what follows has to fit, and is drawn with
care. Every second opening may be bolder still: of what comes of those less can be hung, but
there is more to choose from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from firmware_gcode.facts import CodedError, fact

MOST = 256
"""Candidates of one sketch at most."""


class CandidatesError(CodedError, ValueError):
    """A number of candidates that makes no sense."""


class TemperatureError(CodedError, ValueError):
    """A temperature that makes no sense."""


@dataclass(frozen=True)
class Temperature:
    """How boldly to draw; see the module's description. The three are over 0 and up to 2."""

    components: float = 1.0
    """Of the mixture's weights."""
    offsets: float = 1.0
    """Of the Gaussians."""
    pen: float = 1.0
    """Of the pen's states."""
    least_weight: float = 0.0
    """Components with less than this part of the largest weight are left out; 0 keeps all."""
    nucleus: float = 1.0
    """The likeliest components that together have this much of all weight are kept; 1: all."""
    guidance: float = 1.0
    """How far towards the class; 1 is none. See `guidance`."""
    lift: float = 0.0
    """Nats added to the log-odds of lifting the pen: over 0 for more strokes."""
    end: float = 0.0
    """Nats added to the log-odds of being done. A model that goes by its own lines, and not
    by people's as when it learned, ends later than people do; this makes up for it."""

    def __post_init__(self) -> None:
        """Refuses what cannot be drawn with."""
        for name in ("components", "offsets", "pen"):
            value = getattr(self, name)
            if not 0 < value <= 2:
                raise TemperatureError("temperature-range", value=value)
        ranges = {
            "sampling-least-weight": (self.least_weight, 0.0, 0.999),
            "sampling-nucleus": (self.nucleus, 0.001, 1.0),
            "sampling-guidance": (self.guidance, 0.0, 10.0),
            "sampling-lift": (self.lift, -10.0, 10.0),
            "sampling-end": (self.end, -10.0, 10.0),
        }
        for name, (value, least, most) in ranges.items():
            if not least <= value <= most:
                raise TemperatureError(
                    "sampling-range", what=fact(name), least=least, most=most, value=value
                )


@dataclass(frozen=True)
class Manner:
    """How a model draws for paper; part of its file, chosen by measuring what it draws."""

    opening: Temperature = field(default_factory=Temperature)
    """Of the first strokes…"""
    details: Temperature = field(default_factory=Temperature)
    """…and of all that follow."""
    bold: Temperature | None = None
    """Of every second opening; None: as of the others."""
    strokes: int = 1
    """How many strokes are the opening."""
    of_opening: int = 8
    """Candidates that begin alike, with the same opening, and end in their own ways."""
    candidates: int = 8
    """Sketches of which the critic chooses one, where nobody says otherwise."""
    enough: float = 1e6
    """The critic's score from which on no further opening is tried."""

    def __post_init__(self) -> None:
        """Refuses what cannot be drawn with."""
        if len({t.guidance for t in (self.opening, self.details, self.bolder)}) > 1:
            raise TemperatureError("sampling-guidance-differs")
        if self.strokes < 0 or self.of_opening < 1:
            raise CandidatesError("opening-range")
        check_candidates(self.candidates)

    @property
    def bolder(self) -> Temperature:
        """Of every second opening."""
        return self.opening if self.bold is None else self.bold

    def is_bold(self, candidate: int) -> bool:
        """Whether the opening of a candidate, by its number, is one of the bolder ones."""
        return candidate // self.of_opening % 2 == 1

    @property
    def meaning(self) -> dict[str, Any]:
        """All fields as they go into a model's hash; `bold`, which is new, if it is used."""
        found = asdict(self)
        if self.bold is None:
            del found["bold"]
        return found

    @classmethod
    def even(cls, temperature: Temperature | float) -> Manner:
        """One temperature for all strokes, every candidate with an opening of its own."""
        if not isinstance(temperature, Temperature):
            temperature = Temperature(temperature, temperature, temperature)
        return cls(temperature, temperature, of_opening=1)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Manner:
        """From the fields that `dataclasses.asdict` gives."""
        parts = ("opening", "details", "bold")
        temperatures = {
            name: Temperature(**fields[name]) for name in parts if fields.get(name)
        }
        return cls(**{**fields, **temperatures})


def check_candidates(count: int) -> None:
    """Refuses a number of candidates out of range with a CandidatesError."""
    if not 1 <= count <= MOST:
        raise CandidatesError("candidates-range", most=MOST, asked=count)
