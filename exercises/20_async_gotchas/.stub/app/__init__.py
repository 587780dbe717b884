"""The stock desk of a shop: customers reserve items, and get a message for each reservation."""
