"""The parts catalogue of a bicycle warehouse."""
