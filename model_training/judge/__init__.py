"""The judge: says what rendered drawings look like, and how far two sets of them are apart."""
