"""Scores that are not of this project's making: the official rules of public benchmarks."""
