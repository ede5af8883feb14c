"""What the agent remembers: terms, processes and the expert's corrections."""
