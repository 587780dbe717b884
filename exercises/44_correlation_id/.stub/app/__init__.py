"""The desk of a ferry line. Support finds in the logs what was done for a request, by its id."""
