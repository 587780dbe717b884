"""The order desk: customers of a parts dealer and what they have on order."""
