"""Drawing with the machine: a visitor begins, the model draws on, the visitor picks."""
