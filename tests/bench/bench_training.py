"""Training throughput of our loop against the plain loop of the published sketch-transformer.

Run with ``python -m tests.bench training`` in the environment with torch; see
`tests.model_training.throughput`, which measures.
"""

from __future__ import annotations

import importlib.util
from importlib import import_module


def main() -> None:
    """Print the table."""
    if importlib.util.find_spec("torch") is None:
        print("left out: there is no torch in this environment (see make test-training)")
        return
    import_module("tests.model_training.throughput").main()


if __name__ == "__main__":
    main()
