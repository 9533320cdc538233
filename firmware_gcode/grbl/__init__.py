"""The machine link, GRBL's protocol, and a simulated machine."""
