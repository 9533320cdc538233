"""On a machine without torch."""

from __future__ import annotations

import subprocess
import sys

CODE = (
    "import runpy, sys; sys.modules['torch'] = None;"
    "runpy.run_module('model_training', run_name='__main__')"
)


def test_the_command_says_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "Error: training needs torch: install it with pip install 'catplotter[train]'\n"
    )
