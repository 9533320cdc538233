"""The one kind of error of this room."""

from __future__ import annotations


class SetupError(RuntimeError):
    """Something that set-up cannot do; one sentence that says why and what to do."""
