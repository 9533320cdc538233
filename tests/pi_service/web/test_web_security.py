"""Who may ask: hosts, origins, headers."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from pi_service.web.security import host_is_ours, origin_is_ours, own_names
from tests.pi_service.web.fake_studio import FakeStudio

HOST = "localhost:8000"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "LOCALHOST",
        "cats.gallery.test",
        "192.168.1.20:8000",
        "127.0.0.1",
        "[::1]:8000",
        "[fe80::1]",
    ],
)
def test_our_own_names_and_addresses_are_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "gallery.test.evil.example",
        "evil-gallery.test",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "[",
        "[::1",
        "",
    ],
)
def test_foreign_names_are_refused(client: FlaskClient, host: str) -> None:
    for path in ("/", "/api/v1/state", "/healthz", "/api/v1/events", "/nowhere"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert answer.mimetype == "application/problem+json"


def test_a_user_name_before_the_host_does_not_help() -> None:
    assert not host_is_ours("localhost@evil.example", ["localhost"])


def test_own_names_include_the_one_in_mdns() -> None:
    names = own_names()
    assert "localhost" in names
    assert any(name.endswith(".local") for name in names)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),  # curl
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),  # another port of this machine
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HOST}"}, False),
        ({"Origin": f"http://{HOST}"}, True),
        ({"Origin": "http://localhost:9999"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost:8000.evil.example"}, False),
        ({"Origin": ""}, False),
    ],
)
def test_only_our_own_page_may_change_anything(
    client: FlaskClient, studio: FakeStudio, headers: dict[str, str], allowed: bool
) -> None:
    for path in ("jobs", "machine/home", "machine/stop", "sheets", "jobs/1/cancel"):
        answer = client.post(f"/api/v1/{path}", headers={"Host": HOST, **headers})
        assert (answer.status_code != 403) == allowed, path
    assert (len(studio.asked) == 1) == allowed


def test_a_link_from_elsewhere_may_be_followed(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": HOST, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


def test_an_origin_is_compared_whole() -> None:
    assert origin_is_ours(None, "https://cats.local", "cats.local")
    assert not origin_is_ours(None, "https://cats.local:444", "cats.local")
    assert not origin_is_ours(None, "garbage", "garbage")


@pytest.mark.parametrize("path", ["/", "/api/v1/state", "/healthz", "/nowhere"])
def test_every_answer_carries_the_rules(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
