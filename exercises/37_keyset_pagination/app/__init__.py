"""The ledger of a web shop: what customers have paid."""
