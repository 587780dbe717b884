"""The members' profiles of a rowing club."""
