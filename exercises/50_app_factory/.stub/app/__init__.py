"""The app of the pods of a chain of bookshops."""
