"""GRBL 1.1's planner as arithmetic: how long motion takes, and where the machine is when."""
