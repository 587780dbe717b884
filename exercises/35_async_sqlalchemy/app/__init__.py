"""The team blog: users, and the posts that they write."""
