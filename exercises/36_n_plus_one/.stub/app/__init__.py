"""The library: its authors, their books and what readers think of them."""
