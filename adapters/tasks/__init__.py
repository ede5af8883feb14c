"""One module per task: its prompt template, variables and decoding limit."""
