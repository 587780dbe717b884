"""A small document service: people upload notes, and a worker embeds them for the search."""
