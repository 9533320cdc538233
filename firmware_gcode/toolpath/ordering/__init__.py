"""The order of strokes: shortest pen-up travel, with proofs of optimality."""
