"""The critic: what its score is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pi_service.sketching.config import CriticConfig
from pi_service.sketching.critic import Critic, critic_of, measures
from pi_service.sketching.limits import Limits
from pi_service.sketching.model_file import ModelFile, Weights
from pi_service.sketching.stroke import Sketch, from_polylines, to_polylines

LIMITS = Limits((2, 8), (10, 40), (200.0, 800.0))


@pytest.fixture
def sketch() -> Sketch:
    """A square with a dot in it."""
    square = np.array([[0, 0], [200, 0], [200, 200], [0, 200], [0, 0]])
    return from_polylines([square, np.array([[100, 100]])])


def _critic(model: ModelFile, weights: Weights, number: int = 0) -> Critic:
    assert model.critic is not None
    return Critic(model.critic, weights, LIMITS, number, hangs=number < 2)


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
        return found.score - found.hang

    evidence = _critic(with_critic, with_critic.weights).opinion(sketch).evidence
    assert score(0.0) == pytest.approx(evidence)
    assert score(evidence - 2) == pytest.approx(evidence - 2)


def test_the_share_of_the_class_can_be_set(with_critic: ModelFile, sketch: Sketch) -> None:
    assert with_critic.critic is not None
    alone = replace(with_critic, critic=replace(with_critic.critic, class_share=0.0))
    critic = critic_of(alone, 1)
    assert critic is not None
    opinion = critic.opinion(sketch)
    assert opinion.score == opinion.hang


def test_measures_are_zero_in_the_middle_and_grow_to_both_sides() -> None:
    middle = [np.array([[0, 0], [25, 0], [50, 0], [75, 0], [100, 0]])] * 4  # 4, 20, 400
    assert measures(from_polylines(middle), LIMITS) == pytest.approx(np.zeros(6), abs=1e-6)
    few = measures(from_polylines(middle[:1]), LIMITS)
    assert (few[:3] < -1).all()
    assert few[3:] == pytest.approx(few[:3] ** 2)
    assert not measures(from_polylines(middle), None).any()


def test_without_verdicts_on_a_class_its_evidence_alone_counts(
    with_critic: ModelFile, sketch: Sketch
) -> None:
    critic = critic_of(with_critic, with_critic.classes.index("the eiffel tower"))
    assert critic is not None
    found = critic.opinion(sketch)
    assert found.hang == 0
    assert found.score == found.evidence


def test_something_is_added_for_a_body(with_critic: ModelFile, sketch: Sketch) -> None:
    assert with_critic.critic is not None
    favoured = replace(with_critic, critic=replace(with_critic.critic, for_body=2.5))
    body = [
        np.array([[30 * k, 210], [30 * k + 15, 340], [30 * k + 20, 210]]) for k in range(6)
    ]
    whole = from_polylines([*to_polylines(sketch), *body])
    for shown, added in ((sketch, 0.0), (whole, 2.5)):
        before, after = (critic_of(model, 0) for model in (with_critic, favoured))
        assert before is not None
        assert after is not None
        gained = after.opinion(shown).score - before.opinion(shown).score
        assert gained == pytest.approx(added)


def test_something_is_added_for_whiskers_on_both_sides(with_critic: ModelFile) -> None:
    assert with_critic.critic is not None
    favoured = replace(with_critic, critic=replace(with_critic.critic, for_whiskers=1.5))
    head = np.array([[40, 40], [160, 40], [170, 150], [100, 180], [30, 150], [40, 40]])
    left, right = np.array([[60, 120], [0, 110]]), np.array([[140, 120], [200, 110]])
    for lines, added in (([head, left], 0.0), ([head, left, right], 1.5)):
        shown = from_polylines(lines)
        before, after = (critic_of(model, 0) for model in (with_critic, favoured))
        assert before is not None
        assert after is not None
        gained = after.opinion(shown).score - before.opinion(shown).score
        assert gained == pytest.approx(added)


def _varying(model: ModelFile, cap: float) -> ModelFile:
    assert model.critic is not None
    config = replace(model.critic, unusual=2, novelty=0.5, novelty_cap=cap)
    tensors = {"critic.common": np.full(7, 0.25), "critic.unusual": np.eye(7, 2)}
    made = {name: array.astype(np.float32) for name, array in tensors.items()}
    return replace(model, critic=config, weights=model.weights | made)


def test_something_is_added_for_an_unusual_view_up_to_a_cap(
    with_critic: ModelFile, sketch: Sketch
) -> None:
    before, after = (critic_of(m, 0) for m in (with_critic, _varying(with_critic, 1e6)))
    assert before is not None
    assert after is not None
    gained = after.opinion(sketch).score - before.opinion(sketch).score
    assert gained > 0.01
    capped = critic_of(_varying(with_critic, 0.5 * gained), 0)
    assert capped is not None
    less = capped.opinion(sketch).score - before.opinion(sketch).score
    assert less == pytest.approx(0.25 * gained)
    view = np.array([3.25, 4.25, 9, 9, 9, 9, 9], dtype=np.float32)
    assert after.unusual(view) == pytest.approx(5)


def test_the_odds_of_being_hung_count_up_to_their_cap(
    with_critic: ModelFile, sketch: Sketch
) -> None:
    assert with_critic.critic is not None
    plain = critic_of(with_critic, 0)
    assert plain is not None
    hang = plain.opinion(sketch).hang
    capped = replace(with_critic, critic=replace(with_critic.critic, hang_cap=hang - 1))
    critic = critic_of(capped, 0)
    assert critic is not None
    assert critic.opinion(sketch).score == pytest.approx(plain.opinion(sketch).score - 1)


def test_what_is_far_from_usual_counts_as_far_and_no_further(
    with_critic: ModelFile, sketch: Sketch
) -> None:
    """So that no measure alone, however wild, decides."""
    usual = with_critic.weights["critic.usual"].copy()
    found = []
    for middle in (-50.0, -5000.0):
        usual[0] = middle
        weights = with_critic.weights | {"critic.usual": usual}
        found.append(_critic(with_critic, weights).opinion(sketch).hang)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 36},
        {"size": 24},
        {"hidden": 3},
        {"margin": 24},
        {"channels": (1, 2)},
        {"unusual": 2},
    ],
)
def test_sizes_that_do_not_fit_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"do not fit together|no (way to|) ?use"):
        CriticConfig(**wrong)  # type: ignore[arg-type]  # one value is a tuple on purpose
