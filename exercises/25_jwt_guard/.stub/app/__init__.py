"""The rota of a food bank, which volunteers open with a token of their login service."""
