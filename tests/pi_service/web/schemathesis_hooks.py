"""What schemathesis takes for an error and is none: unknown headers, flags without a value."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.specs.openapi.coverage._schema import UNKNOWN_PROPERTY_KEY


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Whether a made-up request is asked."""
    parameters = case.operation.definition.raw.get("parameters", [])
    flags = [each["name"] for each in parameters if each.get("allowEmptyValue")]
    bare = any((case.query or {}).get(name) == "" for name in flags)
    return not bare and UNKNOWN_PROPERTY_KEY not in (case.headers or {})
