"""What is printed of drawings: contact sheets and labels as PDF, an exhibition as files."""
