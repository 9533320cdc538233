"""Time and memory of sketching with the shipped model, beside the sketch-transformer's way.

Run with ``python -m tests.bench sketching``. Everything is measured on one thread. Processor
time is what counts, since the machine may be busy with something else; wall time is beside it.

Machines differ, so beside the decoder's time stands that of a plain NumPy step in the same
run: the same products, one sketch, each operation written down as it is thought, no array used
twice. A point of a sketch, with sampling and all, may take at most 1.5 times as long.

The sketch-transformer (6 layers, 384 wide, 10.7 million parameters) samples without a cache:
for each point the whole sketch goes through the network again, batch 1. Random weights take
the same time as learned ones. Where torch is installed, it is computed as published: attention
head by head, and odds and samples for all points, of which the last one counts. Else NumPy
computes the network alone, in a few large products, which is in its favour.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from pi_service.sketching.config import ModelConfig
from pi_service.sketching.decoder import Decoder, Floats, turned, turns
from pi_service.sketching.likelihood import residual_stream
from pi_service.sketching.model_file import ModelFile, Weights, read_model_file
from pi_service.sketching.sampling import sample, uniforms
from pi_service.sketching.sketcher import DEFAULT_MODEL, IDEAS_KEPT, Sketcher

CATS = 16
"""Sketches whose times are averaged."""
REPEATS = 2
"""Of each the quickest counts: what the work takes when nothing is in its way."""
STEP_REPEATS = 9
MOST = 32
"""The most candidates that one call may take."""
BOUND = 1.5
"""Times a plain NumPy step that a point may take."""
ONE_THREAD = "OPENBLAS_NUM_THREADS"
LENGTH_CAP = 128
"""Points to which the sketch-transformer draws every sketch, wherever that has ended."""
RIVAL = ModelConfig(width=384, layers=6, heads=6, hidden=1536)
"""Width and depth of the sketch-transformer."""
HEADS = itertools.count()


def main() -> None:
    """Print the table; in a process of its own with one thread, if there are more here."""
    if os.environ.get(ONE_THREAD) != "1":
        environment = {**os.environ, ONE_THREAD: "1", "OMP_NUM_THREADS": "1"}
        subprocess.run(
            [sys.executable, "-m", "tests.bench", "sketching"], env=environment, check=True
        )
        return
    began = time.perf_counter()
    sketcher = Sketcher.load()
    print(f"load the model file          {1e3 * (time.perf_counter() - began):7.1f} ms")
    sketches = [sketcher.draw(seed=seed, candidates=1) for seed in range(CATS)]
    points = round(float(np.mean([len(sketch) for sketch in sketches])))
    one = _report("one cat (N = 1)", partial(_cats, sketcher, 1))
    eight = _report("best of 8", partial(_cats, sketcher, 8))
    most = _report(f"best of {MOST}", partial(_cats, sketcher, MOST))
    print(f"  candidates in one second     {1e3 / (most / MOST):7.0f}")
    _report_steps(read_model_file(DEFAULT_MODEL), points)
    _report("first proposal to a stroke", partial(_complete, sketcher, 1))
    _report("six proposals to a stroke", partial(_complete, sketcher, 6))
    print(f"points of a cat, mean        {points:7d}")
    for length in (points, LENGTH_CAP):
        name, rival = _rival(length)
        slow = _report(f"the sketch-transformer's way, {length}, {name}", rival, scale=1)
        print(
            f"  that is {slow / one:.0f} cats alone, {8 * slow / eight:.0f} of eight at once"
        )
    print(
        f"memory of a process          {_memory():7.1f} MB (peak, Python and NumPy included)"
    )


def _report(name: str, work: Callable[[int], object], scale: int = CATS) -> float:
    """Do the work for some seeds several times; print and give the least processor ms."""
    least = []
    for seed in range(scale):
        times = []
        for _ in range(REPEATS):
            wall, cpu = time.perf_counter(), time.process_time()
            work(seed)
            times.append((time.process_time() - cpu, time.perf_counter() - wall))
        least.append(min(times))
    cpu, wall = (1e3 * float(value) for value in np.mean(least, axis=0))
    worst = 1e3 * max(least)[0]
    print(f"{name:44}{cpu:8.1f} ms processor, worst {worst:.1f}; {wall:.1f} ms wall")
    return cpu


def _report_steps(model: ModelFile, points: int) -> None:
    """Print the decoder's step, and a whole point with sampling, beside a plain step."""
    plain = _quickest(partial(_plain_steps, model, points)) / points
    print(f"a plain NumPy step           {plain:7.3f} ms, the bound is {BOUND} times that")
    drawn = sum(_sample(model, seed) for seed in range(CATS))
    point = sum(_quickest(partial(_sample, model, seed)) for seed in range(CATS)) / drawn
    print(f"  a point, with sampling     {point:7.3f} ms, {point / plain:.2f} times")
    for count in (1, 8, MOST):
        took = _quickest(partial(_our_steps, model, points, count)) / points / count
        name = f"  its step, {count:2} side by side"
        print(f"{name:28} {took:7.3f} ms a sketch, {took / plain:.2f} times")


def _quickest(work: Callable[[], object]) -> float:
    """Processor ms of the quickest of several times."""
    times = []
    for _ in range(STEP_REPEATS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return 1e3 * min(times)


def _sample(model: ModelFile, seed: int) -> int:
    """Draw one cat without asking the critic; give its points."""
    draws = uniforms([seed, 0], model.config.max_points)[None]
    cat = np.array([model.classes.index("cat")])
    found = sample(model.weights, model.config, cat, draws, model.manner)
    return len(found[0].sketch)


def _our_steps(model: ModelFile, points: int, count: int) -> None:
    """So many steps of the shipped decoder, with the odds of the next offset."""
    told = np.zeros((count, model.config.features), dtype=np.float32)
    pen = np.zeros(count, dtype=np.int64)
    decoder = Decoder(model.weights, model.config, np.zeros(count, dtype=np.int64))
    states = decoder.begin()
    for _ in range(points - 1):
        decoder.mixture(states)
        states = decoder.step(told, pen)


def _plain_steps(model: ModelFile, points: int) -> None:
    """So many steps written down plainly, one sketch, with the odds of the next offset."""
    weights, config = model.weights, model.config
    depth = config.width // config.heads
    keys = np.zeros((config.layers, config.heads, points, depth), dtype=np.float32)
    values = np.zeros_like(keys)
    own, partner = turns(config)
    told = np.zeros(config.features, dtype=np.float32)
    for here in range(points):
        x = told @ weights["point"] + weights["pen"][0]
        for layer in range(config.layers):
            name = f"blocks.{layer}."
            qkv = (_norm(x) @ weights[name + "qkv"]).reshape(3, config.heads, depth)
            query, key = turned(qkv[:2], own[here], partner[here])
            keys[layer, :, here], values[layer, :, here] = key, qkv[2]
            scores = np.matmul(keys[layer, :, : here + 1], query[:, :, None])[:, :, 0]
            odds = np.exp((scores - scores.max(axis=-1, keepdims=True)) * depth**-0.5)
            odds /= odds.sum(axis=-1, keepdims=True)
            seen = np.matmul(odds[:, None], values[layer, :, : here + 1])
            x = x + seen.reshape(-1) @ weights[name + "out"]
            hidden = np.maximum(_norm(x) @ weights[name + "up"], 0)
            x = x + hidden**2 @ weights[name + "down"]
        _norm(x) @ weights["mixture_head"] + weights["mixture_head.bias"]


def _norm(x: Floats) -> Floats:
    normed: Floats = x / np.sqrt(np.mean(x * x) + np.float32(1e-6))
    return normed


def _cats(sketcher: Sketcher, best_of: int, seed: int) -> None:
    sketcher.draw(seed=seed, candidates=best_of)


def _complete(sketcher: Sketcher, count: int, seed: int) -> None:
    """From lifting the finger to so many proposals: a head of 200 points, never the same.

    What came of strokes is remembered, so that the same head again would cost nothing.
    """
    angle = np.linspace(0, 6.2, 200)
    head = (150 - 0.5 * next(HEADS)) * np.stack([np.cos(angle), 0.9 * np.sin(angle)], axis=1)
    sketcher.complete([head], "cat", seed=IDEAS_KEPT * seed, n=count)


def _rival(points: int) -> tuple[str, Callable[[int], object]]:
    """The sketch-transformer's way to draw so many points."""
    if importlib.util.find_spec("torch") is not None:
        return "torch", _rival_in_torch(points)
    rng = np.random.default_rng(0)
    weights: Weights = {}
    for layer in range(RIVAL.layers):
        sizes = {"qkv": (384, 1152), "out": (384, 384), "up": (384, 1536), "down": (1536, 384)}
        for part, shape in sizes.items():
            matrix: Floats = 0.05 * rng.standard_normal(shape, dtype=np.float32)
            weights[f"blocks.{layer}.{part}"] = matrix
    inputs: Floats = rng.standard_normal((1, points, 384), dtype=np.float32)

    def work(_seed: int) -> None:
        for length in range(1, points + 1):
            residual_stream(weights, RIVAL, inputs[:, :length])

    return "NumPy", work


def _rival_in_torch(points: int) -> Callable[[int], object]:
    """The same in torch, as published: heads one by one, odds and samples for all points."""
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(1)
    linear, norm = torch.nn.Linear, torch.nn.functional.layer_norm
    heads = [[[linear(384, 64) for _ in "qkv"] for _ in range(6)] for _ in range(6)]
    others = [(linear(384, 384), linear(384, 1536), linear(1536, 384)) for _ in range(6)]
    inputs, first, last = torch.randn(1, points, 5), linear(5, 384), linear(384, 123)
    hidden = torch.full((points, points), -torch.inf).triu(1)

    def forward(rows: Any) -> Any:
        x, length = first(rows), rows.shape[1]
        for mine, (out, up, down) in zip(heads, others, strict=True):
            normal, seen = norm(x, (384,)), []
            for query, key, value in mine:
                scores = query(normal) @ key(normal).transpose(1, 2) * 384**-0.5
                odds = (scores + hidden[:length, :length]).softmax(dim=-1)
                seen.append(odds @ value(normal))
            x = x + out(torch.cat(seen, dim=-1))
            x = x + down(up(norm(x, (384,))).relu())
        return last(norm(x, (384,)))

    def draw(raw: Any) -> Any:
        weight, mean = raw[..., :20], raw[..., 20:60].unflatten(-1, (20, 2))
        factor = torch.diag_embed(raw[..., 60:100].unflatten(-1, (20, 2)).exp())
        factor = factor + raw[..., 100:120, None, None] * torch.tensor([[0.0, 0], [1, 0]])
        distributions = torch.distributions
        parts = distributions.MultivariateNormal(mean, scale_tril=factor)
        odds = distributions.MixtureSameFamily(distributions.Categorical(logits=weight), parts)
        return odds.sample(), distributions.Categorical(logits=raw[..., 120:]).sample()

    def work(_seed: int) -> None:
        with torch.inference_mode():
            for length in range(1, points + 1):
                draw(forward(inputs[:, :length]))

    return work


def _memory() -> float:
    """Peak resident memory in MB of a process that does nothing but load and draw.

    The kernel's mark of the process's own memory: that of `getrusage` begins at its parent's.
    """
    code = (
        "from pathlib import Path; from pi_service.sketching.sketcher import Sketcher;"
        "Sketcher.load().draw(seed=1);"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return float(done.stdout) / 1024


if __name__ == "__main__":
    main()
