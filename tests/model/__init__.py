"""Specifications of how a submission's files are found, unpacked and staged."""
