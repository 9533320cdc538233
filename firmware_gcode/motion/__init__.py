"""How GRBL 1.1 moves, in closed form: how long it takes, and where the machine is when."""
