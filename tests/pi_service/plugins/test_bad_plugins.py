"""Plug-ins of others that raise, hang, flood, lie or die: told, switched off, and no harm."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pi_service.plugins import guard
from pi_service.plugins.api import Group
from pi_service.plugins.child import Patience, pieces
from pi_service.plugins.plugins import Plugins
from pi_service.studio.core.errors import StudioError
from pi_service.studio.machine.standstill import STAFF
from tests.pi_service.plugins.distributions import install
from tests.pi_service.studio.gallery import Gallery, eventually

TRIGGERS = {
    "raises": "def wait(self, s): raise RuntimeError('no tk-SECRET here')",
    "hangs": "def wait(self, s):\n    while True: pass",
    "floods": "def wait(self, s): return Wish.STOP",
    "ends": "def wait(self, s): os._exit(7)",
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "REST_S", (0.0, 0.0))


@pytest.fixture
def plugins(gallery: Gallery, tmp_path: Path) -> Iterator[Plugins]:
    patience = Patience(start=20.0, answer=0.5, silence=0.6, test=20.0)
    made = Plugins(gallery.studio, tmp_path, name="one", url=str, patience=patience)
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize("how", TRIGGERS)
def test_a_trigger_that_fails_is_told_and_switched_off(
    plugins: Plugins,
    gallery: Gallery,
    others: Path,
    how: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    install(others, "bell", "triggers", TRIGGERS[how])
    plugins.add(Group.TRIGGER, "bell", "bell", {"token": "tk-SECRET"})
    if how == "hangs":
        gallery.draw_one()  # meanwhile too
    told = gallery.studio.problems.parts
    eventually(lambda: "plug-in bell" in told() and plugins.view()["plugins"][0]["off"], 20)
    assert told()["plug-in bell"].code == "plugin-off"
    assert "tk-SECRET" not in f"{told()} {caplog.text}"
    gallery.studio.standstill.end(STAFF)
    gallery.draw_one()  # all the rest goes on
    plugins.remove(1)
    assert "plug-in bell" not in told()


def test_a_notifier_that_hangs_is_ended_and_its_process_with_it(
    plugins: Plugins, gallery: Gallery, others: Path, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    code = f"def send(self, m):\n    open({str(note)!r}, 'w').write(str(os.getpid()))\n"
    install(others, "owl", "notifiers", code + "    while True: time.sleep(9)")
    made = plugins.add(Group.NOTIFIER, "owl", "owl", {})
    with pytest.raises(StudioError) as refused:
        plugins.test(made["id"])
    assert "has not answered" in str(refused.value)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)
    assert gallery.studio.problems.parts()["plug-in owl"].code == "plugin-fails"


def test_what_a_plugin_prints_confuses_nobody(plugins: Plugins, others: Path) -> None:
    code = "def send(self, m):\n    print('{\"failed\": 1}', flush=True); os.write(1, b'x')"
    install(others, "parrot", "notifiers", code)
    made = plugins.add(Group.NOTIFIER, "parrot", "parrot", {})
    assert plugins.test(made["id"]).code == "notify-test-sent"


def test_what_a_plugin_sees_of_the_service(
    plugins: Plugins, others: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    monkeypatch.setenv("CATPLOTTER_MQTT_PASSWORD", "secret")
    seen = tmp_path / "seen"
    code = f"def send(self, m):\n    open({str(seen)!r}, 'w').write(' '.join(os.environ))"
    install(others, "spy", "notifiers", code)
    plugins.test(plugins.add(Group.NOTIFIER, "spy", "spy", {})["id"])
    assert not {"NOTIFY_SOCKET", "CATPLOTTER_MQTT_PASSWORD"} & set(seen.read_text().split())


def test_nothing_is_loaded_that_is_not_set_up(
    plugins: Plugins, others: Path, tmp_path: Path
) -> None:
    code = f"open({str(tmp_path / 'loaded')!r}, 'w')\ndef wait(self, s): time.sleep(s)"
    install(others, "loud", "triggers", code)
    kinds = {(each["group"], each["kind"]): each["package"] for each in plugins.kinds()}
    assert kinds["triggers", "loud"] == "loud 1.2"
    assert not (tmp_path / "loaded").exists()
    with pytest.raises(StudioError) as refused:
        plugins.add(Group.TRIGGER, "nonesuch", "x", {})
    assert refused.value.fact.code == "plugin-not-installed"
    plugins.add(Group.TRIGGER, "loud", "loud", {})
    assert (tmp_path / "loaded").exists()


def test_parts_of_an_address_that_are_secrets_are_known() -> None:
    found = pieces(["https://me:pass%20word@host/T0P5ECRET/x?key=abcd", "abc", "long enough"])
    assert {"T0P5ECRET", "key=abcd", "long enough", "pass word"} <= found
    assert "abc" not in found


def test_without_any_plugin_nothing_of_them_is_imported_or_begun(
    gallery: Gallery, tmp_path: Path
) -> None:
    def names() -> set[str]:
        return {thread.name for thread in threading.enumerate()}

    eventually(lambda: "planner_0" in names())  # the last that the studio begins by itself
    threads = names()
    plugins = Plugins(gallery.studio, tmp_path, name="one", url=str)
    plugins.start()
    assert names() - threads == set()
    plugins.close()
    code = "import pi_service.cli.serve, sys; print(*sys.modules)"
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("pi_service.plugins.")}
    needed = ("api", "child", "kinds", "plugins", "settings")
    assert loaded == {f"pi_service.plugins.{name}" for name in needed}
    assert "apprise" not in done.stdout.split()
