"""Authoring: the first files of a new kata."""
