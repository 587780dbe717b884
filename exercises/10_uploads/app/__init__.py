"""Photos of damage that the tenants of a housing cooperative send in."""
