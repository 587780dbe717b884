"""The model: katas, submissions and reports, and the files that they are made of."""
