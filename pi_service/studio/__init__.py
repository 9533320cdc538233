"""Jobs, sheets, gallery hours, the plotting worker: the only one that decides."""
