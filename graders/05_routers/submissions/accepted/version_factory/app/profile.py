"""The member who is logged in; the route stands with those of all members."""
