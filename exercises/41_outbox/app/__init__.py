"""The site of a book club: people sign up, and get a welcome mail, whatever happens."""
