"""A parcel depot, whose partners call its API with keys."""
