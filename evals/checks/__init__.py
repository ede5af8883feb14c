"""Claims of the data layer, checked by paths that share no code with it."""
