"""The commands, as a newcomer uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from model_training.cli import main
from pi_service.sketching.model_file import read_model_file

pytestmark = pytest.mark.training


def _call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_from_drawings_to_a_model_file_that_draws(ndjson: Path, tmp_path: Path) -> None:
    out, model = tmp_path / "run", tmp_path / "m.safetensors"
    trained = _call("train", ndjson, ndjson, "--out", out, "--steps", 3, "--share", "ring=0.5")
    assert trained.exit_code == 0, trained.output
    assert "90 drawings of 3 classes" in trained.output
    longer = _call("train", ndjson, ndjson, "--out", out, "--steps", 4, "--share", "ring=0.5")
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


@pytest.mark.parametrize(
    "command",
    [[], ["train"], ["export"], ["evaluate"], ["card"], ["judge"], ["judge", "train"]],
)
def test_every_command_has_help(command: list[str]) -> None:
    assert "Usage:" in _call(*command, "--help").output


def _refused(result: Result, words: str) -> None:
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert words in " ".join(result.output.split())


def test_what_cannot_be_done_is_said_in_one_sentence(ndjson: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    _refused(_call("train", ndjson, ndjson, "--out", out), "either in steps or in minutes")
    _refused(_call("train", tmp_path / "no", ndjson, "--out", out), "does not exist")
    _refused(
        _call("train", ndjson, ndjson, "--out", out, "--steps", 1, "--share", "ring"),
        "'ring' is not like cat=0.1",
    )
    _refused(
        _call("train", ndjson, ndjson, "--out", out, "--steps", 1, "--share", "newt=0.1"),
        "no class 'newt'",
    )
    _refused(
        _call("train", ndjson, ndjson, "--out", out, "--steps", 1, "--choose-by", "newt"),
        "no drawing of the class 'newt' to choose by",
    )
    _refused(_call("export", ndjson, ndjson, out), "checkpoint")


def test_a_damaged_row_is_named(ndjson: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ndjson"
    broken.write_text(ndjson.read_text() + "{\n")
    result = _call("train", broken, ndjson, "--out", tmp_path / "run", "--steps", 1)
    _refused(result, "broken.ndjson, line 91")
