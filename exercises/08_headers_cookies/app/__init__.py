"""The box office of a small theatre."""
