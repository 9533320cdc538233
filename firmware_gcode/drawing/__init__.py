"""Drawings and the paper they stand on: plain data in millimetres."""
