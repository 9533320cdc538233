"""Drawings to fast, faithful GRBL motion, and the machine link. Useful on its own: no cats, no web."""
