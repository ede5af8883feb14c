"""The language-model layer: one base, an adapter per task, grammar-held decoding."""
