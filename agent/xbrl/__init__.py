"""Reading XBRL by its concepts: which one a phrase means, its value, and formulas over them."""
