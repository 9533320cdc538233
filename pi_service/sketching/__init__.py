"""Cats as strokes: formats, the NumPy decoder, sampling, choosing. NumPy and safetensors only."""
