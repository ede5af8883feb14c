"""Benchmarks behind `footnote bench`."""
