"""The critic: what its score is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pi_service.sketching.config import CriticConfig
from pi_service.sketching.critic import Critic, critic_of, measures
from pi_service.sketching.limits import Limits
from pi_service.sketching.model_file import ModelFile, Weights
from pi_service.sketching.stroke import Sketch, from_polylines

LIMITS = Limits((2, 8), (10, 40), (200.0, 800.0))


@pytest.fixture
def sketch() -> Sketch:
    """A square with a dot in it."""
    square = np.array([[0, 0], [200, 0], [200, 200], [0, 200], [0, 0]])
    return from_polylines([square, np.array([[100, 100]])])


def _critic(model: ModelFile, weights: Weights, number: int = 0) -> Critic:
    assert model.critic is not None
    return Critic(model.critic, weights, LIMITS, number)


def test_a_model_without_a_critic_has_none(tiny_model: ModelFile) -> None:
    assert critic_of(tiny_model, 0) is None


def test_the_evidence_is_a_probability(with_critic: ModelFile, sketch: Sketch) -> None:
    each = [_critic(with_critic, with_critic.weights, k).opinion(sketch) for k in range(3)]
    assert sum(np.exp(found.evidence) for found in each) == pytest.approx(1)


def test_evidence_counts_up_to_the_cap_and_no_further(
    with_critic: ModelFile, sketch: Sketch
) -> None:
    def score(cap: float) -> float:
        caps = {"critic.cap": np.full(3, cap, dtype=np.float32)}
        found = _critic(with_critic, with_critic.weights | caps).opinion(sketch)
        return found.score - found.human

    evidence = _critic(with_critic, with_critic.weights).opinion(sketch).evidence
    assert score(0.0) == pytest.approx(evidence)
    assert score(evidence - 2) == pytest.approx(evidence - 2)


def test_the_share_of_the_class_can_be_set(with_critic: ModelFile, sketch: Sketch) -> None:
    assert with_critic.critic is not None
    alone = replace(with_critic, critic=replace(with_critic.critic, class_share=0.0))
    critic = critic_of(alone, 1)
    assert critic is not None
    opinion = critic.opinion(sketch)
    assert opinion.score == opinion.human


def test_measures_are_zero_in_the_middle_and_grow_to_both_sides() -> None:
    middle = [np.array([[0, 0], [25, 0], [50, 0], [75, 0], [100, 0]])] * 4  # 4, 20, 400
    assert measures(from_polylines(middle), LIMITS) == pytest.approx(np.zeros(6), abs=1e-6)
    few = measures(from_polylines(middle[:1]), LIMITS)
    assert (few[:3] < -1).all()
    assert few[3:] == pytest.approx(few[:3] ** 2)
    assert not measures(from_polylines(middle), None).any()


@pytest.mark.parametrize(
    "wrong", [{"size": 36}, {"size": 24}, {"hidden": 0}, {"margin": 20}, {"channels": (1, 2)}]
)
def test_sizes_that_do_not_fit_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="do not fit together"):
        CriticConfig(**wrong)  # type: ignore[arg-type]  # one value is a tuple on purpose
