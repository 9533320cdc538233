"""What others add without changing catplotter: triggers, notifiers, drawing sources."""
