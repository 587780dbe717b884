"""The instrument desk of a music school, where a token says what its bearer may do."""
