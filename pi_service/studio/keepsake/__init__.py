"""What a visitor takes home of a drawing: a picture with its number, and a short film."""
