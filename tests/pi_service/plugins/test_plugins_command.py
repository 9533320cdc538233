"""`catplotter plugins` and the API behind it: set up, tested, taken away, no secret shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from pi_service.__main__ import cli
from pi_service.cli.client import VARIABLE as KEY
from pi_service.cli.doctor_report import report
from pi_service.plugins.api import Group
from pi_service.plugins.plugins import Plugins
from pi_service.plugins.sandbox import drop_in
from pi_service.plugins.settings import Use
from pi_service.studio.access.access import Access
from pi_service.studio.access.caller import Role
from pi_service.web.routes.app import create_app
from pi_service.web.server import WebServer
from tests.pi_service.people import with_password
from tests.pi_service.plugins.sinks import WebSink
from tests.pi_service.studio.gallery import Gallery
from tests.pi_service.web.contract import Contract

Type = Callable[..., str]


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Access]:
    made = with_password(tmp_path / "doors")
    yield made
    made.close()


@pytest.fixture
def contract(gallery: Gallery, plugins: Plugins, doors: Access) -> Contract:
    return Contract(create_app(gallery.studio, plugins=plugins, doors=doors))


@pytest.fixture
def type_in(contract: Contract, doors: Access) -> Iterator[Type]:
    """Types a command; gives what is printed."""
    _, secret = doors.keys.add("owner", Role.STAFF)
    with WebServer(contract._app, "127.0.0.1", 0) as server:

        def run(*words: str, keys: str = "", fails: bool = False) -> str:
            runner = CliRunner(env={KEY: secret, "CATPLOTTER_PLUGINS_URL": server.url})
            done = runner.invoke(
                cli, ["plugins", *words], input=keys, auto_envvar_prefix="CATPLOTTER"
            )
            assert (done.exit_code != 0) is fails, done.output
            return done.output

        yield run
    assert contract.broken == []


def test_an_owner_sets_a_webhook_up_and_no_secret_is_shown(
    type_in: Type, sink: WebSink, tmp_path: Path
) -> None:
    assert "None is set up" in type_in()
    assert "ntfy" in type_in("kinds")
    words = ("add", "webhook", "office", "secret")
    assert "sandbox" in type_in(*words, keys=f"whsec_c2VjcmV0\n{sink.url}\n")
    assert "office" in type_in()
    assert "was taken" in type_in("test", "office")
    assert sink.told() == [("test", "test")]
    assert "is a secret" in type_in("set", "office", "secret=x", fails=True)
    assert "no option colour" in type_in("set", "office", "colour=red", fails=True)
    assert type_in("off", "office") + type_in("on", "office")
    shown = type_in("rules", "--quiet", "22:00-08:00", "--language", "fr")
    assert "22:00-08:00" in shown
    assert "22:00-08:00" in type_in("rules", "--quiet", "night", fails=True)
    found = report([], data=tmp_path, environ={"X": sink.url}, ask=lambda _: sink.url)
    assert "T0P5ECRET" not in found + type_in()
    assert "--show" in type_in("sandbox", "--help")
    assert "Nothing is to be opened" in type_in("sandbox", "--show", "--data", str(tmp_path))
    type_in("remove", "office")
    assert "no plug-in called 'office'" in type_in("test", "office", fails=True)


def test_visitors_see_and_change_nothing(contract: Contract, plugins: Plugins) -> None:
    plugins.add(Group.NOTIFIER, "ntfy", "phones", {"topic": "secret-topic"})
    client = contract._app.test_client()
    for method, path in (
        ("GET", ""),
        ("GET", "/kinds"),
        ("POST", "/1/test"),
        ("DELETE", "/1"),
    ):
        answer = client.open(f"/api/v1/plugins{path}", method=method, json={})
        assert answer.status_code == 401
    state = client.get("/api/v1/state").get_data(as_text=True)
    assert "phones" not in state
    assert json.loads(state)["problems"] == []


def used(needs: Mapping[str, tuple[str, ...]], *, enabled: bool = True) -> Use:
    return Use(1, "x", Group.NOTIFIER, "webhook", {}, needs=needs, enabled=enabled)


def test_the_sandbox_opens_what_is_needed_and_nothing_else(tmp_path: Path) -> None:
    known = {"hooks.example": ["93.184.215.14", "2606:2800::1"], "nas": ["192.168.1.9"]}
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 192.168.1.1\nnameserver 9.9.9.9\n")

    def opened(*uses: Use, anywhere: bool = False) -> list[str]:
        text = drop_in(uses, anywhere=anywhere, resolve=known.__getitem__, resolver=resolver)
        return [line for line in text.splitlines()[2:] if not line.startswith("#")]

    far, near = used({"hosts": ("hooks.example",)}), used({"hosts": ("nas",)})
    assert opened(far) == [
        "IPAddressAllow=93.184.215.14 2606:2800::1",
        "IPAddressAllow=9.9.9.9",
    ]
    assert opened(near) == []
    assert opened(used({"hosts": ("hooks.example",)}, enabled=False)) == []
    everywhere = ["IPAddressAllow=any", "Environment=CATPLOTTER_NETWORK=any"]
    assert opened(far, anywhere=True) == everywhere
    assert opened(used({"devices": ("char-input",), "groups": ("input",)})) == [
        "DeviceAllow=char-input r",
        "SupplementaryGroups=input",
    ]
    bad = {
        "hosts": ("hooks.example\nUser=root",),
        "devices": ("/dev/sda", "char-mem", "char-input\nUser=root"),
        "groups": ("disk", "input disk"),
        "folders": ("/home/a\nUser=root",),
    }
    assert opened(used(bad)) == []
    assert opened(used({"folders": ("/srv/drawings",)})) == []
    assert opened(used({"folders": ("/home/pi/my drawings",)})) == [
        "ProtectHome=tmpfs",
        'BindReadOnlyPaths="-/home/pi/my drawings"',
    ]
