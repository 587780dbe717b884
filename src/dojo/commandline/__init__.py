"""The command line: one function for each command, with its options beside it."""
