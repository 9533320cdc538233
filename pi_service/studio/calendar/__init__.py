"""Opening hours and schedules."""
