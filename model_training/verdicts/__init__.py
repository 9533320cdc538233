"""Verdicts of people on drawings: would they hang it? See README.md in this folder."""
