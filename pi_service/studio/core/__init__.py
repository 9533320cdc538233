"""What every room of the studio needs: database, events, errors, settings."""
