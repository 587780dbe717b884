"""A tool library: neighbours who lend tools to each other."""
