"""The desk of a plant nursery: what there is, where it stands, and labels for the pots."""
