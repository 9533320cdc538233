"""The dashboard: asks the studio for things and shows its events."""
