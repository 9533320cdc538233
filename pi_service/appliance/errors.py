"""What can go wrong while the box is set up, in sentences."""

from __future__ import annotations


class ApplianceError(RuntimeError):
    """An installation, update or removal that could not be done; says why and what to do."""
