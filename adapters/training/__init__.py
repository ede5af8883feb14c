"""Training of task adapters: rows, recipes, the loop, checkpoints. Serving never imports it."""
