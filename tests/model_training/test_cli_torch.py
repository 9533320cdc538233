"""The commands, as a newcomer uses them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from model_training.cli.main import main
from model_training.training.checkpoint import load_checkpoint
from pi_service.sketching.model_file import read_model_file

pytestmark = pytest.mark.training


SMALL = ("--size", "width=32", "--size", "layers=1", "--size", "max_points=60")


def _call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_from_drawings_to_a_model_file_that_draws(ndjson: Path, tmp_path: Path) -> None:
    out, model, data = tmp_path / "run", tmp_path / "m.safetensors", tmp_path / "data"
    ready = _call("prepare", ndjson, "--out", data, "--hold-out", 0.1)
    assert ready.exit_code == 0, ready.output
    assert "0 for being damaged" in ready.output
    trained = _call("train", data, data, "--out", out, "--steps", 3, *SMALL)
    assert trained.exit_code == 0, trained.output
    assert "drawings of 3 classes" in trained.output
    assert (out / "sheet-0000003.png").read_bytes().startswith(b"\x89PNG")
    longer = _call("train", data, data, "--out", out, "--steps", 4, *SMALL)
    assert "going on from step 3" in longer.output
    more = tmp_path / "more"
    tuned = _call(
        "train", ndjson, ndjson, "--out", more, "--steps", 2, "--start-from", out / "last.pt"
    )
    assert tuned.exit_code == 0, tuned.output
    exported = _call("export", more / "last.pt", ndjson, model)
    assert exported.exit_code == 0, exported.output
    assert read_model_file(model).classes == ("box", "ring", "zigzag")
    assert model.stat().st_size < 4 * 2**20


SMALLER = ("--size", "width=24", "--size", "latent=8")


def test_a_baseline_is_trained_by_the_same_command(ndjson: Path, tmp_path: Path) -> None:
    words = ("--out", tmp_path, "--steps", 2, "--model", "sketch-rnn", *SMALLER)
    trained = _call("train", ndjson, ndjson, *words, "--drop", 0.1, "--no-mirror")
    assert trained.exit_code == 0, trained.output
    state = load_checkpoint(tmp_path / "last.pt")
    assert state["kind"] == "sketch-rnn"
    assert state["train_config"]["optimiser"] == "adam"
    assert state["train_config"]["augmentation"]["drop"] == 0.1
    assert not state["train_config"]["augmentation"]["mirror"]
    assert (tmp_path / "sheet-0000002.png").exists()
    refused = _call("export", tmp_path / "last.pt", ndjson, tmp_path / "m.safetensors")
    _refused(refused, "holds a sketch-rnn, which catplotter cannot use")


def test_tensorboard_is_written_where_it_is_installed(ndjson: Path, tmp_path: Path) -> None:
    words = ("train", ndjson, ndjson, "--out", tmp_path, "--steps", 2, *SMALL, "--tensorboard")
    found = _call(*words)
    if importlib.util.find_spec("tensorboard") is None:
        _refused(found, "TensorBoard is not installed: pip install tensorboard")
    else:
        assert found.exit_code == 0, found.output
        assert list(tmp_path.glob("events.out.tfevents*"))


COMMANDS: tuple[list[str], ...] = (
    [],
    ["download"],
    ["prepare"],
    ["train"],
    ["distil"],
    ["dream"],
    ["ablate"],
    ["critic"],
    ["export"],
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: list[str]) -> None:
    assert "Usage:" in _call(*command, "--help").output


def _refused(result: Result, words: str) -> None:
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert words in " ".join(result.output.split())


def test_what_cannot_be_done_is_said_in_one_sentence(ndjson: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    steps = ("--out", out, "--steps", 1)
    _refused(_call("train", ndjson, ndjson, "--out", out), "either in steps or in minutes")
    _refused(_call("train", tmp_path / "no", ndjson, "--out", out), "does not exist")
    _refused(
        _call("train", ndjson, ndjson, *steps, "--share", "ring"),
        "'ring' is not like cat=0.1",
    )
    _refused(_call("train", ndjson, ndjson, *steps, "--share", "newt=0.1"), "no class 'newt'")
    _refused(
        _call("train", ndjson, ndjson, *steps, "--choose-by", "newt"),
        "no drawing of the class 'newt' to choose by",
    )
    _refused(_call("train", ndjson, ndjson, *steps, "--size", "newt=3"), "cannot be built")
    _refused(_call("train", ndjson, ndjson, *steps, "--size", "width=30"), "do not fit")
    _refused(_call("train", ndjson, ndjson, *steps, "--device", "cuda"), "no CUDA device")
    _refused(_call("export", ndjson, ndjson, out), "checkpoint")
    _refused(
        _call("download", "cat", "--origin", "http://127.0.0.1:9", "--to", tmp_path),
        "put it here as",
    )


def test_a_class_without_drawings_is_refused(ndjson: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.ndjson"
    empty.write_text("\n")
    result = _call("train", empty, ndjson, "--out", tmp_path / "run", "--steps", 1)
    _refused(result, "empty.ndjson is empty: it has no drawing")


def test_damaged_rows_are_named_and_stop_it_where_they_are_many(
    ndjson: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.ndjson"
    broken.write_text(ndjson.read_text() + "{\n")
    words = ("train", broken, ndjson, "--out", tmp_path / "run", "--steps", 1)
    _refused(_call(*words), "broken.ndjson, line 91")
    borne = _call(*words, "--damaged", 0.05)
    assert borne.exit_code == 0, borne.output
    assert "1 of 91 rows are damaged and left out" in borne.output


CONFIGS = Path(__file__).resolve().parents[2] / "model_training" / "configs"


@pytest.mark.parametrize("name", ["teacher", "student", "distil"])
def test_the_configs_that_come_with_it_can_be_used(
    name: str, ndjson: Path, tmp_path: Path
) -> None:
    smaller = ("--no-compile", "--device", "cpu", *SMALL, "--minutes", 0.0001, "--points", 300)
    here = ("--choose-by", "ring", "--share", "ring=0.5", "--finish", "ring=0.6")
    words: tuple[object, ...] = ("train", ndjson, ndjson, *smaller, *here)
    if name == "distil":
        _call(*words, "--out", tmp_path / "teacher")
        words = ("distil", *words[1:], "--teacher", tmp_path / "teacher" / "last.pt")
    config = CONFIGS / f"{name}.toml"
    found = _call(*words, "--config", config, "--out", tmp_path / "run")
    assert found.exit_code == 0, found.output
