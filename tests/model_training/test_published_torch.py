"""Published sketch-rnn decoders are read from their own files and draw."""

from __future__ import annotations

import base64
import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from model_training.baselines.published import (
    LARGEST,
    SHAPES,
    Published,
    PublishedOdds,
    draw_published,
    read_published,
)
from model_training.baselines.sketch_rnn import correlated
from model_training.data.augment import LONGER_SIDE
from model_training.data.dataset import DataError, gather, in_order
from model_training.judge.metrics import Array
from model_training.mdn import log_density
from model_training.model import Tensors
from pi_service.sketching.stroke import bounds, check_sketch, from_polylines


def written(path: Path, seed: int = 0, name: str = "dog") -> list[Array]:
    """Writes a decoder of small random weights; gives these as they are read back."""
    rng = np.random.default_rng(seed)
    halves = [rng.integers(-300, 300, shape).astype("<i2") for shape in SHAPES]
    info = {"mode": 2, "version": 6, "max_seq_len": 40, "name": name, "scale_factor": 60.0}
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


@torch.no_grad()
def test_its_nats_are_those_of_its_steps_and_of_what_it_does_not_say(tmp_path: Path) -> None:
    written(tmp_path / "dog.gen.json", seed=3)
    read = read_published(tmp_path / "dog.gen.json")
    lines = [np.array([[0, 0], [90, 30], [20, 70]]), np.array([[8, 9], [200, 80]])]
    drawings = gather([("dog", from_polylines(lines))], 30, ("cat", "dog"))
    batch = Tensors.of(next(iter(in_order(drawings, 100, seed=0))))
    model = PublishedOdds(read.net).eval()
    found = model(batch)
    cell, out = torch.zeros(2, 1, 512)
    told = torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0]])
    wanted, pens = [2 * math.log(256)], [-math.log(0.999)]
    for place in range(1, 6):
        cell, out = read.net._step(read.net.point(told), cell, out)
        raw = read.net.head(out)
        said = -raw[0, :3].log_softmax(0)
        if place == 5:  # the end is a point of its own
            pens[-1] += float(said[2])
            break
        offset, lift = batch.offsets[:, place], int(batch.pen[0, place] > 0)
        at = (offset + batch.noise[:, place]) / 60.0
        mix = correlated(raw[:, 3:], 0.0)
        wanted.append(2 * math.log(60.0) - float(log_density(mix, at)))
        pens.append(float(said[lift]))
        told = torch.cat([offset / 60.0, torch.eye(3)[[lift]]], dim=1)
    assert found.offsets.tolist() == pytest.approx(wanted, abs=1e-3)
    assert found.pen.tolist() == pytest.approx(pens, abs=1e-4)
    assert model.in_units(30.0).units == (30.0, 30.0)
    assert model.units == (60.0, 60.0)


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
