"""Training rows of each task, made from data sets, filings and generators."""
