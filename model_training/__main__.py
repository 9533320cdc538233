"""The command line of the workstation side: `python -m model_training`."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from model_training.cli.main import main
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        sys.exit(
            "Error: training needs torch: install it with pip install 'catplotter[train]'"
        )
    main(prog_name="python -m model_training")
