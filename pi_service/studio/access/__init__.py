"""Who may do what: the staff's password, sessions, keys, and what visitors may ask for."""
