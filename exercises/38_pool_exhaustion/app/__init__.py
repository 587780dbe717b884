"""The loan desk of a bank: a credit bureau scores applications."""
