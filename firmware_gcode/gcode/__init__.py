"""GRBL 1.1's G-code grammar and modal rules."""
