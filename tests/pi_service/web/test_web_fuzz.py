"""Whatever is sent, the answer is one that is meant: never a fault of our own."""

from __future__ import annotations

import json
import string
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pi_service.web.access import VisitorLimits
from pi_service.web.streaming import streams_of
from tests.pi_service.web.fake_studio import FakeStudio, fake_app

QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
BODIES = VALUES | st.fixed_dictionaries({}, optional={"class": VALUES, "seed": VALUES})
HEADER = st.text(alphabet=string.printable.strip(), max_size=40)
PARTS = st.sampled_from(
    ["api", "v1", "jobs", "1", "1.svg", "1.gcode", "cancel", "machine", "stop", "state", ".."]
) | st.text(max_size=12)

STUDIO = FakeStudio()
STUDIO.full_at = 10**6
PATIENT = VisitorLimits(drawings=10**6)
CLIENT = fake_app(STUDIO, visitors=PATIENT, allowed_hosts=["localhost"]).test_client()


def assert_meant(answer: Any) -> None:
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"
        assert json.loads(answer.data)["detail"].endswith(".")


@QUICK
@given(body=BODIES, key=HEADER)
def test_any_json_is_taken_or_refused(body: Any, key: str) -> None:
    headers = {"Idempotency-Key": key} if key else {}
    data = json.dumps(body).encode()
    answer = CLIENT.post(
        "/api/v1/jobs", data=data, headers=headers, content_type="application/json"
    )
    assert_meant(answer)
    assert answer.status_code in {201, 400, 409}


@QUICK
@given(body=st.binary(max_size=200), media=HEADER)
def test_any_bytes_are_taken_or_refused(body: bytes, media: str) -> None:
    assert_meant(CLIENT.post("/api/v1/jobs", data=body, content_type=media or None))


@QUICK
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    parts=st.lists(PARTS, max_size=5),
    query=st.text(max_size=20),
)
def test_any_address_is_answered(method: str, parts: list[str], query: str) -> None:
    path = "/" + "/".join(quote(part, safe=".") for part in parts).lstrip("/")
    answer = CLIENT.open(path, method=method, query_string={"limit": query})
    if method != "HEAD":
        assert_meant(answer)
    assert answer.status_code < 500


@QUICK
@given(host=HEADER, origin=HEADER, site=HEADER)
def test_any_headers_are_answered(host: str, origin: str, site: str) -> None:
    headers = {"Host": host, "Origin": origin, "Sec-Fetch-Site": site}
    answer = CLIENT.post("/api/v1/machine/stop", headers=headers)
    assert_meant(answer)
    assert answer.status_code in {400, 403}


def test_asking_only_for_the_headers_of_the_stream_takes_no_place() -> None:
    app = fake_app(STUDIO, allowed_hosts=["localhost"])
    with app.test_client().head("/api/v1/events") as answer:
        assert answer.status_code == 200
    assert streams_of(app).open == 0
