"""An observatory: stars, images of nights, exposures, and domes that turn."""
