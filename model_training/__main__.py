"""The command line of the workstation side: `python -m model_training`."""

from __future__ import annotations

from model_training.cli import main

if __name__ == "__main__":
    main()
