"""From facts to figures: the metric catalogue, fiscal periods, formulas."""
