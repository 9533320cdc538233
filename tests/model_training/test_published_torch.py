"""Published sketch-rnn decoders are read from their own files and draw."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model_training.baselines.published import (
    LARGEST,
    SHAPES,
    Published,
    draw_published,
    read_published,
)
from model_training.data.augment import LONGER_SIDE
from model_training.data.dataset import DataError
from model_training.judge.metrics import Array
from pi_service.sketching.stroke import bounds, check_sketch


def written(path: Path, seed: int = 0) -> list[Array]:
    """Writes a decoder of small random weights; gives these as they are read back."""
    rng = np.random.default_rng(seed)
    halves = [rng.integers(-300, 300, shape).astype("<i2") for shape in SHAPES]
    info = {"mode": 2, "version": 6, "max_seq_len": 40, "name": "dog", "scale_factor": 60.0}
    packed = [base64.b64encode(half.tobytes()).decode() for half in halves]
    text = json.dumps([info, [list(shape) for shape in SHAPES], packed]).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return [half.astype(np.float64) * LARGEST / 32767 for half in halves]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("name", ["dog.gen.json", "dog.gen.json.gz"])
def test_a_published_decoder_computes_what_its_file_says(tmp_path: Path, name: str) -> None:
    head, head_bias, point, recurrent, bias = written(tmp_path / name)
    read = read_published(tmp_path / name)
    assert read.class_name == "dog"
    assert read.net.units == (60.0, 60.0)
    cell = out = np.zeros(512)
    theirs = torch.zeros(2, 1, 512)
    for told in ([0.0, 0.0, 1.0, 0.0, 0.0], [0.3, -0.2, 0.0, 1.0, 0.0]):
        i, g, f, o = np.split(np.array(told) @ point + out @ recurrent + bias, 4)
        cell = cell * sigmoid(f + 1) + sigmoid(i) * np.tanh(g)
        out = np.tanh(cell) * sigmoid(o)
        with torch.no_grad():
            theirs = torch.stack(
                read.net._step(read.net.point(torch.tensor([told])), theirs[0], theirs[1])
            )
    raw = read.net.head(theirs[1]).detach().numpy()[0]
    np.testing.assert_allclose(raw, out @ head + head_bias, atol=2e-5)


def test_its_sketches_have_the_simplified_form_and_follow_from_the_seed(
    tmp_path: Path,
) -> None:
    written(tmp_path / "dog.gen.json", seed=3)
    read = read_published(tmp_path / "dog.gen.json")
    drawn = list(draw_published(read, 20, seed=4, temperature=0.5))
    again = list(draw_published(read, 20, seed=4, temperature=0.5))
    assert drawn
    for sketch, same in zip(drawn, again, strict=True):
        check_sketch(sketch)
        x0, y0, x1, y1 = bounds(sketch)
        assert (x0, y0, max(x1, y1)) == (0, 0, LONGER_SIDE)
        assert np.array_equal(sketch, same)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1, 2]", b"[{}, [[1]], []]"])
def test_another_file_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cat.gen.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match="no published sketch-rnn decoder"):
        read_published(path)


def test_the_published_bird_is_a_bird(shared_data: Path) -> None:
    folder = shared_data / "sketch-rnn"
    if not folder.is_dir():
        pytest.skip("the published decoders are not there")
    bird: Published = read_published(folder / "bird.gen.json.gz")
    assert bird.class_name == "bird"
    drawn = list(draw_published(bird, 20, seed=1, temperature=0.25))
    assert len(drawn) >= 15
    assert 20 < np.mean([len(sketch) for sketch in drawn]) < 120
