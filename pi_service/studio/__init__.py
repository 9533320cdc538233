"""Jobs, sheets, gallery hours, the plotting worker: the only one that decides.

Everywhere here a `clock` gives the time as seconds since 1970, a `timer` monotonic seconds,
and an ``…_at`` is a time of the clock's.
"""
