"""The start page of a shop's members, made of what three back ends say."""
