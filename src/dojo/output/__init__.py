"""Renderers: the only code that writes reports for people and programs; none decides anything."""
