"""Sandboxes for small Python programs over evidence: the interface and its runtimes."""
