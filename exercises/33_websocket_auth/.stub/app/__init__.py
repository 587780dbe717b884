"""Live orders: the screens in the shops of a bakery show each order when it is taken."""
