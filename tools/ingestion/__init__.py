"""Fills the warehouse: readers of every source, and the writes that merge them."""
