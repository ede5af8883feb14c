"""What the warehouse holds of a company, from when, and what is missing."""
