"""Data extraction, scripting and the warehouse: plain values in, plain values out."""
