"""A camera beside the plotter; nothing imports this unless one is configured."""
