"""What was drawn: archive, export, backup, housekeeping."""
