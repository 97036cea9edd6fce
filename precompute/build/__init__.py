"""Which entries are missing, in what order, how they are computed, and the commands of that stage."""
