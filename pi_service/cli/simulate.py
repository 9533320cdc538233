"""`catplotter simulate`: a GRBL machine that is not there, for any G-code sender."""

from __future__ import annotations
