"""Drawings to fast, faithful GRBL motion, and the machine link; no cats, no web."""
