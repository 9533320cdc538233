"""The model file: written, read, and refused in words when it is not whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from pi_service.sketching.config import LATER
from pi_service.sketching.limits import Limits
from pi_service.sketching.manner import Manner, Temperature
from pi_service.sketching.model_file import (
    ModelFile,
    ModelFileError,
    read_model_file,
    write_model_file,
)


def _rewrite(path: Path, **changes: str) -> None:
    """The file again, with other metadata."""
    with safe_open(path, framework="numpy") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no dict
        metadata = opened.metadata()
    save_file(tensors, path, metadata=metadata | changes)


@pytest.fixture
def path(tmp_path: Path, tiny_model: ModelFile) -> Path:
    """A model file as it should be."""
    where = tmp_path / "tiny.safetensors"
    write_model_file(where, tiny_model)
    return where


def test_what_was_written_is_read_back(tmp_path: Path, tiny_model: ModelFile) -> None:
    limits = {"dog": Limits((1, 9), (5, 60), (100.0, 900.0))}
    written = replace(tiny_model, limits=limits)
    write_model_file(tmp_path / "m.safetensors", written)
    read = read_model_file(tmp_path / "m.safetensors")
    assert (read.config, read.classes) == (written.config, written.classes)
    assert dict(read.limits) == limits
    assert dict(read.about) == dict(written.about)
    assert read.hash == written.hash
    for name, tensor in written.weights.items():
        assert read.weights[name].dtype == np.float32
        assert np.array_equal(read.weights[name], tensor)


def test_a_file_without_what_the_plain_token_has_is_read_as_ever(
    tmp_path: Path, tiny_model: ModelFile
) -> None:
    weights = {name: w for name, w in tiny_model.weights.items() if name != "plain"}
    older = replace(tiny_model, weights=weights)
    write_model_file(tmp_path / "older.safetensors", older)
    found = read_model_file(tmp_path / "older.safetensors")
    assert found.hash == older.hash != tiny_model.hash
    assert "plain" not in found.weights


def test_a_critic_is_kept_with_the_model(tmp_path: Path, with_critic: ModelFile) -> None:
    write_model_file(tmp_path / "m.safetensors", with_critic)
    read = read_model_file(tmp_path / "m.safetensors")
    assert read.critic == with_critic.critic
    assert read.hash == with_critic.hash
    assert read.weights.keys() == with_critic.weights.keys()


def test_what_a_critic_did_not_know_before_counts_in_the_hash_where_it_is_used(
    tmp_path: Path, with_critic: ModelFile
) -> None:
    assert with_critic.critic is not None
    path = tmp_path / "m.safetensors"
    write_model_file(path, with_critic)
    with safe_open(path, framework="numpy") as opened:
        fields = json.loads(opened.metadata()["critic"])
    older = {name: value for name, value in fields.items() if name not in LATER}
    _rewrite(path, critic=json.dumps(older))
    assert read_model_file(path).hash == with_critic.hash
    capped = replace(with_critic, critic=replace(with_critic.critic, hang_cap=2.0))
    assert capped.hash != with_critic.hash


def test_a_manner_is_kept_and_bolder_openings_count_in_the_hash_where_there_are_some(
    tmp_path: Path, tiny_model: ModelFile
) -> None:
    path = tmp_path / "m.safetensors"
    write_model_file(path, tiny_model)
    with safe_open(path, framework="numpy") as opened:
        fields = json.loads(opened.metadata()["manner"])
    del fields["bold"]
    _rewrite(path, manner=json.dumps(fields))
    assert read_model_file(path).hash == tiny_model.hash
    manner = Manner(Temperature(0.5), Temperature(0.2), Temperature(0.9), of_opening=1)
    bold = replace(tiny_model, manner=manner)
    write_model_file(path, bold)
    assert read_model_file(path).manner == manner
    assert bold.hash != replace(bold, manner=replace(manner, bold=None)).hash


def test_a_critic_without_its_weights_is_refused(
    tmp_path: Path, tiny_model: ModelFile, with_critic: ModelFile
) -> None:
    robbed = replace(with_critic, weights=tiny_model.weights)
    with pytest.raises(ModelFileError, match=r"tensor critic\.cap of shape None"):
        write_model_file(tmp_path / "m.safetensors", robbed)


def test_the_hash_tells_models_apart(tiny_model: ModelFile) -> None:
    other = {**tiny_model.weights, "pen": tiny_model.weights["pen"] + 1}
    assert replace(tiny_model, weights=other).hash != tiny_model.hash
    assert replace(tiny_model, classes=("a", "b", "c")).hash != tiny_model.hash


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no model file .*gone\.safetensors"):
        read_model_file(tmp_path / "gone.safetensors")


@pytest.mark.parametrize(
    "content", [b"", b"not a model", b"\xff" * 200, b"\x10" + b"\0" * 300]
)
def test_what_is_no_model_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged or is none"):
        read_model_file(tmp_path / "m.safetensors")


def test_half_a_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="damaged"):
        read_model_file(path)


def test_a_flipped_bit_in_the_weights_is_noticed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-7] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="is damaged: copy it here again"):
        read_model_file(path)


def test_another_version_is_refused(path: Path) -> None:
    _rewrite(path, version="999")
    with pytest.raises(ModelFileError, match="this version"):
        read_model_file(path)


def test_somebody_elses_safetensors_file_is_refused(tmp_path: Path) -> None:
    save_file({"x": np.zeros(3)}, tmp_path / "m.safetensors")
    with pytest.raises(ModelFileError, match="is no model file"):
        read_model_file(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    "changes",
    [
        {"config": "{"},
        {"config": json.dumps({"wavelengths": [1], "colour": "red"})},
        {"config": "[]"},
        {"classes": json.dumps(["cat"])},
        {"limits": json.dumps({"cat": {"strokes": [1, 2]}})},
        {"limits": json.dumps({"cat": 7})},
        {"about": "[" * 100_000},  # deep
        {"config": json.dumps({"wavelengths": [1.0] * 1000})},
    ],
)
def test_a_file_that_describes_itself_wrongly_is_refused(
    path: Path, changes: dict[str, str]
) -> None:
    _rewrite(path, **changes)
    with pytest.raises(ModelFileError, match="describes itself wrongly"):
        read_model_file(path)


@pytest.mark.parametrize("size", ["layers", "max_points", "components", "width"])
@pytest.mark.parametrize("much", [10**9, 4.0, True])
def test_sizes_that_nobody_could_wait_for_are_refused(
    path: Path, size: str, much: float
) -> None:
    with safe_open(path, framework="numpy") as opened:
        config = json.loads(opened.metadata()["config"])
    _rewrite(path, config=json.dumps({**config, size: much}))
    with pytest.raises(ModelFileError, match="describes itself wrongly"):
        read_model_file(path)


def test_a_file_of_words_alone_is_refused_at_once(path: Path) -> None:
    _rewrite(path, about=json.dumps({"licence": "x" * 2_000_000}))
    with pytest.raises(ModelFileError, match="larger than a model"):
        read_model_file(path)


def test_an_architecture_that_does_not_fit_the_weights_is_refused(path: Path) -> None:
    with safe_open(path, framework="numpy") as opened:
        config = json.loads(opened.metadata()["config"])
    _rewrite(path, config=json.dumps({**config, "layers": 3}))
    with pytest.raises(ModelFileError, match=r"blocks\.2"):
        read_model_file(path)


def test_weights_that_are_no_numbers_are_refused(
    tmp_path: Path, tiny_model: ModelFile
) -> None:
    broken = {**tiny_model.weights, "pen": tiny_model.weights["pen"] * np.nan}
    with pytest.raises(ModelFileError, match="not finite"):
        write_model_file(tmp_path / "m.safetensors", replace(tiny_model, weights=broken))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, tiny_model: ModelFile) -> None:
    with pytest.raises(ModelFileError, match="cannot be written"):
        write_model_file(tmp_path / "gone" / "m.safetensors", tiny_model)
