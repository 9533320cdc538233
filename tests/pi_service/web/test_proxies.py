"""Behind nginx, Caddy and Home Assistant: TLS, the live stream, paths, and what is told."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from firmware_gcode.facts import Fact
from pi_service.studio.access.access import Access
from pi_service.web.security import Proxies, host_is_ours, own_names, why_not_ours
from pi_service.web.server import WebServer
from tests.pi_service.web.fake_studio import FakeStudio, fake_app
from tests.pi_service.web.proxies import (
    caddy,
    certificate,
    example,
    free_port,
    nginx,
    taking_away,
)

NAME = "cats.example.org"


@pytest.fixture
def told() -> list[Fact]:
    return []


@pytest.fixture
def dashboard(doors: Access, told: list[Fact]) -> Iterator[Flask]:
    studio: Any = FakeStudio()
    studio.notices = SimpleNamespace(say=told.append)
    yield fake_app(studio, doors=doors, allowed_hosts=(*own_names(), NAME))
    studio.close()


@pytest.fixture
def service(dashboard: Flask) -> Iterator[WebServer]:
    with WebServer(dashboard, "127.0.0.1", 0, proxy="127.0.0.1") as running:
        yield running


@dataclass
class Answer:
    """What came back; of a stream its first line."""

    status: int
    headers: Message
    body: bytes


def ask(
    port: int, method: str, path: str, headers: dict[str, str], *, tls: bool = True
) -> Answer:
    """A request of a browser that opened the page under the example's name."""
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        sock = context.wrap_socket(plain, server_hostname=NAME) if tls else plain
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.sock = sock
        body = b"{}" if method == "POST" else None
        sent = {"Content-Type": "application/json", "Connection": "close", **headers}
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        stream = answer.headers.get_content_type() == "text/event-stream"
        content = answer.readline() if stream else answer.read()
        answer.close()
        connection.close()
        sock.close()
    return Answer(answer.status, answer.headers, content)


def works(port: int, told: list[Fact]) -> None:
    """Page, Stop and live stream, as a browser asks for them through a proxy with TLS."""
    name = {"Host": f"{NAME}:{port}"}
    assert b"catplotter" in ask(port, "GET", "/", name).body
    origin = {**name, "Origin": f"https://{NAME}:{port}"}
    assert ask(port, "POST", "/api/v1/machine/stop", origin).status == 202
    stream = ask(port, "GET", "/api/v1/events", name)
    assert stream.body.startswith((b"id:", b"retry:", b"event:", b":"))
    foreign = {**name, "Origin": "https://evil.example"}
    assert ask(port, "POST", "/api/v1/machine/stop", foreign).status == 403
    assert told == []


def test_nginx_as_the_documentation_has_it(
    service: WebServer, tmp_path: Path, told: list[Fact]
) -> None:
    cert, key = certificate(tmp_path)
    port = free_port()
    server = example("nginx").replace("443", f"127.0.0.1:{port}")
    server = server.replace("/etc/ssl/certs/cats.pem", str(cert))
    server = server.replace("/etc/ssl/private/cats.key", str(key))
    with nginx(tmp_path, server.replace("127.0.0.1:8080", f"127.0.0.1:{service.port}"), port):
        works(port, told)


def test_caddy_as_the_documentation_has_it(
    service: WebServer, tmp_path: Path, told: list[Fact]
) -> None:
    cert, key = certificate(tmp_path)
    port = free_port()
    site = example("caddy").replace(f"{NAME} {{", f"{NAME}:{port} {{\n tls {cert} {key}")
    with caddy(tmp_path, site.replace("127.0.0.1:8080", f"127.0.0.1:{service.port}"), port):
        works(port, told)


@pytest.mark.parametrize(
    ("line", "words"),
    [("", "Host \\$http_host; is missing"), ("Host $host", "\\$http_host; and not \\$host")],
)
def test_nginx_with_less_says_which_line_is_missing(
    service: WebServer, tmp_path: Path, line: str, words: str
) -> None:
    port = free_port()
    header = f"proxy_set_header {line};" if line else ""
    server = (
        f"server {{ listen 127.0.0.1:{port}; location / {{ {header}"
        f" proxy_pass http://127.0.0.1:{service.port}; }} }}"
    )
    sent = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    if not line:
        sent = {"Host": NAME, "Origin": f"http://{NAME}"}
    with nginx(tmp_path, server, port):
        answer = ask(port, "POST", "/api/v1/machine/stop", sent, tls=False)
    detail = json.loads(answer.body)["detail"]
    assert answer.status == 403
    assert words.replace("\\", "") in detail


def test_a_foreign_page_is_told_nothing_about_proxies() -> None:
    assert why_not_ours("http://evil.example", "cats.local").code == "other-page"
    assert why_not_ours("null", "127.0.0.1:8080").code == "other-page"


def test_a_proxy_that_nobody_named_is_told_once(dashboard: Flask, told: list[Fact]) -> None:
    with WebServer(dashboard, "127.0.0.1", 0) as running:
        for visitor in ("192.0.2.1", "192.0.2.2"):
            headers = {"X-Forwarded-For": visitor, "Host": NAME}
            assert ask(running.port, "GET", "/healthz", headers, tls=False).status == 200
    assert [fact.code for fact in told] == ["proxy-unnamed"]
    assert "CATPLOTTER_SERVE_PROXY=127.0.0.1" in str(told[0])


def test_it_is_told_once_an_hour() -> None:
    told: list[Fact] = []
    now = [0.0]
    studio: Any = SimpleNamespace(notices=SimpleNamespace(say=told.append))
    proxies = Proxies(studio, lambda: now[0])
    proxies.look("10.0.0.3", {"catplotter.forwarded": False})
    assert told == []
    for now[0] in (0.0, 10.0, 4000.0):
        proxies.look("10.0.0.3", {"catplotter.forwarded": True})
    assert len(told) == 2


@pytest.mark.parametrize(
    "form", ["{}.local", "{}.local.", "{}-2.local", "{}.lan", "{}.LAN:8080", "{}."]
)
def test_this_machines_names_on_a_network_are_ours(form: str) -> None:
    name = socket.gethostname().partition(".")[0]
    assert host_is_ours(form.format(name), own_names())


@pytest.mark.parametrize("host", ["cats-2.example", "other-2.local", "cats.lan", "2.local"])
def test_names_that_are_nearly_ours_are_not(host: str) -> None:
    assert not host_is_ours(host, ("cats", "cats.local"))


def walks_through(page: Page, root: str) -> None:
    """Some views, a picture, the live stream, and a new load of a view."""
    expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
    page.get_by_role("link", name="Gallery", exact=True).click()
    expect(page).to_have_url(f"{root}gallery")
    page.reload()
    expect(page.get_by_role("heading", name="Gallery").first).to_be_visible()
    page.get_by_role("link", name="catplotter").first.click()
    expect(page).to_have_url(root)
    page.get_by_role("button", name="Draw a cat").click()
    expect(page.locator("body")).to_contain_text("drawing", ignore_case=True)


@pytest.mark.browser
def test_the_page_works_below_a_prefix(dashboard: Flask, visit: Callable[..., Any]) -> None:
    with WebServer(dashboard, "127.0.0.1", 0, prefix="/cats") as running:
        root = f"{running.url}cats/"
        page = visit(url=f"{running.url}cats", expected=("404",)).page
        expect(page).to_have_url(root)
        walks_through(page, root)
        headers = {"Authorization": "Bearer none"}
        assert ask(running.port, "GET", "/cats/healthz", {}, tls=False).status == 200
        assert ask(running.port, "GET", "/healthz", {}, tls=False).status == 200
        assert ask(running.port, "GET", "/catsup", headers, tls=False).status in {401, 404}
        page.goto("about:blank")


@pytest.mark.browser
def test_the_page_works_in_home_assistants_ingress(
    service: WebServer, visit: Callable[..., Any]
) -> None:
    prefix = "/api/hassio_ingress/abc_DEF"
    with taking_away(prefix, service.port) as port:
        root = f"http://127.0.0.1:{port}{prefix}/"
        page = visit(url=root, expected=("404",)).page
        walks_through(page, root)
        answer = ask(port, "GET", f"{prefix}/", {}, tls=False)
        assert answer.headers.get("X-Frame-Options") == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in (
            answer.headers.get("Content-Security-Policy") or ""
        )
        page.goto("about:blank")
