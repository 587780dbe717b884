"""The order search of a tea dealer: one order by its number, or many by what they hold."""
