"""Time and memory of one sketch with the shipped model.

Run with ``python -m tests.bench sketching``. Processor time is given beside the wall time,
since the machine may be busy with something else.
"""

from __future__ import annotations

import subprocess
import sys
import time

from pi_service.sketching.sketcher import Sketcher

CATS = 40


def main() -> None:
    """Print the table."""
    began = time.perf_counter()
    sketcher = Sketcher.load()
    print(f"load the model file      {1e3 * (time.perf_counter() - began):7.1f} ms")
    sketcher.draw(seed=0)
    walls, cpus, points = [], [], 0
    for seed in range(CATS):
        wall, cpu = time.perf_counter(), time.process_time()
        points += len(sketcher.draw(seed=seed))
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(f"one cat, mean            {1e3 * sum(walls) / CATS:7.1f} ms")
    print(f"one cat, slowest         {1e3 * max(walls):7.1f} ms")
    print(f"one cat, processor time  {1e3 * sum(cpus) / CATS:7.1f} ms")
    print(f"points of a cat, mean    {points / CATS:7.1f}")
    began = time.perf_counter()
    sketcher.draw_many(seeds=range(8))
    print(f"eight cats side by side  {1e3 * (time.perf_counter() - began):7.1f} ms")
    print(f"memory of a process      {_memory():7.1f} MB (peak, Python and NumPy included)")


def _memory() -> float:
    """Peak resident memory in MB of a process that does nothing but load and draw."""
    code = (
        "import resource; from pi_service.sketching.sketcher import Sketcher;"
        "Sketcher.load().draw(seed=1);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    main()
