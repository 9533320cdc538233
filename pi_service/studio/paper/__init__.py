"""Sheets of paper, the pen and the disk."""
