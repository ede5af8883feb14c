"""Deterministic linking: from a question's words to companies, periods, metrics and cues.

Nothing here guesses. What a linker recognises it claims; what no linker claims stays visible as
leftover words, and a question with leftover content words is not answered with a figure.
"""
