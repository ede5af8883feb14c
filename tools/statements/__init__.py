"""Financial statements as filed: their layout, their values, and views of them."""
