"""What asks the studio for a drawing: the button and the schedule."""
