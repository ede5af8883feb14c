"""Measurements of everything Footnote claims."""
