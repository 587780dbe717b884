"""The payment service of a market: its stalls charge cards through one gateway."""
