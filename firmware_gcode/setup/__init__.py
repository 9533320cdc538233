"""Setting a machine up: profile against `$$`, backups, calibration, the test sheet."""
