"""Cats as strokes: formats, NumPy decoder, sampling, choosing. NumPy and safetensors only."""
