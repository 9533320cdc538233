"""What the API takes and answers: requests are held to it, the document is made of it."""
