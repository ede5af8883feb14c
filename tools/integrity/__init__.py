"""Accounting identities: whether what a company filed adds up."""
