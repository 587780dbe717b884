"""Specifications of the host: what a submission meets in its own process."""
