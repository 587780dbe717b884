"""Specifications of how a kata is begun."""
