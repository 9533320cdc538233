"""The kinds of pens: each is one object in one file, named in `registry`."""
