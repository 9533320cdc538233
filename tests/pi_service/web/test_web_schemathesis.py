"""Some hundred made-up requests to every route: none is answered in a way not declared.

``python -m tests.pi_service.web.fuzz`` asks many thousand times, over the whole service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig

from pi_service.studio.access.tokens import LocalKey
from pi_service.web.openapi import PATH
from tests.pi_service.people import with_password
from tests.pi_service.studio.workshop.machine_room import Room
from tests.pi_service.web.fuzz import CONFIG, ENDLESS
from tests.pi_service.web.whole import whole_app

FEW = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, str]]]:
    """The document of a running gallery, and the header that shows the staff's key."""
    folder = tmp_path_factory.mktemp("gallery")
    room, doors = Room(folder), with_password(folder / "doors")
    doors.keys.serve_local(0)
    key = LocalKey.read(folder / "doors")
    assert key is not None
    config = SchemathesisConfig.from_path(CONFIG)
    app = whole_app(room, doors)
    room.open()
    yield (
        schemathesis.openapi.from_wsgi(PATH, app, config=config),
        {"Authorization": f"Bearer {key.secret}", "Accept-Encoding": "identity"},
    )
    room.close()
    doors.close()


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_no_request_is_answered_in_a_way_that_is_not_declared(
    asked: tuple[Any, dict[str, str]], mode: schemathesis.GenerationMode
) -> None:
    schema, staff = asked
    operations = [found.ok() for found in schema.get_all_operations()]
    answered = 0
    for operation in operations:
        if re.search(ENDLESS, operation.path):
            continue

        @FEW
        @given(case=operation.as_strategy(mode))
        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal answered
            case.call_and_validate(headers=staff)
            answered += 1

        with suppress(Unsatisfiable):  # there is nothing to say that could be wrong
            ask()
    assert answered > 100


def test_the_stream_refuses_as_declared_what_is_not_a_number(
    asked: tuple[Any, dict[str, str]],
) -> None:
    schema, staff = asked
    operation = schema["/api/v1/events"]["GET"]
    for wrong in ("x", "-1", "1" * 30):
        case = operation.Case(headers={"Last-Event-ID": wrong})
        assert case.call_and_validate(headers=staff).status_code == 400
