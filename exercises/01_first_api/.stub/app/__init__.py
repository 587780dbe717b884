"""The Corner Shop API: the first three routes of a shop that has no code yet."""
