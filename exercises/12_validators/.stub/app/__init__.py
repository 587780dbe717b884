"""A running club: who signs up on the web, and who was on the lists that were kept on paper."""
