"""The maker's corner: the machine set up by hand, while the queue waits."""
