"""The pages of a shop: what it sells, and how many pieces are there."""
