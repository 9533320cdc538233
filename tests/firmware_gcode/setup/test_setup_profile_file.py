"""A person's profile file is changed and stays theirs: comments, order, permissions."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.program.profile import SHIPPED, Profile
from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.setup import profile_file
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.profile_file import Changes, ProfileFile, _set

Own = Callable[[str], ProfileFile]
NOW = datetime(2026, 11, 22, 17, 0, 0)  # noqa: DTZ001 - a fixed time


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and line[:3] not in {"+++", "---"}]


def test_values_change_and_comments_stay(own_file: Own) -> None:
    file = own_file("z-pen")
    before = file.path.read_text()
    file.path.chmod(0o640)
    kept = file.change({("grbl", "$100"): 803.25, ("", "paper_origin"): (1.5, 2.0)}, NOW)
    after = file.path.read_text()
    assert changed_lines(before, after) == [
        "-paper_origin = [0.0, 0.0]",
        "+paper_origin = [1.5, 2.0]",
        '-"$100" = 800.0   # steps per mm',
        '+"$100" = 803.25   # steps per mm',
    ]
    assert kept.read_text() == before
    assert file.path.stat().st_mode & 0o777 == 0o640
    assert file.profile.grbl["$100"] == 803.25
    assert Profile.load(file.path) == file.profile


def test_a_new_key_goes_to_the_end_of_its_table(own_file: Own) -> None:
    file = own_file("z-pen")
    before = file.path.read_text()
    file.change({("pen", "paper_z"): -12.5, ("grbl", "$27"): 2.0}, NOW)
    after = file.path.read_text()
    assert changed_lines(before, after) == ["+paper_z = -12.5", '+"$27" = 2.0']
    assert after.index("paper_z = -12.5") < after.index("[grbl]")


def test_every_change_keeps_the_file_before_it(own_file: Own) -> None:
    file = own_file("z-pen")
    texts = [file.path.read_text()]
    kept = []
    for value in (2.5, 3.0, 3.5):
        kept.append(file.change({("pen", "up"): value}, NOW))
        texts.append(file.path.read_text())
    assert [path.read_text() for path in kept] == texts[:-1]
    assert len(set(kept)) == 3


def test_a_link_stays_a_link(own_file: Own, tmp_path: Path) -> None:
    file = own_file("z-pen")
    link = tmp_path / "link.toml"
    link.symlink_to(file.path)
    ProfileFile(link).change({("pen", "up"): 2.5}, NOW)
    assert link.is_symlink()
    assert Profile.load(file.path).pen == Profile.load(link).pen


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({("pen", "up"): -1.0}, "pen.up is -1.0"),
        ({("grbl", "$100"): 0.0}, r"grbl.\$100 is 0.0"),
        ({("", "draw_feed"): 5000.0}, "draw_feed is faster"),
        ({("pen", "colour"): 1.0}, "not a key"),
        ({("", "park"): (900.0, 0.0)}, "park is out of the machine's reach"),
    ],
)
def test_a_value_that_no_profile_may_have_is_never_written(
    own_file: Own, changes: Changes, what: str
) -> None:
    file = own_file("z-pen")
    before = file.path.read_text()
    with pytest.raises(ProfileError, match=what):
        file.change(changes, NOW)
    assert file.path.read_text() == before
    assert list(file.path.parent.iterdir()) == [file.path]


@pytest.mark.parametrize(
    "text",
    [
        "pen.up = 2.0\n",
        'pen = { kind = "z", up = 2.0 }\n',
        '[pen]\nkind = """\nz\n"""\nup = [\n2.0\n]\n',
    ],
)
def test_a_layout_that_cannot_be_edited_safely_is_left_alone(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "odd.toml"
    plain = SHIPPED.joinpath("z-pen.toml").read_text()
    head, _, rest = plain.partition("[pen]")
    grbl = rest[rest.index("[grbl]") :]
    path.write_text(f"{head}{text}{grbl}")
    file = object.__new__(ProfileFile)
    file.path = path
    before = path.read_text()
    with pytest.raises((SetupError, ProfileError)):
        file.change({("pen", "up"): 3.0}, NOW)
    assert path.read_text() == before


def test_the_shipped_profiles_are_not_edited() -> None:
    for name in ("z-pen", str(SHIPPED / "servo-pen.toml")):
        with pytest.raises(SetupError, match="Make it your own first: cp "):
            ProfileFile(name)


def test_a_file_that_cannot_be_read_or_is_no_profile(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    with pytest.raises(ProfileError, match="no profile"):
        ProfileFile(path)
    path.write_text("name = \n")
    with pytest.raises(ProfileError, match="not a valid TOML"):
        ProfileFile(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match="not a valid TOML"):
        ProfileFile(path)


def test_a_full_disk_leaves_the_old_file(
    own_file: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = own_file("z-pen")
    before = file.path.read_text()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SetupError, match="No space left on device"):
        file.change({("pen", "up"): 2.5}, NOW)
    assert file.path.read_text() == before
    assert list(file.path.parent.iterdir()) == [file.path]


@given(
    st.dictionaries(
        st.sampled_from(["up", "landing", "settle_up", "width"]),
        st.floats(0.001, 9.0).map(lambda value: round(value, 4)),
        min_size=1,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", " ", "\t"]),
)
def test_whatever_is_set_is_what_toml_reads(
    values: dict[str, float], ending: str, blank: str
) -> None:
    text = (
        f'[pen]{blank}# a pen{ending}up{blank}={blank}2.0# high{ending}"width" = 0.4{ending}'
    )
    text += f"{ending}# later{ending}[grbl]{ending}up = 7.0{ending}"
    for key, value in values.items():
        text = _set(text, "pen", key, profile_file._toml(value))
    found = tomllib.loads(text)
    assert found["pen"] == {"up": 2.0, "width": 0.4} | values
    assert found["grbl"] == {"up": 7.0}
    assert all(word in text for word in ("# a pen", "# high", "# later"))
