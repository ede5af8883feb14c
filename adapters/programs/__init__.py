"""Small programs over evidence: marked numbers, FinQA's steps, and the formulas a model writes."""
