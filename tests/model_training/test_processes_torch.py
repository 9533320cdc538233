"""Training as it is really run: processes that are killed, and several that train together."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from model_training.training.checkpoint import load_checkpoint

pytestmark = pytest.mark.training

REPOSITORY = Path(__file__).resolve().parents[2]
SIZES = ("width=32", "layers=1", "hidden=32", "components=4", "heads=2")
Inside = Sequence[Sequence[str]]
"""For each of two machines, the words that put a process there."""
_HERE: Inside = ((), ())
LIMIT = 120.0
"""Seconds that a process may take."""


def _words(ndjson: Path, out: Path, *more: object) -> list[str]:
    sizes = [word for size in SIZES for word in ("--size", size)]
    plain = ["--points", 200, "--sheet-every", 0]
    words = ["train", ndjson, ndjson, "--out", out, *sizes, *plain, *more]
    return [*map(str, words)]


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPOSITORY)}


def _start(command: Sequence[str], inside: Sequence[str] = ()) -> subprocess.Popen[str]:
    """A process; `inside` are the words that put it into a network of its own."""
    return subprocess.Popen(
        [*inside, sys.executable, *command],
        cwd=REPOSITORY,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output
    return output


def _lines(folder: Path) -> list[dict[str, object]]:
    lines = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    return [{k: v for k, v in line.items() if k != "minutes"} for line in lines]


def test_killed_with_sigkill_at_a_random_step_it_goes_on_as_if_it_had_not_been(
    ndjson: Path, tmp_path: Path
) -> None:
    more = ("--steps", 30, "--evaluate-every", 3, "--save-seconds", 0)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    _finish(_start(["-m", "model_training", *_words(ndjson, whole, *more)]))
    command = ["-m", "model_training", *_words(ndjson, killed, *more)]
    victim = _start(command)
    wanted = random.Random(2).randint(1, 6)
    until = time.monotonic() + LIMIT
    log = killed / "log.jsonl"
    while not log.exists() or len(log.read_text().splitlines()) < wanted:
        assert time.monotonic() < until
        assert victim.poll() is None
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert load_checkpoint(killed / "last.pt")["step"] < 30
    output = _finish(_start(command))
    assert "going on from step" in output
    assert _lines(killed) == _lines(whole)
    one, other = (load_checkpoint(folder / "last.pt") for folder in (whole, killed))
    for name, weights in one["averaged"].items():
        assert torch.equal(weights, other["averaged"][name])


def test_stopped_with_sigterm_it_saves_where_it_is(ndjson: Path, tmp_path: Path) -> None:
    more = ("--steps", 100_000, "--evaluate-every", 5, "--save-seconds", 1e9)
    process = _start(["-m", "model_training", *_words(ndjson, tmp_path, *more)])
    until = time.monotonic() + LIMIT
    while not (tmp_path / "log.jsonl").exists():
        assert time.monotonic() < until
        assert process.poll() is None
    process.terminate()
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode != 0
    assert "Traceback" not in output
    assert load_checkpoint(tmp_path / "last.pt")["step"] >= 5


def _together(ndjson: Path, out: Path, steps: int) -> str:
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    train = _words(ndjson, out, "--steps", steps, "--evaluate-every", 5)
    return _finish(_start([*words, "-m", "model_training", *train]))


def test_two_processes_train_one_model_and_go_on_together(
    ndjson: Path, tmp_path: Path
) -> None:
    output = _together(ndjson, tmp_path, 10)
    assert output.count("90 drawings of 3 classes") == 1
    output = _together(ndjson, tmp_path, 20)
    assert "going on from step 10" in output
    assert [line["step"] for line in _lines(tmp_path)] == [5, 10, 15, 20]
    assert load_checkpoint(tmp_path / "last.pt")["step"] == 20


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _host(
    rank: int, address: str, port: int, train: Sequence[str], inside: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """One of two machines that train together: a torchrun of its own."""
    words = ["--nnodes", "2", "--node-rank", str(rank), "--nproc-per-node", "1"]
    words += ["--master-addr", address, "--master-port", str(port)]
    command = ["-m", "torch.distributed.run", *words, "-m", "model_training", *train]
    return _start(command, inside)


def _hosts(
    ndjson: Path, folder: Path, steps: int, address: str = "127.0.0.1", inside: Inside = _HERE
) -> str:
    """Two machines with files of their own; what the first one says."""
    running, port = [], _free_port()
    for rank in (0, 1):
        own = folder / f"host-{rank}"
        own.mkdir(exist_ok=True)
        drawings = own / "drawings.ndjson"
        drawings.write_bytes(ndjson.read_bytes())
        train = _words(drawings, own / "run", "--steps", steps, "--evaluate-every", 5)
        running.append(_host(rank, address, port, train, inside[rank]))
    first, second = (_finish(host) for host in running)
    assert "drawings of" not in second
    return first


def test_two_machines_train_the_model_that_one_with_two_processes_does(
    ndjson: Path, tmp_path: Path
) -> None:
    """Without a folder that both see: the first has the checkpoints, and passes them on."""
    _hosts(ndjson, tmp_path, 5)
    output = _hosts(ndjson, tmp_path, 10)
    assert "going on from step 5" in output
    assert [line["step"] for line in _lines(tmp_path / "host-0" / "run")] == [5, 10]
    assert not (tmp_path / "host-1" / "run" / "last.pt").exists()
    for steps in (5, 10):
        _together(ndjson, tmp_path / "one", steps)
    places = (tmp_path / "host-0" / "run", tmp_path / "one")
    one, other = (load_checkpoint(place / "last.pt")["averaged"] for place in places)
    for name, weights in one.items():
        assert torch.equal(weights, other[name])


def test_two_machines_over_a_network_of_their_own(ndjson: Path, tmp_path: Path) -> None:
    """Two network namespaces, joined by a virtual cable."""
    names = [f"cats-{os.getpid()}-{rank}" for rank in (0, 1)]
    cable = [f"c{os.getpid()}-{rank}" for rank in (0, 1)]
    try:
        try:
            for name in names:
                _ip("netns", "add", name)
            _ip("link", "add", cable[0], "type", "veth", "peer", "name", cable[1])
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no network namespaces may be made here: {error}")
        for rank, name in enumerate(names):
            _ip("link", "set", cable[rank], "netns", name)
            _ip("-n", name, "addr", "add", f"10.77.0.{rank + 1}/24", "dev", cable[rank])
            for device in (cable[rank], "lo"):
                _ip("-n", name, "link", "set", device, "up")
        inside = [
            ("ip", "netns", "exec", name, "env", f"GLOO_SOCKET_IFNAME={cable[rank]}")
            for rank, name in enumerate(names)
        ]
        output = _hosts(ndjson, tmp_path, 5, "10.77.0.1", inside)
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
    assert output.count("90 drawings of 3 classes") == 1
    assert load_checkpoint(tmp_path / "host-0" / "run" / "last.pt")["step"] == 5


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def test_machines_with_different_drawings_are_refused(ndjson: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ndjson"
    other.write_text("\n".join(ndjson.read_text().splitlines()[:-1]))
    port = _free_port()
    running = [
        _host(rank, "127.0.0.1", port, _words(path, tmp_path / str(rank), "--steps", 5))
        for rank, path in enumerate((ndjson, other))
    ]
    for host in running:
        output, _ = host.communicate(timeout=LIMIT)
        assert host.returncode != 0
        assert "have different drawings" in output


def test_weights_of_two_processes_stay_the_same(ndjson: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, torch\n"
        "from pathlib import Path\n"
        "from model_training.data.dataset import gather\n"
        "from model_training.model import SketchModel\n"
        "from model_training.training.parallel import Team\n"
        "from model_training.data.readers import read_drawings\n"
        "from model_training.training.settings import TrainConfig\n"
        "from model_training.training.train import Run\n"
        "from pi_service.sketching.config import ModelConfig\n"
        "drawings = gather(read_drawings(Path(sys.argv[1]), ''), 60)\n"
        "torch.manual_seed(0)\n"
        "model = SketchModel(ModelConfig(classes=3, width=32, layers=1, heads=2))\n"
        "config = TrainConfig(minutes=0.05, points=200, evaluate_every=3)\n"
        "with Team.from_environment('cpu') as team:\n"
        "    run = Run(model, drawings, drawings, config, Path(sys.argv[2]), team=team)\n"
        "    run.train()\n"
        "    found = torch.cat([p.detach().flatten() for p in model.parameters()])\n"
        "    torch.save([run.step, found], f'{sys.argv[2]}/rank-{team.rank}.pt')\n"
    )
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    _finish(_start([*words, str(script), str(ndjson), str(tmp_path)]))
    (steps, one), (more, other) = (torch.load(tmp_path / f"rank-{k}.pt") for k in (0, 1))
    assert steps == more > 1
    assert torch.equal(one, other)
