"""The dialects of GRBL: each is one object in one file, named in `registry`."""
