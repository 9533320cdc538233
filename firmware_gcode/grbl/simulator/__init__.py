"""A simulated machine: GRBL 1.1h with motors, switches and a pen, on a pty or in a test."""
