"""Somebody is told by real servers what a real studio lacks."""

from __future__ import annotations

import base64
import hmac
import json
import logging
from pathlib import Path

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkState
from pi_service.plugins.api import Group
from pi_service.plugins.plugins import Plugins
from pi_service.plugins.settings import FILE, Rules
from pi_service.plugins.watcher import Watcher
from pi_service.studio.core.errors import StudioError
from pi_service.studio.machine.standstill import STAFF
from tests.pi_service.plugins.sinks import WebSink, nonsense
from tests.pi_service.studio.gallery import Gallery, eventually

SECRET = "whsec_" + base64.b64encode(b"seven sleepy cats").decode()


def watcher_of(plugins: Plugins) -> Watcher:
    """The thread that looks, told to wait: the test looks itself."""
    found = plugins._watcher
    assert found is not None
    found.close()
    return found


@pytest.fixture
def watcher(plugins: Plugins, sink: WebSink) -> Watcher:
    plugins.set_rules(Rules(after_s=0, few_cells=2, language="de"))
    options = {"url": sink.url, "secret": SECRET, "header": "X-Gallery: north hall"}
    plugins.add(Group.NOTIFIER, "webhook", "office", options)
    return watcher_of(plugins)


def test_paper_pen_disk_and_stop_are_told_and_that_they_are_over(
    gallery: Gallery, watcher: Watcher, sink: WebSink
) -> None:
    watcher.tick()
    for _ in range(2):
        gallery.draw_one()
    watcher.tick()  # two of four places are left
    eventually(lambda: len(sink.got) == 1)
    gallery.draw_one()
    gallery.draw_one()
    watcher.tick()
    eventually(lambda: len(sink.got) == 2)
    gallery.studio.sheets.new_sheet()
    watcher.tick()
    eventually(lambda: len(sink.got) == 3)
    assert sink.told() == [("paper", "begun"), ("paper", "begun"), ("paper", "over")]
    assert [each["urgent"] for each in sink.messages] == [False, True, False]
    assert sink.messages[0]["text"] == "Auf dem Papier sind nur noch 2 Plätze frei."
    assert sink.messages[1]["title"] == "north-3 braucht jemanden"
    gallery.free_bytes = 10**6
    gallery.studio.machine.stop(STAFF)
    gallery.machine.become(LinkState.ABSENT)
    watcher.tick()
    eventually(lambda: len(sink.got) == 6)
    assert set(sink.told()[3:]) == {
        ("disk", "begun"),
        ("stopped", "begun"),
        ("machine", "begun"),
    }
    watcher.tick()
    assert len(sink.got) == 6


def test_an_event_is_told_by_the_thread_that_listens(
    plugins: Plugins, gallery: Gallery, sink: WebSink
) -> None:
    plugins.set_rules(Rules(after_s=0))
    plugins.add(Group.NOTIFIER, "webhook", "office", {"url": sink.url})
    gallery.studio.machine.stop(STAFF)
    eventually(lambda: sink.told() == [("stopped", "begun")], 20)
    gallery.studio.standstill.end(STAFF)
    eventually(lambda: sink.told()[1:] == [("stopped", "over")], 20)


def test_a_message_is_signed_as_standard_webhooks_are(
    watcher: Watcher, gallery: Gallery, sink: WebSink
) -> None:
    gallery.studio.machine.stop(STAFF)
    watcher.tick()
    eventually(lambda: sink.got)
    headers, body = sink.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(b"seven sleepy cats", signed, "sha256")
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert headers["X-Gallery"] == "north hall"
    assert json.loads(body)["id"] == headers["webhook-id"]
    assert json.loads(body)["code"] == "hold-stopped"


@pytest.mark.parametrize("trouble", ["dead", "refuses", "redirects", "nonsense"])
def test_a_server_that_takes_nothing_is_told_without_its_secrets(
    plugins: Plugins,
    gallery: Gallery,
    sink: WebSink,
    trouble: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with nonsense(b"\0" * 400 + b"\n" * 9) as babble:
        url = {
            "dead": "http://127.0.0.1:1/hooks/T0P5ECRET",
            "nonsense": f"{babble}T0P5ECRET",
        }
        sink.status = 302 if trouble == "redirects" else 500
        options = {"url": url.get(trouble, sink.url), "secret": "unheard-of"}
        made = plugins.add(Group.NOTIFIER, "webhook", "office", options)
        with pytest.raises(StudioError) as refused:
            plugins.test(made["id"])
    assert refused.value.fact.code == "notifier-fails"
    told = gallery.studio.problems.parts()["plug-in office"]
    assert told.code == "notifier-fails"
    everything = f"{told} {refused.value} {caplog.text} {plugins.view()} {made}"
    assert "T0P5ECRET" not in everything
    assert "unheard-of" not in everything
    assert made["options"] == {"url": None, "secret": None}


@pytest.mark.parametrize(("network", "told"), [("local", True), ("any", False), ("", False)])
def test_a_server_that_may_have_moved_out_of_the_sandbox_is_told_with_the_remedy(
    plugins: Plugins, monkeypatch: pytest.MonkeyPatch, network: str, told: bool
) -> None:
    monkeypatch.setenv("CATPLOTTER_NETWORK", network)
    made = plugins.add(Group.NOTIFIER, "webhook", "office", {"url": "http://127.0.0.1:1/"})
    with pytest.raises(StudioError) as refused:
        plugins.test(made["id"])
    assert ("`sudo catplotter plugins sandbox`" in str(refused.value)) is told


def test_messages_wait_for_a_server_that_comes_back_and_do_not_pile_up(
    plugins: Plugins, gallery: Gallery, sink: WebSink
) -> None:
    sink.status = 503
    plugins.set_rules(Rules(after_s=0))
    plugins.add(Group.NOTIFIER, "webhook", "office", {"url": sink.url})
    channel = plugins._channels()[0]
    channel._first_rest_s = 0.01
    watcher = watcher_of(plugins)
    for _ in range(100):
        gallery.studio.problems.report("light", fact("text", text="It is dark."))
        watcher.tick()
        gallery.studio.problems.report("light", None)
        watcher.tick()
    assert len(channel.waiting) <= 2
    gallery.studio.machine.stop(STAFF)
    watcher.tick()
    eventually(lambda: "plug-in office" in gallery.studio.problems.parts())
    sink.status = 200
    eventually(lambda: "plug-in office" not in gallery.studio.problems.parts())
    eventually(lambda: sink.told() == [("stopped", "begun")])


def test_what_was_not_delivered_before_a_restart_is_told_after_it(
    plugins: Plugins, gallery: Gallery, sink: WebSink, tmp_path: Path
) -> None:
    sink.status = 503
    plugins.set_rules(Rules(after_s=0))
    plugins.add(Group.NOTIFIER, "webhook", "office", {"url": sink.url})
    gallery.studio.machine.stop(STAFF)
    watcher_of(plugins).tick()
    eventually(lambda: "plug-in office" in gallery.studio.problems.parts(), 20)
    plugins.close()
    sink.status = 200
    for _ in range(2):
        again = Plugins(gallery.studio, tmp_path, name="north-3", url=str)
        again.start()
        watcher = watcher_of(again)
        watcher.tick()
        eventually(lambda: sink.got, 20)
        channel = again._channels()[0]
        eventually(lambda: not channel.waiting)  # noqa: B023 - waited for within the turn
        watcher.tick()
        again.close()
    assert sink.told() == [("stopped", "begun")]


def test_one_notifier_is_told_of_another_that_fails_but_not_of_itself(
    plugins: Plugins, sink: WebSink
) -> None:
    plugins.set_rules(Rules(after_s=0))
    plugins.add(Group.NOTIFIER, "webhook", "well", {"url": sink.url})
    bad = plugins.add(Group.NOTIFIER, "webhook", "bad", {"url": "http://127.0.0.1:1/"})
    watcher = watcher_of(plugins)
    with pytest.raises(StudioError):
        plugins.test(bad["id"])
    watcher.tick()
    eventually(lambda: sink.got)
    assert sink.told() == [("part plug-in bad", "begun")]
    assert plugins._channels()[1].waiting == {}


def test_ntfy_takes_a_message(plugins: Plugins, sink: WebSink) -> None:
    options = {"topic": "hall-8f3a", "server": sink.url, "token": "tk_cat"}
    made = plugins.add(Group.NOTIFIER, "ntfy", "phones", options)
    assert plugins.test(made["id"]).code == "notify-test-sent"
    headers, body = sink.got[0]
    assert headers["Authorization"] == "Bearer tk_cat"
    assert json.loads(body) == {
        "topic": "hall-8f3a",
        "title": "north-3: look in soon",
        "message": "This is a test: messages from north-3 arrive.",
        "priority": 3,
        "tags": ["pencil2"],
        "click": "http://north-3/",
    }
    assert made["options"] == {"topic": None, "server": sink.url, "token": None}


def test_what_is_set_up_is_for_the_owners_eyes_and_survives_a_restart(
    plugins: Plugins, gallery: Gallery, sink: WebSink, tmp_path: Path
) -> None:
    made = plugins.add(Group.NOTIFIER, "webhook", "office", {"url": sink.url})
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    with pytest.raises(StudioError) as taken:
        plugins.add(Group.NOTIFIER, "webhook", "office", {"url": sink.url})
    assert taken.value.fact.code == "plugin-name-taken"
    again = Plugins(gallery.studio, tmp_path, name="x", url=str)
    assert again.view()["plugins"][0]["name"] == "office"
    plugins.change(made["id"], options={"secret": "other"})
    assert plugins.view()["plugins"][0]["options"] == {"url": None, "secret": None}
    plugins.remove(made["id"])
    assert plugins.view()["plugins"] == []
    assert plugins._watcher is None
    assert sink.url not in (tmp_path / FILE).read_text()


def test_a_file_that_cannot_be_read_is_told_and_left_alone(
    gallery: Gallery, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text('{"plugins": [{"id"')
    plugins = Plugins(gallery.studio, tmp_path, name="x", url=str)
    plugins.start()
    assert gallery.studio.problems.parts()["plug-ins"].code == "plugins-unreadable"
    with pytest.raises(StudioError):
        plugins.set_rules(Rules())
    assert (tmp_path / FILE).read_text() == '{"plugins": [{"id"'
    plugins.close()


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("webhook", {}, "url is missing"),
        ("webhook", {"url": "ftp://x"}, "web address"),
        ("webhook", {"url": "http://x", "colour": "red"}, "no option colour"),
        ("webhook", {"url": "http://x", "header": "no colon"}, "Name: value"),
        ("webhook", {"url": "http://x", "secret": "whsec_?"}, "no Base64"),
        ("apprise", {"url": "nonesuch://x"}, "does not know"),
    ],
)
def test_options_that_will_not_do_are_refused_with_the_reason(
    plugins: Plugins, kind: str, options: dict[str, str], says: str
) -> None:
    with pytest.raises(StudioError) as refused:
        plugins.add(Group.NOTIFIER, kind, "x", options)
    assert says in str(refused.value)
    assert plugins.view()["plugins"] == []
