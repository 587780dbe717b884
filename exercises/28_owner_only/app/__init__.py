"""The order desk of a web shop: customers look at their orders, and staff help them."""
