"""The webhook of a ticket shop, which the payment provider calls, and the shop's ledger."""
