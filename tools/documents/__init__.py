"""Filings as text: sections, passages, tables."""
