"""An API for exchange rates, with so many requests an hour for each user."""
