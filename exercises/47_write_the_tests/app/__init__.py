"""The shop: members sell items to each other."""
