"""The tracking page of a web shop: where a parcel is, as the carrier tells it."""
