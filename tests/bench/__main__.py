"""Runs the benchmarks: `make bench`, or some of them: `make bench ARGS="service toolpath"`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(wanted: list[str]) -> int:
    """Run the named benchmarks (all of them if none is named); each prints its own table."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    names = [f"bench_{name}" for name in wanted] or found
    for name in names:
        if name not in found:
            known = ", ".join(each.removeprefix("bench_") for each in found)
            print(f"No benchmark is called {name.removeprefix('bench_')}; there are {known}.")
            return 2
    for name in names:
        print(f"\n== {name.removeprefix('bench_')} ==", flush=True)
        import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
