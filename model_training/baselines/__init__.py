"""Published models trained by the same command, for comparison."""
