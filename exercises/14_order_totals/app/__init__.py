"""A spice shop: what its customers order, and what that costs to the paisa."""
