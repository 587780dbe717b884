"""A community house: its rooms, and who has booked them."""
