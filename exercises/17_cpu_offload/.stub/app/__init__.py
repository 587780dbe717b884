"""The thumbnails of a photo library."""
