"""From a drawing to the pen's way over the paper: merged, ordered."""
